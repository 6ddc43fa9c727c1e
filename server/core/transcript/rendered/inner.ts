/** What stands inside a turn of ChatML and its kin: thoughts, tool calls and tool results in tags. */
import type { PieceKind } from '../model.js';
import type { RenderedBuilder } from './builder.js';

const KINDS: Readonly<Record<string, PieceKind>> = {
  think: 'thinking',
  tool_call: 'toolCall',
  tool_response: 'toolResult',
};
const OPEN = /\s*<(think|tool_call|tool_response)>\s*/g;
const RESULTS_ONLY = /^\s*<tool_response>/;

/** Adds the content in `[start, end)`: texts, and what tags say is something else. The tags are markup. */
export function addTagged(builder: RenderedBuilder, start: number, end: number): void {
  const text = builder.text.slice(start, end);
  if (!text.includes('<')) return builder.content(builder.role === 'tool' ? 'toolResult' : 'text', start, end);
  const isReply = builder.role === 'assistant';
  if (builder.role === 'user' && RESULTS_ONLY.test(text)) builder.setRole('tool');
  const kind = builder.role === 'tool' ? 'toolResult' : 'text';
  let from = 0;
  OPEN.lastIndex = 0;
  for (let open = OPEN.exec(text); open; open = OPEN.exec(text)) {
    const name = open[1]!;
    const belongs =
      name === 'tool_response' ? builder.role === 'tool' : isReply && (name !== 'think' || open.index === 0);
    if (!belongs) continue;
    const inside = OPEN.lastIndex;
    const close = text.indexOf(`</${name}>`, inside);
    const stop = close < 0 ? text.length : inside + text.slice(inside, close).trimEnd().length;
    builder.content(kind, start + from, start + open.index);
    builder.literal(start + open.index, start + inside);
    builder.content(KINDS[name]!, start + inside, start + stop);
    from = text.length;
    if (close >= 0) {
      const after = close + name.length + 3;
      // The blanks after a thought are the template's.
      from = after + /^\s*/.exec(text.slice(after))![0].length;
      builder.literal(start + stop, start + from);
    }
    OPEN.lastIndex = from;
  }
  builder.content(kind, start + from, end);
}
