/** `--rows`: JSON Lines in, JSON Lines out, in the same order and in flat memory. */
import { fileError, openInput } from './input.js';
import { type CliIo, ExitCode } from './io.js';
import { linesOf } from './lines.js';

/**
 * A bad row gives `{"error": ...}` in its place and exit code 2; the rest go on. Blank lines are left out.
 *
 * @param answer one parsed row to its result; never throws
 */
export async function answerRows(
  name: string,
  io: CliIo,
  answer: (row: unknown) => object | { readonly error: string },
): Promise<number> {
  let code: number = ExitCode.fine;
  const answerLine = (line: string): string => {
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch (error) {
      code = ExitCode.badInput;
      return `${JSON.stringify({ error: `not JSON: ${(error as Error).message}` })}\n`;
    }
    const result = answer(row);
    if ('error' in result) code = ExitCode.badInput;
    return `${JSON.stringify(result)}\n`;
  };
  const input = openInput(name, io);
  try {
    for await (const lines of linesOf(input)) {
      io.signal.throwIfAborted();
      const out = lines.map((line) => (line.trim() === '' ? '' : answerLine(line))).join('');
      if (out !== '' && !io.stdout.write(out)) await new Promise((resolve) => io.stdout.once('drain', resolve));
    }
  } catch (error) {
    if (io.signal.aborted) throw error;
    throw fileError(name, error as NodeJS.ErrnoException);
  }
  return code;
}
