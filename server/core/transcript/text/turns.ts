/** From markers to turns: what of a turn's block is content. */
import type { ContentPiece, PieceKind, Span, Turn } from '../model.js';
import type { Fold } from './folds.js';
import type { Marker } from './markers.js';

/** What stands in turns and is not simply content; in order. */
export interface Insets {
  readonly comments: readonly Span[];
  readonly folds: readonly Fold[];
}

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

/** The spans without blanks at both ends of the whole; the end also without a rule where `ruled`. */
function trimSpans(text: string, untrimmed: readonly Span[], ruled: boolean): Span[] {
  const spans = [...untrimmed];
  while (spans.length > 0) {
    const last = spans.pop()!;
    // Blanks and a rule may be cut by a comment: each span from the end is trimmed until one has content.
    const stop = contentEnd(text, last.start, last.end, ruled);
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
  return spans;
}

/** A piece over source that is content as it stands. */
export function slicePiece(text: string, kind: PieceKind, spans: readonly Span[]): ContentPiece {
  const slices = spans.map((span) => text.slice(span.start, span.end));
  return { kind, spans, text: slices.length === 1 ? slices[0]! : slices.join('') };
}

/** Content from a marker to the end of its block: trimmed at both ends, comments left out, thinking apart. */
function contentPieces(text: string, marker: Marker, end: number, { comments, folds }: Insets): ContentPiece[] {
  const pieces: ContentPiece[] = [];
  const push = (kind: PieceKind, from: number, to: number): void => {
    const ruled = kind === 'text' && marker.style !== 'label';
    const spans = trimSpans(text, withoutComments(from, to, comments), ruled);
    if (spans.length > 0) pieces.push(slicePiece(text, kind, spans));
  };
  let from = marker.contentStart;
  for (const fold of folds) {
    if (!fold.thinking || fold.start < from || fold.end > end) continue;
    push('text', from, fold.start);
    push('thinking', fold.thinking.start, fold.thinking.end);
    from = fold.end;
  }
  push('text', from, end);
  return pieces;
}

/** The turn of a marker whose block ends at `end`. */
export const turnOf = (text: string, index: number, marker: Marker, end: number, insets: Insets): Turn => ({
  index,
  role: marker.role,
  roleRaw: marker.roleRaw,
  span: { start: marker.start, end },
  roleSpan: marker.roleSpan,
  pieces: contentPieces(text, marker, end, insets),
});

/** Hands out items in order, by the stretch of text that they stand in. */
function stretches<T extends Span>(items: readonly T[]): (start: number, end: number) => readonly T[] {
  let from = 0;
  return (start, end) => {
    while (from < items.length && items[from]!.end <= start) from++;
    let to = from;
    while (to < items.length && items[to]!.start < end) to++;
    return items.slice(from, to);
  };
}

/**
 * The turns of markers in order, each up to the next marker or break, the last one to the end of the text.
 *
 * @param breaks where a turn ends and none begins, in order
 */
export function turnsOf(
  text: string,
  markers: readonly Marker[],
  insets: Insets,
  breaks: readonly Span[] = [],
): Turn[] {
  const commentsIn = stretches(insets.comments);
  const foldsIn = stretches(insets.folds);
  let nextBreak = 0;
  return markers.map((marker, index) => {
    while (nextBreak < breaks.length && breaks[nextBreak]!.start < marker.start) nextBreak++;
    const next = markers[index + 1]?.start ?? text.length;
    const end = Math.min(next, breaks[nextBreak]?.start ?? text.length);
    const own = { comments: commentsIn(marker.start, end), folds: foldsIn(marker.start, end) };
    return turnOf(text, index, marker, end, own);
  });
}
