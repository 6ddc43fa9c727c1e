/** DeepSeek. */
import { tokenPattern } from '../tokens.js';
import { beginTurn, addText, type Grammar } from './grammar.js';

/** DeepSeek: system prompts first, `<｜User｜>`, `<｜Assistant｜>`, and tokens for tools. */
export function deepseek(): Grammar {
  const end = '<｜end▁of▁sentence｜>';
  const begin = '<｜begin▁of▁sentence｜>';
  const calls = ['<｜tool▁calls▁begin｜>', '<｜tool▁call▁begin｜>', '<｜tool▁sep｜>'];
  const callEnds = ['<｜tool▁call▁end｜>', '<｜tool▁calls▁end｜>'];
  const outputs = '<｜tool▁outputs▁begin｜>';
  const output = ['<｜tool▁output▁begin｜>', '<｜tool▁output▁end｜>', '<｜tool▁outputs▁end｜>'];
  const tokens = ['<｜User｜>', '<｜Assistant｜>', end, begin, ...calls, ...callEnds, outputs, ...output];
  return {
    id: 'deepseek',
    tokens,
    pattern: tokenPattern(tokens),
    begins: /<｜(?:begin▁of▁sentence|User|Assistant)｜>/,
    read(builder, { token, start, end: after }, until) {
      const { text } = builder;
      if (token === begin) {
        builder.prelude();
        if (text.slice(after, until).trim() === '') return builder.preludeText(text.slice(after, until));
        // What stands before the first user is the system prompt.
        builder.begin('system', '', { start: after, end: after }, start);
        return builder.content('text', after, until);
      }
      if (token === end || token === '<｜tool▁outputs▁end｜>') {
        builder.special(after);
        builder.close();
        if (text.slice(after, until).trim() === '') return builder.between(after, until);
        // An answer to tools, and a second reply, have no token of their own.
        builder.begin('assistant', '', { start: after, end: after }, after);
        builder.leadEnds();
        return addText(builder, after, until);
      }
      if (token === '<｜User｜>' || token === '<｜Assistant｜>') {
        beginTurn(builder, start, start + 2, token.slice(2, -2));
        builder.special(after);
        builder.leadEnds();
        return addText(builder, after, until);
      }
      if (token === outputs) builder.begin('tool', '', { start, end: start }, start);
      builder.special(after);
      const isBlank = text.slice(after, until).trim() === '';
      if (isBlank || callEnds.includes(token)) return builder.literal(after, until);
      if (builder.isClosed) return builder.between(after, until);
      builder.content(builder.role === 'tool' ? 'toolResult' : 'toolCall', after, until);
    },
    reply: (text) => `<｜Assistant｜>${text}${end}`,
  };
}
