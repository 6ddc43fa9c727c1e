import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { decodeLines, lineBytesOf, linesOf } from '../../../server/cli/lines.js';

async function read(bytes: Buffer, sizes: readonly number[]): Promise<string[]> {
  const chunks: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes.length > 0 ? sizes[i % sizes.length]! : bytes.length;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  const lines: string[] = [];
  for await (const some of linesOf(Readable.from(chunks))) lines.push(...some);
  return lines;
}

describe('lines of a stream', () => {
  it('are those of the whole text, however it is cut', async () => {
    const piece = fc.constantFrom('a', 'é', '🌍', '\n', '\r', '\r\n', '\u2028', ' ');
    await fc.assert(
      fc.asyncProperty(fc.array(piece), fc.array(fc.integer({ min: 1, max: 5 })), async (pieces, sizes) => {
        const text = pieces.join('');
        const expected = text.split(/\r\n|\n|\r/);
        if (expected.at(-1) === '') expected.pop();
        assert.deepEqual(await read(Buffer.from(text), sizes), expected);
      }),
    );
  });

  it('do not begin with a byte-order mark', async () => {
    assert.deepEqual(await read(Buffer.from('\uFEFFa\nb'), [1]), ['a', 'b']);
  });

  it('are numbered as they come, whatever ends them', async () => {
    const bytes = Buffer.from('a\r\nb\rc\n\nd\r\r\ne');
    for (const size of [1, 2, 3, 100]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      const numbered: [number, string][] = [];
      for await (const some of lineBytesOf(Readable.from(chunks))) {
        decodeLines(some).lines.forEach((line, index) => numbered.push([some.firstLine + index, line]));
      }
      assert.deepEqual(numbered, [...['a', 'b', 'c', '', 'd', '', 'e'].entries()], `chunks of ${size}`);
    }
  });

  it('say where bytes are no UTF-8, which a U+FFFD of the text is not', () => {
    const bytes = Buffer.concat([Buffer.from('\uFFFD\r\nab'), Buffer.from([0xe9]), Buffer.from('c\n')]);
    const { lines, invalid } = decodeLines({ firstLine: 7, bytes });
    assert.deepEqual([lines, invalid], [['\uFFFD', 'ab\uFFFDc'], { line: 8, character: 2 }]);
  });

  it('are refused by number where no text can hold them', async () => {
    const chunk = Buffer.alloc(1 << 26, 'x');
    const stream = Readable.from([Buffer.from('a\nb\n'), ...Array.from({ length: 9 }, () => chunk)]);
    await assert.rejects(async () => {
      for await (const some of lineBytesOf(stream)) assert.equal(some.firstLine, 0);
    }, /^Error: line 3 is longer than the 536 MB that one text can hold; split it$/);
  });
});
