import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createSseReader } from '../../../server/live/sse.js';

/** Everything that a reader hands over for bytes cut into pieces. */
function read(pieces: readonly Uint8Array[]): string[] {
  const seen: string[] = [];
  const reader = createSseReader({
    onData: (data, event) => seen.push(`data ${event ?? ''}|${data}`),
    onComment: (comment) => seen.push(`comment ${comment}`),
    onStrayLine: (line) => seen.push(`stray ${line}`),
  });
  pieces.forEach((piece) => reader.push(piece));
  reader.end();
  return seen;
}

const text =
  '\uFEFFdata: {"a":"wörld 🙂"}\n\n: energy {"joules":1,"method":"⚡"}\nevent: x\ndata: 1\ndata: 2\n\n: ping\n\ndata: [DONE]\n\n';
const expected = [
  'data |{"a":"wörld 🙂"}',
  'comment energy {"joules":1,"method":"⚡"}',
  'data x|1\n2',
  'comment ping',
  'data |[DONE]',
];

describe('sse', () => {
  it('reads the same events however the bytes are cut, with any line end', () => {
    fc.assert(
      fc.property(fc.constantFrom('\n', '\r\n'), fc.array(fc.nat({ max: 200 }), { maxLength: 12 }), (end, cuts) => {
        const bytes = Buffer.from(text.replaceAll('\n', end));
        const at = [0, ...cuts.filter((cut) => cut <= bytes.length).sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((to, index) => bytes.subarray(at[index], to));
        assert.deepEqual(read(pieces), expected);
      }),
      { numRuns: 300 },
    );
  });

  it('delivers what lacks its final newline', () => {
    assert.deepEqual(read([Buffer.from(': energy {"joules":1}')]), ['comment energy {"joules":1}']);
    assert.deepEqual(read([Buffer.from('data: x')]), ['data |x']);
    assert.deepEqual(read([Buffer.from('data: x\r')]), ['data |x']);
    assert.deepEqual(read([]), []);
  });

  it('hands over lines that are no part of the format', () => {
    assert.deepEqual(read([Buffer.from('<html>\n')]), ['stray <html>']);
  });
});
