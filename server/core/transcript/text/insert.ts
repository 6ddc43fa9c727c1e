/** Writing a reply into a text transcript as the next turn, marked and spaced as the others are. */
import type { Conversation, ParsedTranscript, Turn } from '../model.js';
import { markerAt, type Marker } from './markers.js';

interface Insertion {
  readonly offset: number;
  readonly insert: string;
}

/** Where a turn's content ends, or its marker where it has none. */
const endOf = (turn: Turn, marker: Marker): number => turn.pieces.at(-1)?.spans.at(-1)?.end ?? marker.contentStart;

/** What stands between two turns that follow each other, if it is only blanks and a rule. */
function gapBetween(text: string, turns: readonly Turn[]): string | null {
  for (let i = 0; i + 1 < turns.length; i++) {
    const marker = markerAt(text, turns[i]!.span.start);
    if (!marker || turns[i]!.pieces.length === 0) continue;
    const gap = text.slice(endOf(turns[i]!, marker), turns[i + 1]!.span.start);
    if (/^[ \t]*(?:\r\n|\n|\r)(?:\s*(?:-{3,}|\*{3,}|_{3,})[ \t]*(?:\r\n|\n|\r))?\s*$/.test(gap)) return gap;
  }
  return null;
}

/** What stands between a marker and its content. */
function gapInside(text: string, turn: Turn, marker: Marker, lineBreak: string): string {
  const gap = text.slice(marker.contentStart, turn.pieces[0]?.spans[0]!.start ?? marker.contentStart);
  // Thinking stands in tags, and they in the gap.
  if (turn.pieces.length > 0 && gap.trim() === '') return gap;
  return marker.style === 'label' ? ' ' : lineBreak + lineBreak;
}

/** "assistant" in the letters of `model`: capital, capitals or small. */
function assistantLike(model: string): string {
  if (model.toLowerCase() === 'q') return model === 'Q' ? 'A' : 'a';
  if (model.length > 1 && model === model.toUpperCase()) return 'ASSISTANT';
  return model[0] === model[0]!.toUpperCase() ? 'Assistant' : 'assistant';
}

/**
 * The edit that puts `reply`, without blanks at its ends, in after a turn.
 *
 * @param parse the format's parser, by which the result is checked: a reply with a role marker of its own, or with a
 *   code fence that never ends, cannot be written here and gives null
 */
export function insertText(
  parse: (text: string) => ParsedTranscript,
  text: string,
  { id, turns }: Conversation,
  turnIndex: number,
  reply: string,
): Insertion | null {
  const turn = turns[turnIndex];
  const marker = turn && markerAt(text, turn.span.start);
  if (!marker) return null;
  const model = turns.find(({ role }) => role === 'assistant') ?? turn;
  const modelMarker = markerAt(text, model.span.start);
  if (!modelMarker) return null;
  const word = model.role === 'assistant' ? model.roleRaw : assistantLike(model.roleRaw);
  const lead = text.slice(modelMarker.start, modelMarker.roleSpan.start);
  // A time in brackets was that turn's own.
  const tail = text.slice(modelMarker.roleSpan.end, modelMarker.contentStart).replace(/[ \t]*\([^()]*\)/, '');
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  const between = gapBetween(text, turns) ?? lineBreak + lineBreak;
  const body = reply.trim();
  const offset = endOf(turn, marker);
  const insert =
    between + lead + word + tail + (body === '' ? '' : gapInside(text, model, modelMarker, lineBreak) + body);
  const after =
    parse(text.slice(0, offset) + insert + text.slice(offset)).conversations.find((each) => each.id === id)?.turns ??
    [];
  return isInserted(turns, after, turnIndex, body) ? { offset, insert } : null;
}

const textOf = (turn: Turn): string => turn.pieces.map((piece) => piece.text).join('');

/** Whether `after` is `turns` with one more assistant turn of exactly that text. */
export function isInserted(turns: readonly Turn[], after: readonly Turn[], turnIndex: number, body: string): boolean {
  const made = after[turnIndex + 1];
  if (after.length !== turns.length + 1 || made?.role !== 'assistant' || textOf(made) !== body) return false;
  return turns.every((turn, at) => {
    const same = after[at <= turnIndex ? at : at + 1]!;
    return same.role === turn.role && textOf(same) === textOf(turn);
  });
}
