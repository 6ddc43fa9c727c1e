/** A conversation as chat messages: what Measure sends, and what a measurement's hash is taken over. */
import type { Conversation, Role, Turn } from '../transcript/model.js';

export interface ChatMessage {
  readonly role: Role;
  readonly content: string;
}

/** The text of a turn that a model reads: its text, thinking left out (a template drops it from earlier turns). */
export function turnText(turn: Turn): string {
  const pieces = turn.pieces.filter((piece) => piece.kind !== 'thinking');
  return pieces.length === 1 ? pieces[0]!.text : pieces.map((piece) => piece.text).join('');
}

/**
 * The request whose reply stands at or after `turn`.
 *
 * @param turn zero-based turn index; null for the request about to be made
 * @returns the index its reply has or would have, and the messages before it; null where the conversation has no such
 *   request (it ends in a reply before `turn`, or has no turn at all)
 */
export function requestAt(
  conversation: Conversation,
  turn: number | null,
): {
  readonly replyTurn: number;
  readonly messages: readonly ChatMessage[];
  /** What of the request is not sent as the file has it, one sentence; null where all of it is. */
  readonly leftOut: string | null;
} | null {
  const { turns } = conversation;
  const from = turn ?? turns.length;
  let reply = from;
  while (reply < turns.length && turns[reply]!.role !== 'assistant') reply++;
  const endsInReply = turns.at(-1)?.role === 'assistant';
  if (turns.length === 0 || (reply === turns.length && endsInReply) || reply > turns.length) return null;
  const before = turns.slice(0, reply);
  return {
    replyTurn: reply,
    messages: before.map((each) => ({ role: each.role, content: turnText(each) })),
    leftOut: leftOut(conversation, before),
  };
}

/** Messages are sent as text alone; what that changes is said. */
function leftOut(conversation: Conversation, turns: readonly Turn[]): string | null {
  const kinds = new Set(turns.flatMap(({ pieces }) => pieces.map(({ kind }) => kind)));
  const missing = [
    ...(conversation.tools ? ['tool definitions'] : []),
    ...(kinds.has('image') ? ['images'] : []),
    ...(kinds.has('audio') ? ['audio'] : []),
    ...(conversation.hidden ?? []).map(({ what }) => what),
  ];
  const asText = kinds.has('toolCall') || turns.some(({ role }) => role === 'tool');
  const parts = [
    ...(missing.length > 0 ? [`not sent: ${missing.join(', ')}`] : []),
    ...(asText ? ['sent as plain text: tool calls and their results'] : []),
  ];
  return parts.length === 0 ? null : `The request differs from the file; ${parts.join('; ')}.`;
}
