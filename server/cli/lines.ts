/** Lines of a stream in flat memory. Splits on line feeds alone: U+2028 inside a JSON string is no line end. */
import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

/** Lines without their line feed (a carriage return before it stays); the last one may have had none. */
export async function* linesOf(stream: Readable): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let first = true;
  for await (const chunk of stream) {
    let text = typeof chunk === 'string' ? chunk : decoder.write(chunk as Buffer);
    if (first && text !== '') {
      first = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    const lines = text.split('\n');
    if (lines.length === 1) {
      parts.push(text);
      continue;
    }
    lines[0] = parts.join('') + lines[0]!;
    parts = [lines.pop()!];
    yield lines;
  }
  const last = parts.join('') + decoder.end();
  if (last !== '') yield [last];
}
