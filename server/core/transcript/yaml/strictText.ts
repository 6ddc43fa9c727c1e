/** The marks of YAML that the strict reader knows, and where what begins with one ends. Offsets are of the text that is read. */
import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COMMA, LF, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../json/blank.js';

export const SPACE = 32;
export const TAB = 9;
export const HASH = 35;
export const DASH = 45;
export const QUESTION = 63;
export const APOSTROPHE = 39;
export const BAR = 124;
export const GREATER = 62;
export const BYTE_ORDER_MARK = 0xfeff;

/** What a plain scalar does not begin with: `!&*%@\`` and what has a meaning of its own. */
export const NEVER_PLAIN: ReadonlySet<number> = new Set([
  ...[33, 38, 42, 37, 64, 96, HASH, QUOTE, APOSTROPHE, BAR, GREATER, COMMA, TAB],
  ...[OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, BYTE_ORDER_MARK],
]);

/** Space or tab, line feed, or the end of the text, where there is no code. */
export const isEmpty = (code: number): boolean => code === SPACE || code === LF || code === TAB || code !== code;

export const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** What ends a plain scalar in brackets. */
export const isFlowMark = (code: number): boolean =>
  code === COMMA || code === OPEN_BRACE || code === CLOSE_BRACE || code === OPEN_BRACKET || code === CLOSE_BRACKET;

export function pastBlanks(text: string, at: number): number {
  while (text.charCodeAt(at) === SPACE) at++;
  return at;
}

/** Where the next line begins. */
export function pastLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** Where the next line begins, if there is but a comment before it. */
export function pastComment(text: string, at: number): number {
  const next = pastBlanks(text, at);
  const code = text.charCodeAt(next);
  return code === LF || code !== code || (code === HASH && next > at) ? pastLine(text, next) : -1;
}

/** Offset after the quoted text at `at`, whose further lines have `least` blanks before them; -1 for another. */
export function pastQuote(text: string, at: number, quote: number, least: number): number {
  for (let next = at + 1; ; next++) {
    const code = text.charCodeAt(next);
    if (code === quote) {
      if (quote === QUOTE || text.charCodeAt(next + 1) !== APOSTROPHE) return next + 1;
      next++;
    } else if (code === LF) {
      const first = pastBlanks(text, next + 1);
      if (first - next - 1 < least && text.charCodeAt(first) !== LF) return -1;
      next = first - 1;
    } else if (code !== code) return -1;
    else if (code === BACKSLASH && quote === QUOTE && text.charCodeAt(next + 1) !== LF) next++;
  }
}

/**
 * Offset after the lines of a block scalar that are its own; -1 for what is not read here. A last line without a line
 * break is as one that has it.
 *
 * @param least the indentation that its lines have at least
 * @param given the indentation beyond that of the collection around it, as the header says; 0 for none
 * @param keeps whether blank lines at its end are its own
 */
export function blockEnd(text: string, start: number, least: number, given: number, keeps: boolean): number {
  const limit = text.length;
  // Where the last line of it ends, or a blank line before its first text.
  let past = start;
  let at = start;
  for (; ; at++) {
    const code = text.charCodeAt(at);
    if (code === LF) past = at + 1;
    else if (code !== SPACE) break;
  }
  if (at >= limit) past = at = limit + 1;
  const indent = at - past;
  if (indent >= least) {
    const wanted = given > 0 ? least - 1 + given : indent;
    while (past <= limit) {
      let first = past;
      while (first < past + wanted && text.charCodeAt(first) === SPACE) first++;
      if (first < past + wanted && first < limit && text.charCodeAt(first) !== LF) break;
      const stop = text.indexOf('\n', first);
      past = stop < 0 ? limit + 1 : stop + 1;
    }
  }
  if (text.charCodeAt(pastBlanks(text, past)) === TAB) return -1;
  while (!keeps) {
    let blank = past - 2;
    while (text.charCodeAt(blank) === SPACE) blank--;
    // A line of more blanks than the indentation is text.
    if (blank < start || text.charCodeAt(blank) !== LF || past - 2 - blank > indent) break;
    past = blank + 1;
  }
  return Math.min(past, limit);
}
