/** Which turn stands at an offset. */
import type { Conversation, Turn } from '../core/index.js';

/** Indexes of a conversation in its file and of a turn in it. */
export interface TurnPlace {
  readonly conversation: number;
  readonly turn: number;
}

/** The last item whose span starts at or before `offset`; -1 where none does. `items` are in ascending order. */
function lastStartingBefore(items: readonly { readonly span: { readonly start: number } }[], offset: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle]!.span.start <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The turn whose block holds `offset`, its end included; null between turns. */
export function turnAt(conversations: readonly Conversation[], offset: number): TurnPlace | null {
  const place = turnBefore(conversations, offset);
  if (!place) return null;
  const { span } = conversations[place.conversation]!.turns[place.turn]!;
  return offset <= span.end ? place : null;
}

/** The turn that holds `offset` or is the last before it in the same conversation; null before the first. */
export function turnBefore(conversations: readonly Conversation[], offset: number): TurnPlace | null {
  const conversation = lastStartingBefore(conversations, offset);
  const turns = conversations[conversation]?.turns;
  if (!turns) return null;
  const turn = lastTurnBefore(turns, offset);
  return turn < 0 ? null : { conversation, turn };
}

/** Turns stand in the order of reading; nearly always, that is the order of the source as well. */
const inSourceOrder = new WeakMap<readonly Turn[], boolean>();

function lastTurnBefore(turns: readonly Turn[], offset: number): number {
  let ordered = inSourceOrder.get(turns);
  if (ordered === undefined) {
    ordered = turns.every((turn, index) => index === 0 || turns[index - 1]!.span.start <= turn.span.start);
    inSourceOrder.set(turns, ordered);
  }
  if (ordered) return lastStartingBefore(turns, offset);
  let last = -1;
  for (const [index, { span }] of turns.entries()) {
    if (span.start <= offset && (last < 0 || span.start >= turns[last]!.span.start)) last = index;
  }
  return last;
}
