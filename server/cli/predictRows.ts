/** `joulelens predict --rows`: JSON Lines in, JSON Lines out, in the same order and in flat memory. */
import { createPredictor } from '../core/energy/predict.js';
import { fileError, openInput } from './input.js';
import { type CliIo, ExitCode } from './io.js';
import { linesOf } from './lines.js';

/** A bad row gives `{"error": ...}` in its place and exit code 2; the rest go on. Blank lines are left out. */
export async function predictRows(name: string, io: CliIo): Promise<number> {
  const predict = createPredictor();
  let code: number = ExitCode.fine;
  const answer = (line: string): string => {
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch (error) {
      code = ExitCode.badInput;
      return `${JSON.stringify({ error: `not JSON: ${(error as Error).message}` })}\n`;
    }
    const result = predict(row);
    if ('error' in result) code = ExitCode.badInput;
    return `${JSON.stringify(result)}\n`;
  };
  const input = openInput(name, io);
  try {
    for await (const lines of linesOf(input)) {
      io.signal.throwIfAborted();
      const out = lines.map((line) => (line.trim() === '' ? '' : answer(line))).join('');
      if (out !== '' && !io.stdout.write(out)) await new Promise((resolve) => io.stdout.once('drain', resolve));
    }
  } catch (error) {
    if (io.signal.aborted) throw error;
    throw fileError(name, error as NodeJS.ErrnoException);
  }
  return code;
}
