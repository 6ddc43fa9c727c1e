/** Lines of a stream in flat memory: LF, CRLF and lone CR end lines, as in VS Code; U+2028 inside a string does not. */
import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';

const LINE_END = /\r\n|\n|\r/;
const LF = 10;
const CR = 13;
const REPLACED = '\uFFFD';

/** Where bytes that are no UTF-8 became U+FFFD: zero-based line, and character in it. */
export type OnInvalid = (line: number, character: number) => void;

/**
 * Lines without their ends, some at a time. A leading byte-order mark is dropped; an empty last line is none.
 *
 * @param onInvalid told of the first such place in each part that is read, before its lines come
 */
export async function* linesOf(stream: Readable, onInvalid?: OnInvalid): AsyncGenerator<string[]> {
  let parts: Buffer[] = [];
  /** A carriage return at the end of a chunk waits: a line feed may follow. */
  let endsInCr = false;
  let count = 0;
  const take = (): string[] => {
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    parts = [];
    // A line end is never inside a character, so that each part decodes on its own.
    const text = bytes.toString('utf8');
    const lines = (count === 0 && text.startsWith('\uFEFF') ? text.slice(1) : text).split(LINE_END);
    if (lines.at(-1) === '') lines.pop();
    if (onInvalid && text.includes(REPLACED) && !isUtf8(bytes)) {
      const at = lines.findIndex((line) => line.includes(REPLACED));
      onInvalid(count + at, lines[at]!.indexOf(REPLACED));
    }
    count += lines.length;
    return lines;
  };
  for await (const piece of stream) {
    let chunk = typeof piece === 'string' ? Buffer.from(piece) : (piece as Buffer);
    if (chunk.length === 0) continue;
    if (endsInCr) {
      const rest = chunk[0] === LF ? 1 : 0;
      parts.push(chunk.subarray(0, rest));
      chunk = chunk.subarray(rest);
      yield take();
    }
    endsInCr = chunk.at(-1) === CR;
    const lastFeed = chunk.lastIndexOf(LF);
    const last = lastFeed >= 0 || chunk.length < 2 ? lastFeed : chunk.lastIndexOf(CR, chunk.length - 2);
    if (last >= 0) {
      parts.push(chunk.subarray(0, last + 1));
      yield take();
    }
    if (last + 1 < chunk.length) parts.push(chunk.subarray(last + 1));
  }
  if (parts.length > 0) yield take();
}
