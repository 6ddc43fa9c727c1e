/** Tool calls of a turn as templates render them. */
import type { Turn } from '../../transcript/model.js';
import { oneLineJson } from './python.js';

export interface ToolCall {
  readonly name: string;
  /** As `json.dumps` writes them; as the file has them where they are no JSON. */
  readonly arguments: string;
}

function normalized(json: string): string {
  try {
    return oneLineJson(JSON.parse(json));
  } catch {
    return json;
  }
}

/** The calls of a turn: in its pieces a name, then the arguments, which are a JSON object or array. */
export function toolCallsOf(turn: Turn): ToolCall[] {
  const calls: ToolCall[] = [];
  for (const { kind, text } of turn.pieces) {
    if (kind !== 'toolCall') continue;
    const last = calls.at(-1);
    if (!/^\s*[[{]/.test(text)) calls.push({ name: text, arguments: '{}' });
    else if (last) calls[calls.length - 1] = { name: last.name, arguments: normalized(text) };
    else calls.push({ name: '', arguments: normalized(text) });
  }
  return calls;
}
