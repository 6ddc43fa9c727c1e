/** The tokens of a part of a text, as they are where the whole text is tokenized. */
import type { Span } from '../transcript/model.js';
import { safeCutOf, type SafeCut } from './boundaries.js';
import type { AbortSignalLike, EncodedText, TokenCounter, TokenEncoder, VocabularyId } from './types.js';

/** Code units that are encoded at a time, where the text can be cut. */
const STRETCH_LENGTH = 4096;

/** Code units that are counted as one text, so that a long count can be cancelled in between. */
const COUNT_LENGTH = 1 << 16;

/**
 * How far a place to cut is looked for. A run without one that is longer than this is cut anyway: there, and only
 * there, tokens next to the cut may be other than in the whole text.
 */
export const LONGEST_STRETCH = 1 << 17;

/** One token of a text. Offsets in code units, `[start, end)` whole characters. */
export interface PlacedToken {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  /** UTF-8 of what it spells. */
  readonly bytes: Uint8Array;
}

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

/** `at`, or one further where it would cut a character in two. */
const wholeCharacter = (text: string, at: number): number =>
  at > 0 && at < text.length && isLowSurrogate(text.charCodeAt(at)) ? at + 1 : at;

/** The last place to cut at or before `at`. */
export function cutBefore(text: string, at: number, isSafe: SafeCut): number {
  const limit = Math.max(0, at - LONGEST_STRETCH);
  for (let place = Math.min(at, text.length); place > limit; place--) {
    if (place === text.length || isSafe(text.charCodeAt(place - 1), text.charCodeAt(place))) return place;
  }
  return wholeCharacter(text, limit);
}

/** The first place to cut at or after `at`. */
export function cutAfter(text: string, at: number, isSafe: SafeCut): number {
  const limit = Math.min(text.length, at + LONGEST_STRETCH);
  for (let place = at; place < limit; place++) {
    if (place === 0 || isSafe(text.charCodeAt(place - 1), text.charCodeAt(place))) return place;
  }
  return wholeCharacter(text, limit);
}

function* placed(encoded: EncodedText, offset: number): Generator<PlacedToken, void> {
  const { ids, starts, ends, bytes, byteEnds } = encoded;
  for (let index = 0; index < ids.length; index++) {
    yield {
      id: ids[index]!,
      start: starts[index]! + offset,
      end: ends[index]! + offset,
      bytes: bytes.subarray(index === 0 ? 0 : byteEnds[index - 1]!, byteEnds[index]!),
    };
  }
}

/** The tokens that touch `range`, in order, at most `limit` of them. Rejects with an AbortError when `signal` fires. */
export async function tokensWithin(
  text: string,
  range: Span,
  vocabulary: VocabularyId,
  encoder: TokenEncoder,
  options: { readonly limit?: number; readonly signal?: AbortSignalLike } = {},
): Promise<PlacedToken[]> {
  const isSafe = safeCutOf(vocabulary);
  const tokens: PlacedToken[] = [];
  const limit = options.limit ?? Infinity;
  for (let at = cutBefore(text, range.start, isSafe); at < range.end && tokens.length < limit;) {
    const next = cutAfter(text, Math.min(range.end, at + STRETCH_LENGTH), isSafe);
    const encoded = await encoder.encode(vocabulary, text.slice(at, next), options.signal);
    for (const token of placed(encoded, at)) {
      if (token.end > range.start && token.start < range.end && tokens.length < limit) tokens.push(token);
    }
    at = next;
  }
  return tokens;
}

/** How many tokens touch `range`: what `tokensWithin` would give, at the price of counting. */
export async function countWithin(
  text: string,
  range: Span,
  vocabulary: VocabularyId,
  engine: TokenCounter & TokenEncoder,
  signal?: AbortSignalLike,
): Promise<number> {
  const isSafe = safeCutOf(vocabulary);
  const options = signal ? { signal } : {};
  const first = cutAfter(text, range.start, isSafe);
  const last = cutBefore(text, range.end, isSafe);
  if (first >= last) return (await tokensWithin(text, range, vocabulary, engine, options)).length;
  const edge = async (start: number, end: number): Promise<number> =>
    start < end ? (await tokensWithin(text, { start, end }, vocabulary, engine, options)).length : 0;
  const texts: string[] = [];
  for (let at = first; at < last;) {
    const next = at + COUNT_LENGTH >= last ? last : Math.min(last, cutAfter(text, at + COUNT_LENGTH, isSafe));
    texts.push(text.slice(at, next));
    at = next;
  }
  const counts = await engine.count(vocabulary, texts, signal);
  const middle = counts.reduce((sum, count) => sum + count, 0);
  return (await edge(range.start, first)) + middle + (await edge(last, range.end));
}
