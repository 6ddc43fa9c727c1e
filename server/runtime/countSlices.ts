/** Counting in slices, so that one long text does not hold up a thread. */
import { nextSafeBoundary, safeCutOf } from '../core/tokens/boundaries.js';
import type { LoadedVocabulary } from './vocabulary.js';

/** Longest stretch that is counted in one call where the text allows a cut, in code units: about 2 ms of work. */
const SLICE_LENGTH = 8192;

/** Counts `texts` into the array that it returns; yields after each stretch of a few milliseconds. */
export function* countSlices(engine: LoadedVocabulary, texts: readonly string[]): Generator<void, Uint32Array> {
  const counts = new Uint32Array(texts.length);
  const isSafe = safeCutOf(engine.id);
  let sinceYield = 0;
  for (const [index, text] of texts.entries()) {
    for (let at = 0; at < text.length;) {
      const next = at + SLICE_LENGTH < text.length ? nextSafeBoundary(text, at + SLICE_LENGTH, isSafe) : text.length;
      for (const tokens of engine.countParts(text.slice(at, next))) {
        counts[index]! += tokens;
        if (next - at > 2 * SLICE_LENGTH) yield;
      }
      sinceYield += next - at;
      at = next;
      if (sinceYield < SLICE_LENGTH) continue;
      sinceYield = 0;
      yield;
    }
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
