/** Moving what was parsed by some code units, when text before it grew or shrank. Decoded text and maps are shared, not copied. */
import { partedPiece } from './pieceText.js';
import type { ContentPiece, Conversation, Problem, Span, Turn } from './model.js';

export const shiftSpan = (span: Span, by: number): Span => ({ start: span.start + by, end: span.end + by });

export function shiftPiece(piece: ContentPiece, by: number): ContentPiece {
  const { kind, spans, parts, media } = piece;
  if (parts) return partedPiece(kind, shiftSpan(spans[0]!, by), parts);
  const { text, map } = piece;
  const moved = spans.length === 1 ? [shiftSpan(spans[0]!, by)] : spans.map((span) => shiftSpan(span, by));
  if (media) return { ...piece, spans: moved };
  return map ? { kind, spans: moved, text, map } : { kind, spans: moved, text };
}

export function shiftTurn(turn: Turn, by: number): Turn {
  const { index, role, roleRaw, pieces, name, reported } = turn;
  const span = shiftSpan(turn.span, by);
  const roleSpan = shiftSpan(turn.roleSpan, by);
  const moved = pieces.length === 1 ? [shiftPiece(pieces[0]!, by)] : pieces.map((piece) => shiftPiece(piece, by));
  if (reported) return { ...turn, span, roleSpan, pieces: moved };
  return name === undefined
    ? { index, role, roleRaw, span, roleSpan, pieces: moved }
    : { index, role, roleRaw, span, roleSpan, pieces: moved, name };
}

export const shiftConversation = (conversation: Conversation, by: number): Conversation => ({
  ...conversation,
  span: shiftSpan(conversation.span, by),
  turns: conversation.turns.map((turn) => shiftTurn(turn, by)),
  ...(conversation.model ? { model: { id: conversation.model.id, span: shiftSpan(conversation.model.span, by) } } : {}),
  ...(conversation.tools ? { tools: shiftPiece(conversation.tools, by) } : {}),
  ...(conversation.hidden
    ? { hidden: conversation.hidden.map(({ what, span }) => ({ what, span: shiftSpan(span, by) })) }
    : {}),
});

export const shiftProblem = (problem: Problem, by: number): Problem => ({
  ...problem,
  span: shiftSpan(problem.span, by),
});

/** Problems in source order; those at one place in the order of their codes. */
export const sortProblems = (problems: readonly Problem[]): Problem[] =>
  [...problems].sort(
    (a, b) =>
      a.span.start - b.span.start || a.span.end - b.span.end || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0),
  );

/** Index of the last of `items` that starts at or before `offset`; -1 where none does. */
export function lastStartingBefore(items: readonly { readonly span: Span }[], offset: number): number {
  let low = -1;
  let high = items.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (items[middle]!.span.start <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * A copy that keeps no other string alive. A slice refers to the whole text it was cut from; kept for an edited turn,
 * it would hold one whole version of the document for each edit.
 */
export const detached = (slice: string): string => (slice.length < 13 ? slice : ` ${slice}`.slice(1));
