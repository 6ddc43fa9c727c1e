/** Incremental parsing of chat JSON: the one message that an edit lies in is read again, the rest moves along. */
import { readJsonNow } from '../json/reader.js';
import type { ContentPiece, Conversation, ParsedTranscript, Problem, SourceEdit, SourceText, Turn } from '../model.js';
import {
  detached,
  lastStartingBefore,
  shiftConversation,
  shiftPiece,
  shiftProblem,
  shiftSpan,
  shiftTurn,
  sortProblems,
} from '../spans.js';
import { isMessage, messageTurn } from './message.js';

/**
 * The transcript after an edit strictly inside one message; null where more than that message may have changed.
 *
 * Right only for text without syntax problems around the message: then a message that again reads as one closed object
 * without a problem leaves the reader as it found it, and all the rest is as it was.
 */
export function updateMessage(before: ParsedTranscript, text: SourceText, edit: SourceEdit): ParsedTranscript | null {
  const { conversations } = before;
  const place = lastStartingBefore(conversations, edit.start);
  const conversation = conversations[place];
  if (!conversation) return null;
  const index = lastStartingBefore(conversation.turns, edit.start);
  const old = conversation.turns[index];
  if (!old || old.span.start >= edit.start || edit.oldEnd >= old.span.end) return null;
  const by = edit.newEnd - edit.oldEnd;
  const read = readMessage(text, old, by);
  if (!read) return null;
  const turns = conversation.turns.map((turn, at) =>
    at < index || (by === 0 && at > index) ? turn : at === index ? read.turn : shiftTurn(turn, by),
  );
  return {
    conversations: replaceAt(conversations, place, { ...moveRest(conversation, edit, by), turns }, by),
    problems: mergeProblems(before.problems, old, read.problems, edit, by),
  };
}

/** Reads the message of `old` again, in a copy of its own (see `detached`). */
function readMessage(text: SourceText, old: Turn, by: number): { turn: Turn; problems: Problem[] } | null {
  const { start } = old.span;
  const source = detached(text.slice(start, old.span.end + by));
  const { roots, problems: broken } = readJsonNow(source);
  const node = roots[0];
  if (broken.length > 0 || roots.length !== 1 || node?.kind !== 'object' || !node.closed) return null;
  if (node.start !== 0 || node.end !== source.length || !isMessage(node)) return null;
  const problems: Problem[] = [];
  const turn = shiftTurn(messageTurn({ text: source, problems }, node, old.index), start);
  return { turn: withKnownTexts(turn, old), problems: problems.map((problem) => shiftProblem(problem, start)) };
}

/** Takes over the strings of pieces that did not change, so that what is cached by string stays found. */
function withKnownTexts(turn: Turn, old: Turn): Turn {
  if (turn.pieces.length !== old.pieces.length) return turn;
  const known = (piece: ContentPiece, at: number): ContentPiece =>
    piece.text === old.pieces[at]!.text ? { ...piece, text: old.pieces[at]!.text } : piece;
  return { ...turn, pieces: turn.pieces.map(known) };
}

/** The conversation's own places, those after the edit moved. */
function moveRest(conversation: Conversation, edit: SourceEdit, by: number): Conversation {
  const { span, model, tools } = conversation;
  return {
    ...conversation,
    span: { start: span.start, end: span.end + by },
    ...(model && model.span.start >= edit.oldEnd ? { model: { id: model.id, span: shiftSpan(model.span, by) } } : {}),
    ...(tools && tools.spans[0]!.start >= edit.oldEnd ? { tools: shiftPiece(tools, by) } : {}),
  };
}

/** `conversations` with the one at `place` replaced and those after it moved. */
export function replaceAt(
  conversations: readonly Conversation[],
  place: number,
  replacement: Conversation,
  by: number,
): Conversation[] {
  return conversations.map((each, at) =>
    at === place ? replacement : at < place || by === 0 ? each : shiftConversation(each, by),
  );
}

function mergeProblems(
  before: readonly Problem[],
  old: Turn,
  found: readonly Problem[],
  edit: SourceEdit,
  by: number,
): readonly Problem[] {
  if (before.length === 0) return sortProblems(found);
  const inside = ({ span }: Problem): boolean => span.start >= old.span.start && span.end <= old.span.end;
  const kept = before.filter((problem) => !inside(problem));
  return sortProblems([...moveProblems(kept, edit, by), ...found]);
}

/** Problems after the edit moved. */
export const moveProblems = (problems: readonly Problem[], edit: SourceEdit, by: number): readonly Problem[] =>
  by === 0
    ? problems
    : problems.map((problem) => (problem.span.start >= edit.oldEnd ? shiftProblem(problem, by) : problem));
