/** Mistral and Llama 2: brackets around what users say. */
import type { Role } from '../../model.js';
import type { RenderedBuilder } from '../builder.js';
import { tokenPattern, type ControlToken } from '../tokens.js';
import { afterBlanks, type Grammar } from './grammar.js';

/**
 * Mistral and Llama 2: `[INST]` around what users say, replies up to `</s>`. `<<SYS>>` is text to every vocabulary, and
 * where it stands so are the brackets.
 */
export function brackets(id: 'mistral' | 'llama-2'): Grammar {
  const own = id === 'llama-2' ? ['<<SYS>>', '<</SYS>>'] : [];
  const pairs: readonly (readonly [open: string, close: string, role: Role])[] = [
    ['[SYSTEM_PROMPT]', '[/SYSTEM_PROMPT]', 'system'],
    ['[TOOL_RESULTS]', '[/TOOL_RESULTS]', 'tool'],
  ];
  const inner = ['[TOOL_CALLS]', '[ARGS]', '[CALL_ID]', '[THINK]', '[/THINK]', '[TOOL_CONTENT]'];
  const tokens = [
    ...['<s>', '</s>', '[INST]', '[/INST]', '[AVAILABLE_TOOLS]', '[/AVAILABLE_TOOLS]'],
    ...pairs.flatMap(([open, close]) => [open, close]),
    ...inner,
    ...own,
  ];
  const isText = (token: string): boolean => id === 'llama-2' && token !== '<s>' && token !== '</s>';
  const add = (builder: RenderedBuilder, { token, start, end }: ControlToken): void =>
    isText(token) ? builder.literal(start, end) : builder.special(end);
  /** Content with the blank on either side that the markup has. */
  const padded = (
    builder: RenderedBuilder,
    kind: Parameters<RenderedBuilder['content']>[0],
    from: number,
    to: number,
  ): void => {
    const start = afterBlanks(builder.text, from, to);
    const stop = start + builder.text.slice(start, to).trimEnd().length;
    builder.literal(from, start);
    builder.content(kind, start, stop);
    builder.literal(stop, to);
  };
  /** What follows a user's text, or a reply, without a mark of its own is the assistant's. */
  const replyFrom = (builder: RenderedBuilder, start: number, end: number): void => {
    if (builder.text.slice(start, end).trim() === '') return builder.between(start, end);
    const at = afterBlanks(builder.text, start, end);
    builder.begin('assistant', '', { start: at, end: at }, start);
    builder.leadEnds();
    padded(builder, 'text', start, end);
  };
  return {
    id,
    tokens,
    pattern: tokenPattern(tokens),
    begins: id === 'llama-2' ? /\[INST\]\s{0,4}<<SYS>>/ : /\[INST\]|\[SYSTEM_PROMPT\]/,
    read(builder, control, until) {
      const { text } = builder;
      const { token, start, end } = control;
      const pair = pairs.find(([open]) => open === token);
      const roleSpan = { start: start + 1, end: end - 1 };
      if (token === '<s>') {
        builder.prelude();
        const rest = text.slice(end, until);
        return rest.trim() === '' ? builder.preludeText(rest) : builder.between(end, until);
      }
      if (token === '[INST]') {
        builder.begin('user', 'INST', roleSpan, start);
        add(builder, control);
        return padded(builder, 'text', end, until);
      }
      if (pair) {
        builder.begin(pair[2], token.slice(1, -1), roleSpan, start);
        add(builder, control);
        return padded(builder, pair[2] === 'tool' ? 'toolResult' : 'text', end, until);
      }
      if (token === '<<SYS>>') {
        if (!builder.hasContent) builder.setRole('system');
        add(builder, control);
        return padded(builder, 'text', end, until);
      }
      if (token === '<</SYS>>') {
        const contentStart = afterBlanks(text, end, until);
        add(builder, control);
        builder.close();
        builder.literal(end, contentStart);
        builder.begin('user', '', { start: contentStart, end: contentStart }, contentStart);
        return padded(builder, 'text', contentStart, until);
      }
      if (token === '[AVAILABLE_TOOLS]') {
        builder.prelude();
        const from = afterBlanks(text, end, until);
        const stop = from + text.slice(from, until).trimEnd().length;
        if (stop > from)
          builder.tools = { kind: 'text', spans: [{ start: from, end: stop }], text: text.slice(from, stop) };
        return;
      }
      if (token === '[/AVAILABLE_TOOLS]') {
        builder.prelude();
        return builder.preludeText(text.slice(end, until).trim() === '' ? text.slice(end, until) : '');
      }
      if (inner.includes(token)) {
        if (builder.isClosed || (builder.role !== 'assistant' && token === '[TOOL_CALLS]')) {
          builder.begin(
            'assistant',
            token === '[TOOL_CALLS]' ? 'TOOL_CALLS' : '',
            token === '[TOOL_CALLS]' ? roleSpan : { start, end: start },
            start,
          );
          builder.leadEnds();
        }
        add(builder, control);
        const kind = token === '[THINK]' ? 'thinking' : token === '[/THINK]' ? 'text' : 'toolCall';
        return padded(builder, builder.role === 'tool' ? 'toolResult' : kind, end, until);
      }
      // An end: of a reply, of what a user says, of a system prompt or a tool's result.
      if (builder.isClosed) builder.prelude();
      else {
        add(builder, control);
        builder.close();
      }
      if (token === '[/SYSTEM_PROMPT]') return builder.between(end, until);
      replyFrom(builder, end, until);
    },
    reply: (text) => ` ${text}</s>`,
  };
}
