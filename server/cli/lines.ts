/** Lines of a stream in flat memory: LF, CRLF and lone CR end lines, as in VS Code; U+2028 inside a string does not. */
import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

const LINE_END = /\r\n|\n|\r/;

/** Lines without their ends, some at a time. A leading byte-order mark is dropped; an empty last line is none. */
export async function* linesOf(stream: Readable): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  /** A carriage return at the end of a chunk waits: a line feed may follow. */
  let held = '';
  let first = true;
  for await (const chunk of stream) {
    let text = held + (typeof chunk === 'string' ? chunk : decoder.write(chunk as Buffer));
    held = text.endsWith('\r') ? '\r' : '';
    if (held !== '') text = text.slice(0, -1);
    if (first && text !== '') {
      first = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    const lines = text.split(LINE_END);
    if (lines.length === 1) {
      parts.push(text);
      continue;
    }
    lines[0] = parts.join('') + lines[0]!;
    parts = [lines.pop()!];
    yield lines;
  }
  const last = parts.join('') + decoder.end();
  if (last !== '' || held !== '') yield [last];
}
