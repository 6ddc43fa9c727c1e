/**
 * Where a string ends that JSON's own rule does not end well: a closing quote is missing, a quote inside is not
 * escaped, or a line break stands in it raw. All three are what a file looks like while someone types.
 *
 * Only a string whose first closing quote is followed by something that JSON does not allow there (or that holds a raw
 * line break) comes here, so a valid file is never judged by these guesses.
 */
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipBlank,
  skipBlankBack,
} from './blank.js';

/** What the string stands for: a key, the value of a key, or an element of an array (or the root). */
export type StringPlace = 'key' | 'value' | 'item';

/** A quoted name and its colon, as it stands where a key begins. */
const KEY_AND_COLON = /"[^"\\\r\n]{0,80}"[ \t\r\n]*:/y;

const LINE_BREAK = /[\r\n]/;

/** Whether a quoted name and a colon stand at `at`. */
export function startsKey(text: string, at: number): boolean {
  KEY_AND_COLON.lastIndex = at;
  return KEY_AND_COLON.test(text);
}

/**
 * Whether the quote at `quote` opens the next key, which means that the string before it was never closed.
 *
 * @param start offset of the string's opening quote
 */
export function opensNextKey(text: string, start: number, quote: number): boolean {
  if (!startsKey(text, quote)) return false;
  const before = skipBlankBack(text, quote, start + 1);
  if (before > start + 1) {
    const code = text.charCodeAt(before - 1);
    if (code === COMMA || code === OPEN_BRACE) return true;
  }
  return LINE_BREAK.test(text.slice(before, quote));
}

/** Whether what follows the quote is what follows a closing quote there. Stricter than JSON: a guess must not be lightly made. */
export function closesWell(text: string, quote: number, end: number, place: StringPlace): boolean {
  const next = skipBlank(text, quote + 1, end);
  if (next >= end) return true;
  const code = text.charCodeAt(next);
  if (place === 'key') return code === COLON;
  if (code === CLOSE_BRACE || code === CLOSE_BRACKET) return true;
  if (code !== COMMA) return false;
  const after = skipBlank(text, next + 1, end);
  if (after >= end) return true;
  const follower = text.charCodeAt(after);
  if (follower === CLOSE_BRACE || follower === CLOSE_BRACKET || follower === OPEN_BRACE) return true;
  return place === 'value' ? startsKey(text, after) : follower === QUOTE || follower === OPEN_BRACKET;
}

/** How many of `closers` (innermost first) end at `at`, read backwards over blanks; and where the text before them ends. */
function stripClosers(text: string, at: number, start: number, closers: string): { taken: number; at: number } {
  // Offsets before each closer of the run that stands there, from its last.
  let run = '';
  const ends: number[] = [];
  let from = at;
  while (run.length < closers.length) {
    const before = skipBlankBack(text, from, start);
    const code = before > start ? text.charCodeAt(before - 1) : 0;
    if (code !== CLOSE_BRACE && code !== CLOSE_BRACKET) break;
    from = before - 1;
    run = text.charAt(from) + run;
    ends.push(from);
  }
  for (let taken = run.length; taken > 0; taken--) {
    if (run.endsWith(closers.slice(0, taken))) return { taken, at: ends[taken - 1]! };
  }
  return { taken: 0, at };
}

/**
 * The end of an unclosed string that runs up to `until` (the next key's quote, or the end of the text): the brackets
 * and commas that stand before it are structure, not text.
 *
 * @param closers the closing brackets that are open at the string, innermost first
 */
export function unclosedEnd(text: string, start: number, until: number, closers: string): number {
  const inner = start + 1;
  let at = skipBlankBack(text, until, inner);
  const atEnd = at === inner;
  if (atEnd) return inner;
  let opened = false;
  if (text.charCodeAt(at - 1) === OPEN_BRACE) {
    opened = true;
    at = skipBlankBack(text, at - 1, inner);
  }
  if (at > inner && text.charCodeAt(at - 1) === COMMA) at = skipBlankBack(text, at - 1, inner);
  // Where the next key is not in a new object, one bracket on the same line may well be text: `use {x}, "name":`.
  const stripped = stripClosers(text, at, inner, closers);
  if (opened || stripped.taken > 1 || standsApart(text, stripped.at, inner)) at = stripped.at;
  // Spaces between the text and a comma cannot be told from text; a line break is the typist's.
  return skipBlankBack(text, at, inner);
}

/**
 * The end of an unclosed string after which no quote comes. Closing brackets at the very end are structure if they close
 * everything, or if they stand on lines of their own (text has no raw line break).
 */
export function unclosedAtEnd(text: string, start: number, end: number, closers: string): number {
  const inner = start + 1;
  const stripped = stripClosers(text, end, inner, closers);
  const isStructure = stripped.taken === closers.length || standsApart(text, stripped.at, inner);
  return stripped.taken > 0 && isStructure ? skipBlankBack(text, stripped.at, inner) : end;
}

/** Whether a line break stands in the blanks before `at`. */
const standsApart = (text: string, at: number, start: number): boolean =>
  LINE_BREAK.test(text.slice(skipBlankBack(text, at, start), at));
