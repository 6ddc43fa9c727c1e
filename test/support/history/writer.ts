/**
 * A window that writes to a history until it is killed. Prints the id of each record once it is kept.
 *
 *   node writer.js FOLDER PREFIX LENGTH [tidy]
 */
import * as fs from 'node:fs';
import { openHistory } from '../../../server/runtime/history/historyFolder.js';
import { historyRecord } from './records.js';

async function main([folder, prefix, length, tidy]: string[]): Promise<void> {
  const history = openHistory(folder!, { maxFiles: 1, quietMilliseconds: 0 });
  const reply = 'x'.repeat(Number(length));
  for (let index = 0; ; index++) {
    const id = `${prefix}-${index}`;
    await history.append(historyRecord({ id, at: new Date(index).toISOString(), reply }));
    // At once, not through a buffer that the end of the process would lose.
    fs.writeSync(1, `${id}\n`);
    if (tidy !== undefined && index % 3 === 2) await history.tidy();
  }
}

void main(process.argv.slice(2));
