/**
 * A text in chunks that end at safe boundaries, each with its token count once known. The sum of the chunks' counts
 * is the count of the whole; after an edit only the chunks around it are unknown again.
 */
import { isSafeBoundary, nextSafeBoundary, type SafeCut } from './boundaries.js';

/**
 * Chunks end at the first safe boundary at or after this many code units. Counting chunks of this length takes 2 to 5 %
 * more time than counting long ones, and an edit counts one or two of them again.
 */
const CHUNK_LENGTH = 1024;

/** Mark of a chunk that is not counted. */
const UNKNOWN = -1;

export interface ChunkedText {
  readonly text: string;
  /** Exclusive ends of the chunks in code units, ascending; the last is `text.length`. */
  readonly ends: readonly number[];
  /** Tokens per chunk, -1 where not counted yet; filled in by `setChunkCount`. */
  readonly counts: Int32Array;
}

/** Cuts `text[start, end)` where it is safe; `start` and `end` are safe boundaries themselves. */
function pushEnds(ends: number[], text: string, start: number, end: number, isSafe: SafeCut): void {
  for (let at = start; at < end;) {
    const next = at + CHUNK_LENGTH >= end ? end : Math.min(nextSafeBoundary(text, at + CHUNK_LENGTH, isSafe), end);
    ends.push(next);
    at = next;
  }
}

/** Whether `a[aStart, aStart + length)` equals `b[bStart, ...)`, and the code unit after both too. */
const sameSlice = (a: string, aStart: number, b: string, bStart: number, length: number): boolean =>
  a.slice(aStart, aStart + length) === b.slice(bStart, bStart + length);

/** How many chunks of `before`, from the first, are chunks of `text` as well. */
function commonChunks(text: string, before: ChunkedText): number {
  let start = 0;
  for (const [index, end] of before.ends.entries()) {
    const last = end === before.text.length;
    // The unit after the chunk decides whether its end is a boundary, so it has to be the same too.
    const same = sameSlice(text, start, before.text, start, end - start + 1);
    if (!same || last !== (end === text.length)) return index;
    start = end;
  }
  return before.ends.length;
}

/** How many chunks of `before`, from the last and beside the first `skip`, end `text` as well. */
function commonTail(text: string, before: ChunkedText, skip: number, isSafe: SafeCut): number {
  const shift = text.length - before.text.length;
  const floor = skip === 0 ? 0 : before.ends[skip - 1]!;
  let kept = 0;
  for (let index = before.ends.length - 1; index >= skip; index--) {
    const start = index === 0 ? 0 : before.ends[index - 1]!;
    const end = before.ends[index]!;
    if (start + shift < floor) break;
    if (!sameSlice(text, start + shift, before.text, start, end - start)) break;
    // The start has to be a boundary in the new text too: its left neighbour may have changed.
    const at = start + shift;
    const safe = at === floor || (at > 0 && isSafe(text.charCodeAt(at - 1), text.charCodeAt(at)));
    if (safe) kept = before.ends.length - index;
  }
  return kept;
}

/**
 * Chunks of `text`. With `before`, the chunks of an earlier version, what an edit left alone keeps its count.
 * `isSafe` is the same for both. Time: comparing the two texts, plus scanning what changed.
 */
export function chunkText(text: string, before?: ChunkedText, isSafe: SafeCut = isSafeBoundary): ChunkedText {
  if (before && before.text === text) return before;
  const head = before ? commonChunks(text, before) : 0;
  const tail = before ? commonTail(text, before, head, isSafe) : 0;
  const ends = before ? before.ends.slice(0, head) : [];
  const shift = before ? text.length - before.text.length : 0;
  const from = ends.at(-1) ?? 0;
  const firstKept = before ? before.ends.length - tail : 0;
  const to = before && tail > 0 ? (firstKept === 0 ? 0 : before.ends[firstKept - 1]!) + shift : text.length;
  pushEnds(ends, text, from, to, isSafe);
  const middle = ends.length;
  if (before) for (let index = firstKept; index < before.ends.length; index++) ends.push(before.ends[index]! + shift);
  const counts = new Int32Array(ends.length).fill(UNKNOWN);
  if (before) {
    counts.set(before.counts.subarray(0, head), 0);
    counts.set(before.counts.subarray(firstKept), middle);
  }
  return { text, ends, counts };
}

/** Indices of the chunks that are not counted yet. */
export function unknownChunks(chunked: ChunkedText): number[] {
  const unknown: number[] = [];
  for (let index = 0; index < chunked.counts.length; index++) {
    if (chunked.counts[index] === UNKNOWN) unknown.push(index);
  }
  return unknown;
}

/** The text of one chunk. */
export function chunkAt(chunked: ChunkedText, index: number): string {
  return chunked.text.slice(index === 0 ? 0 : chunked.ends[index - 1]!, chunked.ends[index]!);
}

/** Notes the count of one chunk. The one change that a chunked text allows. */
export function setChunkCount(chunked: ChunkedText, index: number, tokens: number): void {
  chunked.counts[index] = tokens;
}

/** Tokens of the whole text, or null while a chunk is not counted. */
export function tokensOf(chunked: ChunkedText): number | null {
  let sum = 0;
  for (const count of chunked.counts) {
    if (count === UNKNOWN) return null;
    sum += count;
  }
  return sum;
}
