/** From offsets in a normalised text back to the text that it was made of. */

/** A character and what may compose with it: marks, and the vowels and finals of Hangul. */
const CLUSTER = /[^\p{M}\u1160-\u11ff][\p{M}\u1160-\u11ff]*|[\p{M}\u1160-\u11ff]+/gu;

/** Offsets in code units. Inside what changed, `start` gives its start in the text and `end` its end. */
export interface NormalizedOffsets {
  start(offset: number): number;
  end(offset: number): number;
}

interface Changed {
  readonly normalizedStart: number;
  readonly normalizedEnd: number;
  readonly start: number;
  readonly end: number;
}

/** The stretches that differ, in order. What stands between them is the same in both texts. */
function changes(text: string, normalized: string, normalize: (part: string) => string): Changed[] {
  const found: Changed[] = [];
  let at = 0;
  for (const { 0: cluster, index } of text.matchAll(CLUSTER)) {
    const part = normalize(cluster);
    if (part !== cluster) {
      found.push({ normalizedStart: at, normalizedEnd: at + part.length, start: index, end: index + cluster.length });
    }
    at += part.length;
  }
  // Clusters normalise apart, as far as is known; where they should not, the whole text is one change.
  const whole = { normalizedStart: 0, normalizedEnd: normalized.length, start: 0, end: text.length };
  return at === normalized.length ? found : [whole];
}

/** @param normalize what made `normalized` of `text` */
export function alignNormalized(
  text: string,
  normalized: string,
  normalize: (part: string) => string,
): NormalizedOffsets {
  const changed = changes(text, normalized, normalize);
  /** The last change that starts before `offset`, or undefined. */
  const before = (offset: number): Changed | undefined => {
    let low = 0;
    let high = changed.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (changed[middle]!.normalizedStart < offset) low = middle + 1;
      else high = middle;
    }
    return changed[low - 1];
  };
  const at = (offset: number, inside: 'start' | 'end'): number => {
    const change = before(offset);
    if (!change) return offset;
    return offset < change.normalizedEnd ? change[inside] : change.end + (offset - change.normalizedEnd);
  };
  return { start: (offset) => at(offset, 'start'), end: (offset) => at(offset, 'end') };
}
