/** Counting in slices, so that one long text does not hold up a thread. */
import { nextSafeBoundary } from '../core/tokens/boundaries.js';
import type { TokenEngine } from '../core/tokens/types.js';

/** Longest stretch that is counted in one call where the text allows a cut, in code units: about 2 ms of work. */
const SLICE_LENGTH = 8192;

/** Counts `texts` into the array that it returns; yields after each stretch of a few milliseconds. */
export function* countSlices(engine: TokenEngine, texts: readonly string[]): Generator<void, Uint32Array> {
  const counts = new Uint32Array(texts.length);
  let sinceYield = 0;
  for (const [index, text] of texts.entries()) {
    for (let at = 0; at < text.length;) {
      const next = at + SLICE_LENGTH < text.length ? nextSafeBoundary(text, at + SLICE_LENGTH) : text.length;
      counts[index]! += engine.count(text.slice(at, next));
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
export function countNow(engine: TokenEngine, texts: readonly string[]): Uint32Array {
  const slices = countSlices(engine, texts);
  for (;;) {
    const step = slices.next();
    if (step.done) return step.value;
  }
}
