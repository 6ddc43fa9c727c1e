/**
 * Incremental parsing of JSON: after an edit inside one string that is a turn's content, that piece is decoded again
 * and the rest moves along.
 *
 * Right for every dialect, because none reads anything but the piece out of a content's words (see `dialect.ts`): while
 * the string stays one string, and neither is blank nor begins with a tag, before or after, all else is as it was. Of a text
 * that no role was written for, its first words may also tell what the row is.
 */
import type {
  ContentPiece,
  Conversation,
  HiddenContext,
  ParsedTranscript,
  Problem,
  SourceEdit,
  SourceText,
  Span,
  Turn,
} from '../model.js';
import { ESCAPE_LENGTH, JsonParts } from '../jsonParts.js';
import { partedPiece, pieceText } from '../pieceText.js';
import { detached } from '../spans.js';
import { mayBeTagged } from './taggedString.js';
import { WORDS, WORDS_WITHIN } from './ultrachat.js';

/**
 * The transcript after an edit inside the string of a piece; null where more than that piece may have changed.
 * Only for text without syntax problems around the edit.
 */
export function updateString(before: ParsedTranscript, text: SourceText, edit: SourceEdit): ParsedTranscript | null {
  const found = pieceAround(before.conversations, edit);
  if (!found) return null;
  const { turn, piece: old } = found;
  if (old.kind === 'image' || old.kind === 'audio' || old.spans.length !== 1) return null;
  const [{ start, end }] = old.spans as [Span];
  const by = edit.newEnd - edit.oldEnd;
  if (text.slice(start - 1, start) !== '"' || text.slice(end + by, end + by + 1) !== '"') return null;
  const parts = old.parts
    ? old.parts.replace(edit.start - start, edit.oldEnd - start, text.slice(edit.start, edit.newEnd))
    : JsonParts.of(detached(text.slice(start, end + by)));
  if (!parts) return null;
  if (!isPlainFar(parts.text, edit.start - start)) {
    const [now, was] = [parts.text, pieceText(old)];
    if (isTelling(now) || isTelling(was)) return null;
    if (turn.roleRaw === '') {
      const words = hasWords(now);
      if (words === null || words !== hasWords(was)) return null;
    }
  }
  return movedTranscript(before, new Move({ start, end }, by, parts));
}

/** How much of a text tells whether it is blank or begins with a tag, as a rule: in code units. */
const HEAD_LENGTH = 1024;
/** The same for most texts; their JSON may be as long as what tells by its words. */
const SHORT_HEAD_LENGTH = WORDS_WITHIN / ESCAPE_LENGTH;
/** The head of a text that may begin with a tag further on. */
const OPEN_HEAD = /^\s*(?:###[ \t]*\w*|.{0,12})$/s;

/** Whether a text is blank or may be a conversation with tags: then a dialect reads more out of it than a content. */
function isTelling(text: SourceText): boolean {
  const head = text.slice(0, HEAD_LENGTH);
  const told = OPEN_HEAD.test(head) ? text.toString() : head;
  return told.trim() === '' || mayBeTagged(told);
}

/** Whether a text says something, as `saysSomething` sees it in its JSON; null where escapes of blanks could matter. */
function hasWords(text: SourceText): boolean | null {
  const head = text.slice(0, WORDS_WITHIN);
  if (/^(?:\S+ +){3}\S/.test(head.slice(0, SHORT_HEAD_LENGTH))) return true;
  return /^\s|\s\s|[^\S ]/.test(head) || WORDS.test(head) ? null : false;
}

/**
 * Whether the head of a text tells that all of it is a content, and an edit so many code units of JSON into the string
 * left it alone: then the text was a content before, too.
 */
function isPlainFar(text: SourceText, offset: number): boolean {
  if (offset < WORDS_WITHIN) return false;
  const head = text.slice(0, SHORT_HEAD_LENGTH);
  return !OPEN_HEAD.test(head) && !mayBeTagged(head);
}

const holds = ({ start, end }: Span, edit: SourceEdit): boolean => start <= edit.start && edit.oldEnd <= end;

/** The piece whose one span holds the edit. */
function pieceAround(
  conversations: readonly Conversation[],
  edit: SourceEdit,
): { readonly turn: Turn; readonly piece: ContentPiece } | null {
  for (const { turns } of conversations) {
    for (const turn of turns) {
      if (!holds(turn.span, edit)) continue;
      const piece = turn.pieces.find(({ spans }) => holds(spans[0]!, edit));
      if (piece) return { turn, piece };
    }
  }
  return null;
}

/** How places move when the inside of one string grows or shrinks. */
class Move {
  constructor(
    /** Where the string's inside was. */
    readonly inside: Span,
    readonly by: number,
    /** What stands there now. */
    readonly parts: JsonParts,
  ) {}

  leaves({ end }: Span): boolean {
    return end < this.inside.end || this.by === 0;
  }

  span(span: Span): Span {
    if (this.leaves(span)) return span;
    return { start: span.start <= this.inside.start ? span.start : span.start + this.by, end: span.end + this.by };
  }

  isEdited({ spans }: ContentPiece): boolean {
    return spans.length === 1 && spans[0]!.start === this.inside.start && spans[0]!.end === this.inside.end;
  }

  pieceOf(piece: ContentPiece): ContentPiece {
    if (this.isEdited(piece)) return partedPiece(piece.kind, this.span(this.inside), this.parts);
    if (this.leaves(piece.spans.at(-1)!)) return piece;
    if (piece.parts) return partedPiece(piece.kind, this.span(piece.spans[0]!), piece.parts);
    return { ...piece, spans: piece.spans.map((span) => this.span(span)) };
  }

  turn(turn: Turn): Turn {
    const edited = holds(turn.span, { start: this.inside.start, oldEnd: this.inside.end, newEnd: 0 });
    if (!edited && this.leaves(turn.span)) return turn;
    return {
      ...turn,
      span: this.span(turn.span),
      roleSpan: this.span(turn.roleSpan),
      pieces: turn.pieces.map((piece) => this.pieceOf(piece)),
    };
  }

  hidden(hidden: readonly HiddenContext[]): readonly HiddenContext[] {
    return hidden.map((item) => ({ ...item, span: this.span(item.span) }));
  }

  conversation(conversation: Conversation): Conversation {
    const { turns, model, tools, hidden } = conversation;
    const moved = turns.map((turn) => this.turn(turn));
    const same = moved.every((turn, index) => turn === turns[index]);
    if (same && this.leaves(conversation.span)) return conversation;
    return {
      ...conversation,
      span: this.span(conversation.span),
      turns: moved,
      ...(model ? { model: { id: model.id, span: this.span(model.span) } } : {}),
      ...(tools ? { tools: this.pieceOf(tools) } : {}),
      ...(hidden ? { hidden: this.hidden(hidden) } : {}),
    };
  }

  problem(problem: Problem): Problem {
    return this.leaves(problem.span) ? problem : { ...problem, span: this.span(problem.span) };
  }
}

const movedTranscript = ({ conversations, problems }: ParsedTranscript, move: Move): ParsedTranscript => ({
  conversations: conversations.map((conversation) => move.conversation(conversation)),
  problems: move.by === 0 ? problems : problems.map((problem) => move.problem(problem)),
});
