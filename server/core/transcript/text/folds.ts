/** `<details>` blocks of exporters: what they fold away is content, and thinking where their summary says so. */
import type { NextIndex } from '../json/blank.js';
import type { Span } from '../model.js';

export interface Fold extends Span {
  /** What the model thought, tags and summary left out; null for any other block. */
  readonly thinking: Span | null;
}

const OPEN = / {0,3}<details\b[^<>\r\n]{0,200}>/iy;
const SUMMARY = /\s{0,8}<summary\b[^<>\r\n]{0,200}>([^\r\n]{0,200}?)<\/summary>/iy;
const THINKING = /think|thought|reason/i;
const CLOSE_LENGTH = '</details>'.length;

/**
 * The block that begins at `start`, the start of a line, up to the next end tag; null where none begins or ends.
 *
 * @param ends of `</details>` in the text
 */
export function foldAt(text: string, start: number, ends: NextIndex): Fold | null {
  OPEN.lastIndex = start;
  if (!OPEN.test(text)) return null;
  const inside = OPEN.lastIndex;
  const close = ends.at(inside);
  if (close >= text.length) return null;
  const fold = { start, end: close + CLOSE_LENGTH, thinking: null };
  SUMMARY.lastIndex = inside;
  const summary = SUMMARY.exec(text);
  if (!summary || SUMMARY.lastIndex > close || !THINKING.test(summary[1]!)) return fold;
  return { ...fold, thinking: { start: SUMMARY.lastIndex, end: close } };
}
