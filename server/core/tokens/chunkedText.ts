/**
 * A text in chunks that end at safe boundaries, each with its token count once known. The sum of the chunks' counts
 * is the count of the whole; after an edit only the chunks around it are unknown again.
 */
import { BlockList, type Place } from '../transcript/blockList.js';
import type { SourceText } from '../transcript/model.js';
import { editBetween } from '../transcript/segmentedText.js';
import { detached } from '../transcript/spans.js';
import { isSafeBoundary, nextSafeBoundary, type SafeCut } from './boundaries.js';

/**
 * Chunks end at the first safe boundary at or after this many code units. Counting chunks of this length takes 2 to 5 %
 * more time than counting long ones.
 */
const CHUNK_LENGTH = 1024;

/** The same for what an edit touched: who types goes on typing there, and each key counts one such chunk again. */
const EDITED_LENGTH = 128;

/** A chunk, which all versions of a text share that have it. */
export interface Chunk {
  /** Code units. */
  readonly length: number;
  /** Null where not counted yet; set once, by `setChunkCount`. */
  tokens: number | null;
}

export interface ChunkedText {
  readonly text: SourceText;
  readonly chunks: BlockList<Chunk>;
}

const EMPTY: ChunkedText = { text: '', chunks: BlockList.of<Chunk>([]) };

/** Cuts `text[start, end)` where it is safe; `start` and `end` are safe boundaries themselves. */
function cut(text: SourceText, start: number, end: number, length: number, isSafe: SafeCut): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = start; at < end;) {
    // A rest of less than two chunks stays one, so that typing does not leave crumbs.
    const next = at + 2 * length > end ? end : Math.min(nextSafeBoundary(text, at + length, isSafe), end);
    chunks.push({ length: next - at, tokens: null });
    at = next;
  }
  return chunks;
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
  if (before.text.length === 0) {
    return { text, chunks: BlockList.of(cut(text, 0, text.length, CHUNK_LENGTH, isSafe)) };
  }
  const edit = editBetween(before.text, text);
  if (!edit) return before;
  const { chunks } = before;
  // The unit after a chunk decides whether its end is a boundary: a chunk that touches the edit is cut anew.
  const first = chunks.at(Math.max(0, edit.start - 1))!;
  const last = chunks.at(edit.oldEnd)!;
  const end = last.start + last.item.length + text.length - before.text.length;
  const fresh = cut(text, first.start, end, end - first.start > LONG_EDIT ? CHUNK_LENGTH : EDITED_LENGTH, isSafe);
  return { text, chunks: chunks.splice(first.index, last.index, fresh) };
}

/** What is longer was pasted, not typed. */
const LONG_EDIT = 3 * CHUNK_LENGTH;

/** The chunks that are not counted yet, and where they start. */
export const unknownChunks = ({ chunks }: ChunkedText): Place<Chunk>[] =>
  chunks.unsummed().filter(({ item }) => item.tokens === null);

/** The text of one chunk: a copy, since a slice, or a join of two, is read more slowly. */
export const chunkAt = ({ text }: ChunkedText, { item, start }: Place<Chunk>): string =>
  detached(text.slice(start, start + item.length));

/** Notes the count of one chunk. The one change that a chunked text allows. */
export function setChunkCount(chunk: Chunk, tokens: number): void {
  chunk.tokens = tokens;
}

const tokensOfChunk = ({ tokens }: Chunk): number | null => tokens;

/** Tokens of the whole text, or null while a chunk is not counted. */
export const tokensOf = ({ chunks }: ChunkedText): number | null => chunks.sum(tokensOfChunk);
