/** From markers to turns: what of a turn's block is content. */
import type { ContentPiece, Span, Turn } from '../model.js';
import type { Marker } from './markers.js';

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

function trimEnd(text: string, from: number, start: number): number {
  let end = from;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return end;
}

/** A line of `---`, `***` or `___` with a blank line before it, at the end of the text looked at. */
const RULE_AT_END = /(?:^|\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)[ ]{0,3}(?:-{3,}|\*{3,}|_{3,})$/;

/** The end of content in `[start, end)`: without blanks, and without the rule that exporters draw under a turn. */
function contentEnd(text: string, start: number, end: number, ruled: boolean): number {
  const trimmed = trimEnd(text, end, start);
  if (!ruled) return trimmed;
  const tail = text.slice(Math.max(start, trimmed - 80), trimmed);
  const rule = RULE_AT_END.exec(tail);
  return rule ? trimEnd(text, trimmed - rule[0].length, start) : trimmed;
}

/** `[start, end)` without the comments in it, as spans. */
export function withoutComments(start: number, end: number, comments: readonly Span[]): Span[] {
  const spans: Span[] = [];
  let from = start;
  for (const comment of comments) {
    if (comment.start >= end) break;
    if (comment.end <= from) continue;
    if (comment.start > from) spans.push({ start: from, end: comment.start });
    from = comment.end;
  }
  if (from < end) spans.push({ start: from, end });
  return spans;
}

/** Content from a marker to the end of its block: trimmed at both ends, comments left out. */
function contentPieces(text: string, marker: Marker, end: number, comments: readonly Span[]): ContentPiece[] {
  const spans = withoutComments(marker.contentStart, end, comments);
  while (spans.length > 0) {
    const last = spans.pop()!;
    // Blanks and a rule may be cut by a comment: each span from the end is trimmed until one has content.
    const stop = contentEnd(text, last.start, last.end, marker.style !== 'label');
    if (stop > last.start) {
      spans.push({ start: last.start, end: stop });
      break;
    }
  }
  while (spans.length > 0) {
    let { start } = spans[0]!;
    const stop = spans[0]!.end;
    while (start < stop && isSpace(text.charCodeAt(start))) start++;
    if (start < stop) {
      spans[0] = { start, end: stop };
      break;
    }
    spans.shift();
  }
  if (spans.length === 0) return [];
  const slices = spans.map((span) => text.slice(span.start, span.end));
  return [{ kind: 'text', spans, text: slices.length === 1 ? slices[0]! : slices.join('') }];
}

/** The turn of a marker whose block ends at `end`. */
export const turnOf = (text: string, index: number, marker: Marker, end: number, comments: readonly Span[]): Turn => ({
  index,
  role: marker.role,
  roleRaw: marker.roleRaw,
  span: { start: marker.start, end },
  roleSpan: marker.roleSpan,
  pieces: contentPieces(text, marker, end, comments),
});

/** The turns of markers in order, each up to the next marker, the last one to the end of the text. */
export function turnsOf(text: string, markers: readonly Marker[], comments: readonly Span[]): Turn[] {
  let from = 0;
  return markers.map((marker, index) => {
    const end = markers[index + 1]?.start ?? text.length;
    // Comments and turns both stand in order.
    while (from < comments.length && comments[from]!.end <= marker.start) from++;
    let to = from;
    while (to < comments.length && comments[to]!.start < end) to++;
    return turnOf(text, index, marker, end, comments.slice(from, to));
  });
}
