import assert from 'node:assert/strict';
import { chunkAt, chunkText, setChunkCount, tokensOf, unknownChunks } from '../../../server/core/tokens/chunkedText.js';
import type { ChunkedText } from '../../../server/core/tokens/chunkedText.js';
import type { SourceText } from '../../../server/core/transcript/model.js';
import { joinTexts, partOf, SegmentedText } from '../../../server/core/transcript/segmentedText.js';
import { preTokens } from '../../support/tokens/preTokens.js';
import { adversarial, corpus } from '../../support/tokens/corpus.js';
import { seededRandom } from '../../support/tokens/random.js';

/** Pre-tokens stand in for tokens here: they too add up only over safe cuts. */
const countOf = (text: string): number => [...preTokens('o200k_base', text)].length;

/** Counts what is unknown; returns how many code units that took. */
function countUnknown(chunked: ChunkedText): number {
  let work = 0;
  for (const unknown of unknownChunks(chunked)) {
    const text = chunkAt(chunked, unknown);
    work += text.length;
    setChunkCount(unknown.item, countOf(text));
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
      assert.equal(chunked.chunks.length, text.length);
      if (round % 10 === 0) assert.equal(tokensOf(chunked), countOf(text));
    }
    assert.equal(tokensOf(chunked), countOf(text));
  });

  it('adds up over a text in segments that is edited, trimmed and framed as templates do', () => {
    const random = seededRandom(11);
    let whole = [...corpus(7, 60_000)].join('');
    let text = SegmentedText.of(whole);
    const framed = (trimmed: boolean): SourceText =>
      joinTexts('<', trimmed ? partOf(text, Math.min(3, text.length), text.length - 2) : text, '\n');
    let chunked = chunkText(framed(false));
    for (let round = 0; round < 160; round++) {
      // Mostly typing at one place, as people do.
      const start = round % 8 === 0 ? random.int(whole.length + 1) : Math.min(whole.length, 30_000 + round);
      const end = Math.min(whole.length, start + random.pick([0, 0, 0, 1, 2, 2000]));
      const insert = random.pick(['a', 'e', ' ', '\n', '', adversarial(random, 3), 'pasted words '.repeat(100)]);
      whole = whole.slice(0, start) + insert + whole.slice(end);
      text = text.replace(start, end, insert);
      chunked = chunkText(framed(round % 3 === 0), chunked);
      const work = countUnknown(chunked);
      assert.equal(countUnknown(chunked), 0);
      assert.ok(work <= chunked.text.length);
      if (round % 40 === 39) assert.equal(tokensOf(chunked), countOf(chunked.text.toString()));
    }
    assert.equal(text.toString(), whole);
  });

  it('counts a few hundred characters again where somebody goes on typing', () => {
    let text = SegmentedText.of('The quick brown fox jumps over the lazy dog. '.repeat(3_000));
    let chunked = chunkText(text);
    countUnknown(chunked);
    let place = text.length >> 1;
    let typed = 0;
    for (const key of 'and then some more words of prose '.repeat(40)) {
      text = text.replace(place, place, key);
      place++;
      chunked = chunkText(text, chunked);
      const work = countUnknown(chunked);
      if (typed++ > 0) assert.ok(work <= 400, `${work} characters counted again`);
      tokensOf(chunked);
    }
    // No crumbs are left behind.
    assert.ok(chunked.chunks.count < text.length / 100);
    assert.equal(tokensOf(chunked), countOf(text.toString()));
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
    const [, second] = unknownChunks(chunked);
    setChunkCount(second!.item, 77);
    const edited = chunkText(`${text}end`, chunked);
    assert.equal(edited.chunks.at(second!.start)!.item.tokens, 77);
    assert.equal(tokensOf(edited), null);
  });

  it('is one chunk where no cut is safe, and none for an empty text', () => {
    assert.equal(chunkText('='.repeat(100_000)).chunks.count, 1);
    assert.equal(tokensOf(chunkText('')), 0);
    assert.equal(tokensOf(chunkText('', chunkText('gone'))), 0);
  });
});
