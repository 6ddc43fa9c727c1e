/** Counting in slices, so that one long text does not hold up a thread. */
import type { LoadedVocabulary } from './vocabulary.js';

/** Code units of short texts that are counted between two pauses: a millisecond of work or so. */
const SLICE_LENGTH = 8192;

/** Counts `texts` into the array that it returns; yields after each stretch of a few milliseconds. */
export function* countSlices(engine: LoadedVocabulary, texts: readonly string[]): Generator<void, Uint32Array> {
  const counts = new Uint32Array(texts.length);
  let sinceYield = 0;
  for (const [index, text] of texts.entries()) {
    if (text.length <= SLICE_LENGTH) counts[index] = engine.count(text);
    else {
      for (const tokens of engine.countParts(text)) {
        counts[index]! += tokens;
        yield;
      }
    }
    sinceYield += text.length;
    if (sinceYield < SLICE_LENGTH) continue;
    sinceYield = 0;
    yield;
  }
  return counts;
}

/** Runs `countSlices` to its end. */
export function countNow(engine: LoadedVocabulary, texts: readonly string[]): Uint32Array {
  const slices = countSlices(engine, texts);
  for (;;) {
    const step = slices.next();
    if (step.done) return step.value;
  }
}
