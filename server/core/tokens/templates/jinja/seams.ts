/** Where nothing but a short fixed text stands between the contents of two turns, tokens may reach over all three. */
import { isSafeBoundary } from '../../boundaries.js';
import type { SourceText } from '../../../transcript/model.js';
import type { TextRun } from '../types.js';

/** Most of the text in front that is looked at, in code units. */
const LONGEST_TAIL = 4096;

const isCut = (text: string, at: number): boolean => isSafeBoundary(text.charCodeAt(at - 1), text.charCodeAt(at));

/** Whether a token must end somewhere between the last character of `left` and the first of `right`. */
function ends(left: SourceText, between: string, right: SourceText): boolean {
  const text = left.slice(Math.max(0, left.length - 1)) + between + right.slice(0, 1);
  for (let at = 1; at < text.length; at++) if (isCut(text, at)) return true;
  return false;
}

/** The end of a text, from a place where every vocabulary ends a token: before a blank after a letter. */
function tailOf(text: SourceText): string {
  const tail = text.slice(Math.max(0, text.length - LONGEST_TAIL));
  for (let at = tail.length - 1; at > 0; at--) if (tail[at] === ' ' && isCut(tail, at)) return tail.slice(at);
  return tail;
}

/**
 * A run whose fixed text in front is all that stands between it and `previous`: what a token may reach over stands in
 * front of it as well, so that its count is what it adds to all before it.
 */
export function joinedTo(previous: TextRun, run: TextRun): TextRun {
  if (ends(previous.text, run.before, run.text)) return run;
  return { ...run, before: tailOf(previous.text) + run.before };
}
