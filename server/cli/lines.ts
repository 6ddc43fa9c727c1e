/** Lines of a stream in flat memory: LF, CRLF and lone CR end lines, as in VS Code; U+2028 inside a string does not. */
import { isAscii, isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';

const LF = 10;
const CR = 13;
const REPLACED = '\uFFFD';
const BYTE_ORDER_MARK = '\uFEFF';

/** V8 cannot hold a longer string. */
export const MAX_TEXT_BYTES = 2 ** 29 - 2 ** 10;

/** Whole lines that follow one another, as bytes. */
export interface LineBytes {
  /** Zero-based number of the first line in the stream. */
  readonly firstLine: number;
  /** Ends with a line's end, but at the end of the stream. */
  readonly bytes: Uint8Array;
}

/** Zero-based line, and character in it. */
export interface LinePlace {
  readonly line: number;
  readonly character: number;
}

export interface DecodedLines {
  /** Without their ends. */
  readonly lines: readonly string[];
  /** Where bytes that are no UTF-8 first became U+FFFD. */
  readonly invalid: LinePlace | null;
}

/** A line that no text can hold. */
class LineTooLongError extends Error {
  readonly code = 'ERR_LINE_TOO_LONG';

  constructor(line: number) {
    const most = Math.floor(MAX_TEXT_BYTES / 1e6);
    super(`line ${line + 1} is longer than the ${most} MB that one text can hold; split it`);
  }
}

/**
 * The bytes of a stream cut at line ends, about as much at a time as comes at a time.
 *
 * @throws Error for a line that is too long for one text, with its number
 */
export async function* lineBytesOf(stream: Readable): AsyncGenerator<LineBytes> {
  let parts: Uint8Array[] = [];
  let waiting = 0;
  /** A carriage return at the end of a chunk waits: a line feed may follow. */
  let endsInCr = false;
  let firstLine = 0;
  const keep = (part: Uint8Array): void => {
    waiting += part.length;
    parts.push(part);
  };
  const take = (): LineBytes => {
    const taken = { firstLine, bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts) };
    firstLine += lineEndsIn(taken.bytes);
    parts = [];
    waiting = 0;
    return taken;
  };
  for await (const piece of stream) {
    let chunk = typeof piece === 'string' ? Buffer.from(piece) : (piece as Buffer);
    if (chunk.length === 0) continue;
    if (endsInCr) {
      const rest = chunk[0] === LF ? 1 : 0;
      keep(chunk.subarray(0, rest));
      chunk = chunk.subarray(rest);
      yield take();
    }
    endsInCr = chunk.at(-1) === CR;
    const lastFeed = chunk.lastIndexOf(LF);
    const last = lastFeed >= 0 || chunk.length < 2 ? lastFeed : chunk.lastIndexOf(CR, chunk.length - 2);
    if (last >= 0) {
      keep(chunk.subarray(0, last + 1));
      yield take();
    }
    if (last + 1 < chunk.length) keep(chunk.subarray(last + 1));
    if (waiting > MAX_TEXT_BYTES) throw new LineTooLongError(firstLine);
  }
  if (parts.length > 0) yield take();
}

/** LF, CRLF and lone CR in bytes that do not end between CR and LF. */
function lineEndsIn(bytes: Uint8Array): number {
  let ends = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === LF || (byte === CR && bytes[at + 1] !== LF)) ends++;
  }
  return ends;
}

/**
 * A leading byte-order mark of the stream is dropped; an empty last line is none.
 *
 * Each line is decoded on its own: one of ASCII alone, as most are, takes a tenth of the time and half of the memory.
 */
export function decodeLines({ firstLine, bytes }: LineBytes): DecodedLines {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lines: string[] = [];
  let invalid: LinePlace | null = null;
  for (let from = 0; from < buffer.length;) {
    const feed = buffer.indexOf(LF, from);
    const part = buffer.subarray(from, feed < 0 ? buffer.length : feed);
    from += part.length + 1;
    const text = isAscii(part) ? part.toString('latin1') : withoutMark(part.toString(), firstLine + lines.length);
    const more = text.includes('\r') ? text.split('\r') : [text];
    // What the carriage return of CRLF, or one at the end of all, is followed by is no line.
    if (more.length > 1 && more.at(-1) === '') more.pop();
    if (!invalid && text.includes(REPLACED) && !isUtf8(part)) {
      const at = more.findIndex((line) => line.includes(REPLACED));
      invalid = { line: firstLine + lines.length + at, character: more[at]!.indexOf(REPLACED) };
    }
    for (const line of more) lines.push(line);
  }
  return { lines, invalid };
}

const withoutMark = (text: string, line: number): string =>
  line === 0 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;

/** Lines without their ends, some at a time. A leading byte-order mark is dropped; an empty last line is none. */
export async function* linesOf(stream: Readable): AsyncGenerator<readonly string[]> {
  for await (const some of lineBytesOf(stream)) yield decodeLines(some).lines;
}
