import assert from 'node:assert/strict';
import { chunkAt, chunkText, setChunkCount, tokensOf, unknownChunks } from '../../../server/core/tokens/chunkedText.js';
import type { ChunkedText } from '../../../server/core/tokens/chunkedText.js';
import { preTokens } from '../../support/tokens/preTokens.js';
import { adversarial, corpus } from '../../support/tokens/corpus.js';
import { seededRandom } from '../../support/tokens/random.js';

/** Pre-tokens stand in for tokens here: they too add up only over safe cuts. */
const countOf = (text: string): number => [...preTokens('o200k_base', text)].length;

/** Counts what is unknown; returns how many code units that took. */
function countUnknown(chunked: ChunkedText): number {
  let work = 0;
  for (const index of unknownChunks(chunked)) {
    const text = chunkAt(chunked, index);
    work += text.length;
    setChunkCount(chunked, index, countOf(text));
  }
  return work;
}

describe('chunked text', () => {
  it('adds up to the count of the whole, after any edit', () => {
    const random = seededRandom(3);
    let text = [...corpus(5, 20_000)].join('');
    let chunked = chunkText(text);
    countUnknown(chunked);
    for (let round = 0; round < 150; round++) {
      const start = random.int(text.length + 1);
      const length = random.pick([0, 1, 1, 5, 3000]);
      const insert = random.pick(['', 'a', '\n', ' ', '/', adversarial(random, 5), 'word '.repeat(1000)]);
      text = text.slice(0, start) + insert + text.slice(start + length);
      chunked = chunkText(text, chunked);
      countUnknown(chunked);
      assert.equal(chunked.ends.at(-1) ?? 0, text.length);
      if (round % 10 === 0) assert.equal(tokensOf(chunked), countOf(text));
    }
    assert.equal(tokensOf(chunked), countOf(text));
  });

  it('counts a few kilobytes again after one character in a megabyte', () => {
    const text = 'The quick brown fox jumps over the lazy dog.\n'.repeat(23_000);
    const chunked = chunkText(text);
    assert.equal(countUnknown(chunked), text.length);
    const middle = text.length >> 1;
    const edited = chunkText(text.slice(0, middle) + 'x' + text.slice(middle), chunked);
    assert.ok(countUnknown(edited) < 5_000);
    assert.equal(countUnknown(edited), 0);
  });

  it('keeps counts across an edit while others are still unknown', () => {
    const text = 'word '.repeat(4_000);
    const chunked = chunkText(text);
    setChunkCount(chunked, 1, 77);
    const edited = chunkText(`${text}end`, chunked);
    assert.equal(edited.counts[1], 77);
    assert.equal(tokensOf(edited), null);
  });

  it('is one chunk where no cut is safe, and none for an empty text', () => {
    assert.deepEqual(chunkText('='.repeat(100_000)).ends, [100_000]);
    assert.equal(tokensOf(chunkText('')), 0);
    assert.equal(tokensOf(chunkText('', chunkText('gone'))), 0);
  });
});
