/** Tool calls of a turn. */
import type { Turn } from '../../transcript/model.js';

export interface ToolCall {
  readonly name: string;
  /** JSON text, as the file has it. */
  readonly arguments: string;
}

/** The calls of a turn: in its pieces a name, then the arguments, which are a JSON object or array. */
export function toolCallsOf(turn: Turn): ToolCall[] {
  const calls: ToolCall[] = [];
  for (const piece of turn.pieces) {
    if (piece.kind !== 'toolCall') continue;
    const { text } = piece;
    const last = calls.at(-1);
    if (!/^\s*[[{]/.test(text)) calls.push({ name: text, arguments: '{}' });
    else if (last) calls[calls.length - 1] = { name: last.name, arguments: text };
    else calls.push({ name: '', arguments: text });
  }
  return calls;
}
