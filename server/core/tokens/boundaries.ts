/**
 * Places where a text may be cut so that counting the two sides apart gives the same tokens as counting the whole.
 *
 * Most of the supported byte-pair encodings (`UNSPLIT` names the others) first split text by a regular expression and merge only inside the pieces, so
 * a cut is safe where each of these expressions must end one piece and start the next, whatever stands further away:
 *
 * 1. After a line feed, before a character that is neither white space nor `/`. A piece that holds a line feed can go
 *    on with white space, further line breaks and (o200k) slashes only; none of the expressions looks behind.
 * 2. After a letter, before a space or one of a few marks. A run of letters ends there in every expression (only an
 *    apostrophe or a combining mark can prolong it), and the next piece starts with that very character. `(?!\S)`, the
 *    only lookahead, stands after white space alone, never after a letter.
 *
 * Normalisation to NFC (Qwen) commutes with both cuts: the right-hand characters compose with nothing before them.
 * No added token of a shipped vocabulary contains such a place (a test holds that).
 */
import { pathOfVocabulary } from './fileVocabulary.js';
import type { SourceText } from '../transcript/model.js';
import type { VocabularyId } from './types.js';

/**
 * Vocabularies that merge without splitting first, as SentencePiece does. A cut is safe for them where no token holds
 * the two characters side by side, since a merge across it would make such a token: after a letter before a space
 * (tokens have spaces in front, or are nothing but spaces), and after a line feed (Mistral has no token with one beside
 * something else; Gemma takes runs of them out before it merges). A mark after a letter is not safe: tokens hold both.
 */
export const UNSPLIT: ReadonlySet<VocabularyId> = new Set([
  'gemma-3',
  'gemma-2',
  'llama-2',
  'mistral-v1',
  'mistral-v3',
]);

/**
 * Vocabularies that split as GPT-2 does: white space before a word is a piece of all but its last character, so a line
 * feed belongs to what follows and a cut after it is not safe. After a letter is, before a line feed too.
 */
export const GPT2_SPLIT: ReadonlySet<VocabularyId> = new Set(['p50k_base', 'r50k_base']);

/** Whether text may be cut between two UTF-16 code units. */
export type SafeCut = (left: number, right: number) => boolean;

/** Right-hand sides of a cut after a letter: no apostrophe, and nothing that occurs in added tokens such as `<tool_call>`. */
const AFTER_LETTER = new Set(' .,;:!?)"\u3001\u3002\uff0c\uff01\uff1a\uff1b\uff1f');

const LINE_FEED = 10;
const SPACE = 32;
const WHITE_SPACE = /[\s\u0085]/u;
const LETTER = /\p{L}/u;

const isAsciiLetter = (unit: number): boolean => (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122);

/**
 * Blocks whose letters all Unicode versions in use agree on: Latin to Cyrillic, Hebrew, Arabic, Devanagari, Thai, kana,
 * CJK ideographs, Hangul. `[first, last]`.
 */
const LETTER_BLOCKS = [
  [0x00aa, 0x052f],
  [0x05d0, 0x05ea],
  [0x0620, 0x064a],
  [0x0904, 0x0939],
  [0x0e01, 0x0e30],
  [0x1e00, 0x1fff],
  [0x3041, 0x3096],
  [0x30a1, 0x30fa],
  [0x4e00, 0x9fa5],
  [0xac00, 0xd7a3],
] as const;

function isLetter(unit: number): boolean {
  if (unit < 0x80) return isAsciiLetter(unit);
  return LETTER_BLOCKS.some(([first, last]) => unit >= first && unit <= last) && LETTER.test(String.fromCharCode(unit));
}

function isWhiteSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 32 || (unit >= 9 && unit <= 13);
  return WHITE_SPACE.test(String.fromCharCode(unit));
}

/** Whether text may be cut between the UTF-16 code units `left` and `right`, for every vocabulary that splits first. */
export function isSafeBoundary(left: number, right: number): boolean {
  if (left === LINE_FEED) return right !== 47 && !isWhiteSpace(right);
  return AFTER_LETTER.has(String.fromCharCode(right)) && isLetter(left);
}

const isSafeUnsplit: SafeCut = (left, right) => (left === LINE_FEED || right === SPACE) && isSafeBoundary(left, right);

const isSafeGpt2: SafeCut = (left, right) =>
  left !== LINE_FEED && (isSafeBoundary(left, right) || (right === LINE_FEED && isLetter(left)));

/** What a user's own tokenizer is held against when it is loaded: before a blank after a letter, and nowhere else. */
const isSafeOwn: SafeCut = (left, right) => right === SPACE && isSafeBoundary(left, right);

/** Where texts may be cut for a vocabulary. */
export function safeCutOf(vocabulary: VocabularyId): SafeCut {
  if (pathOfVocabulary(vocabulary) !== null) return isSafeOwn;
  if (UNSPLIT.has(vocabulary)) return isSafeUnsplit;
  return GPT2_SPLIT.has(vocabulary) ? isSafeGpt2 : isSafeBoundary;
}

/** Code units that are looked at at a time: few at first, since a boundary is near as a rule. */
const FIRST_WINDOW = 16;
const LONGEST_WINDOW = 1024;

/** The first safe cut at or after `from` (at least 1), or `text.length` when there is none. Offsets in code units. */
export function nextSafeBoundary(text: SourceText, from: number, isSafe: SafeCut = isSafeBoundary): number {
  let length = FIRST_WINDOW;
  for (let start = Math.max(1, from); start < text.length; start += length) {
    length = Math.min(LONGEST_WINDOW, 2 * length);
    const window = text.slice(start - 1, start + length);
    for (let at = 1; at < window.length; at++) {
      if (isSafe(window.charCodeAt(at - 1), window.charCodeAt(at))) return start - 1 + at;
    }
  }
  return text.length;
}

/** Whether `left + right` counts as `left` and `right` counted apart. An empty side is safe. */
export function isSafeSeam(left: SourceText, right: SourceText, isSafe: SafeCut = isSafeBoundary): boolean {
  if (left.length === 0 || right.length === 0) return true;
  return isSafe(left.slice(left.length - 1).charCodeAt(0), right.slice(0, 1).charCodeAt(0));
}
