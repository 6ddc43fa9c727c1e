/** Incremental parsing and writing of messages inside JSON. */
import { messageTurn, shiftSpan, shiftTurn } from './chatMessages.js';
import { readJsonNow } from './jsonTree.js';
import type { Conversation, Problem, SourceEdit, Turn } from './model.js';

/** Moves a problem that stands after `from`. */
export const shiftProblem = (problem: Problem, from: number, by: number): Problem =>
  problem.span.start >= from ? { ...problem, span: shiftSpan(problem.span, by) } : problem;

/**
 * The conversation after an edit inside one of its messages; null where more than that message may have changed.
 * Holds because a message that reads as one closed object, without a problem, leaves the scanner as it found it.
 */
export function updateMessage(conversation: Conversation, text: string, edit: SourceEdit): Conversation | null {
  const { turns } = conversation;
  const index = turnAround(turns, edit);
  if (index === null) return null;
  const before = turns[index]!;
  const by = edit.newEnd - edit.oldEnd;
  const { roots, problems } = readJsonNow(text, before.span.start, before.span.end + by);
  const [node] = roots;
  if (problems.length > 0 || roots.length !== 1 || node?.type !== 'object' || !node.closed) return null;
  if (node.start !== before.span.start || node.end !== before.span.end + by) return null;
  const made = messageTurn(text, node, index);
  if (!made || made.problems.length > 0) return null;
  return {
    ...conversation,
    span: { start: conversation.span.start, end: conversation.span.end + by },
    turns: turns.map((turn, at) =>
      at < index ? turn : at === index ? made.turn : by === 0 ? turn : shiftTurn(turn, by),
    ),
    ...(conversation.model && by !== 0 && conversation.model.span.start >= edit.oldEnd
      ? { model: { ...conversation.model, span: shiftSpan(conversation.model.span, by) } }
      : {}),
    ...(conversation.tools && by !== 0 && conversation.tools.spans[0]!.start >= edit.oldEnd
      ? { tools: { ...conversation.tools, spans: conversation.tools.spans.map((span) => shiftSpan(span, by)) } }
      : {}),
  };
}

/** The turn that an edit is strictly inside of, by bisection. */
export function turnAround(turns: readonly Turn[], edit: SourceEdit): number | null {
  let low = 0;
  let high = turns.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (turns[middle]!.span.start <= edit.start) low = middle;
    else high = middle - 1;
  }
  const turn = turns[low];
  return turn && turn.span.start < edit.start && edit.oldEnd < turn.span.end ? low : null;
}

/** The white space before `offset` on its line, and the line break before that; empty where other text stands there. */
function indentBefore(text: string, offset: number): string {
  let at = offset;
  while (at > 0 && (text[at - 1] === ' ' || text[at - 1] === '\t')) at--;
  if (at === 0 || !/[\r\n]/.test(text[at - 1]!)) return '';
  const lineBreak = text[at - 1] === '\n' && text[at - 2] === '\r' ? '\r\n' : text[at - 1]!;
  return lineBreak + text.slice(at, offset);
}

/** The assistant message in the layout of the message it follows. */
export function insertMessage(text: string, turn: Turn, reply: string): { offset: number; insert: string } | null {
  const { roots, problems } = readJsonNow(text, turn.span.start, turn.span.end);
  const node = roots[0];
  if (problems.length > 0 || node?.type !== 'object' || !node.closed || node.members.length === 0) return null;
  const outer = indentBefore(text, node.start);
  const inner = indentBefore(text, node.members[0]!.keySpan.start - 1);
  const fields = ['"role": "assistant"', `"content": ${JSON.stringify(reply)}`];
  const body =
    inner === '' || outer === '' ? `{ ${fields.join(', ')} }` : `{${inner}${fields.join(`,${inner}`)}${outer}}`;
  return { offset: turn.span.end, insert: `,${outer === '' ? ' ' : outer}${body}` };
}
