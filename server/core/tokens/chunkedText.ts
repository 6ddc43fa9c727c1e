/**
 * A text in chunks that end at safe boundaries, each with its token count once known. The sum of the chunks' counts
 * is the count of the whole; after an edit only the chunks around it are unknown again.
 */
import type { SourceText } from '../transcript/model.js';
import { editBetween } from '../transcript/segmentedText.js';
import { isSafeBoundary, nextSafeBoundary, type SafeCut } from './boundaries.js';

/**
 * Chunks end at the first safe boundary at or after this many code units. Counting chunks of this length takes 2 to 5 %
 * more time than counting long ones, and an edit counts one or two of them again.
 */
const CHUNK_LENGTH = 1024;

/** Mark of a chunk that is not counted. */
const UNKNOWN = -1;

export interface ChunkedText {
  readonly text: SourceText;
  /** Exclusive ends of the chunks in code units, ascending; the last is `text.length`. */
  readonly ends: readonly number[];
  /** Tokens per chunk, -1 where not counted yet; filled in by `setChunkCount`. */
  readonly counts: Int32Array;
}

const EMPTY: ChunkedText = { text: '', ends: [], counts: new Int32Array() };

/** Cuts `text[start, end)` where it is safe; `start` and `end` are safe boundaries themselves. */
function pushEnds(ends: number[], text: SourceText, start: number, end: number, isSafe: SafeCut): void {
  for (let at = start; at < end;) {
    const next = at + CHUNK_LENGTH >= end ? end : Math.min(nextSafeBoundary(text, at + CHUNK_LENGTH, isSafe), end);
    ends.push(next);
    at = next;
  }
}

/**
 * Chunks of `text`. With `before`, the chunks of an earlier version, what an edit left alone keeps its count.
 * `isSafe` is the same for both. Time: telling the two texts apart (`editBetween`), plus scanning what changed.
 */
export function chunkText(
  text: SourceText,
  before: ChunkedText = EMPTY,
  isSafe: SafeCut = isSafeBoundary,
): ChunkedText {
  const edit = editBetween(before.text, text);
  if (!edit) return before;
  // The unit after a chunk decides whether its end is a boundary: a chunk that touches the edit is cut anew.
  const head = before.ends.filter((end) => end < edit.start).length;
  const behind = before.ends.findIndex((end) => end > edit.oldEnd);
  const firstKept = behind < 0 ? before.ends.length : behind + 1;
  const shift = text.length - before.text.length;
  const ends = before.ends.slice(0, head);
  pushEnds(ends, text, ends.at(-1) ?? 0, behind < 0 ? text.length : before.ends[behind]! + shift, isSafe);
  const middle = ends.length;
  for (let index = firstKept; index < before.ends.length; index++) ends.push(before.ends[index]! + shift);
  const counts = new Int32Array(ends.length).fill(UNKNOWN);
  counts.set(before.counts.subarray(0, head), 0);
  counts.set(before.counts.subarray(firstKept), middle);
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
