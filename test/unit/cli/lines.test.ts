import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { linesOf } from '../../../server/cli/lines.js';

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
});
