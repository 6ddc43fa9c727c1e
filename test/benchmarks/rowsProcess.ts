/**
 * One process that does what `predict --rows` does but predicts nothing: JSON Lines from a file, each parsed and written
 * again.
 */
import { createReadStream } from 'node:fs';
import { linesOf } from '../../server/cli/lines.js';

async function copy(file: string): Promise<void> {
  for await (const lines of linesOf(createReadStream(file))) {
    const out = lines.map((line) => `${JSON.stringify(JSON.parse(line))}\n`).join('');
    if (!process.stdout.write(out)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}

void copy(process.argv[2]!);
