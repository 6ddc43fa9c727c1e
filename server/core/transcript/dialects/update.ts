/**
 * Incremental parsing of JSON: after an edit inside one string that is a turn's content, that piece is decoded again
 * and the rest moves along.
 *
 * Right for every dialect, because none reads anything but the piece out of a content's words (see `dialect.ts`): while
 * the string stays one string, and neither is blank nor begins with a tag, before or after, all else is as it was.
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
import { detached } from '../spans.js';
import { JsonStringMap } from '../textMap.js';
import { mayBeTagged } from './taggedString.js';

/**
 * The transcript after an edit inside the string of a piece; null where more than that piece may have changed.
 * Only for text without syntax problems around the edit.
 */
export function updateString(before: ParsedTranscript, text: SourceText, edit: SourceEdit): ParsedTranscript | null {
  const old = pieceAround(before.conversations, edit);
  if (!old || old.kind === 'image' || old.kind === 'audio' || old.spans.length !== 1) return null;
  const [{ start, end }] = old.spans as [Span];
  const by = edit.newEnd - edit.oldEnd;
  const source = detached(text.slice(start - 1, end + by + 1));
  if (!source.startsWith('"') || !source.endsWith('"')) return null;
  const decoded = decodedString(source);
  if (decoded === null || [decoded, old.text].some((each) => each.trim() === '' || mayBeTagged(each))) return null;
  const spans = [{ start, end: end + by }];
  const inside = source.slice(1, -1);
  const piece: ContentPiece =
    decoded.length === inside.length
      ? { kind: old.kind, spans, text: decoded }
      : { kind: old.kind, spans, text: decoded, map: new JsonStringMap(inside) };
  return movedTranscript(before, new Move({ start, end }, by, piece));
}

/** The text of a whole JSON string with its quotes; null where it is not exactly one. */
function decodedString(quoted: string): string | null {
  try {
    const value: unknown = JSON.parse(quoted);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

const holds = ({ start, end }: Span, edit: SourceEdit): boolean => start <= edit.start && edit.oldEnd <= end;

/** The piece whose one span holds the edit. */
function pieceAround(conversations: readonly Conversation[], edit: SourceEdit): ContentPiece | null {
  for (const { turns } of conversations) {
    for (const turn of turns) {
      if (!holds(turn.span, edit)) continue;
      const piece = turn.pieces.find(({ spans }) => holds(spans[0]!, edit));
      if (piece) return piece;
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
    readonly piece: ContentPiece,
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
    if (this.isEdited(piece)) return { ...this.piece, kind: piece.kind };
    return this.leaves(piece.spans.at(-1)!) ? piece : { ...piece, spans: piece.spans.map((span) => this.span(span)) };
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
