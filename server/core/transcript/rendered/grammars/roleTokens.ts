/** Phi, Zephyr, GLM: a control token for each role. */
import { tokenPattern } from '../tokens.js';
import { openWhole, closeTurn, beginTurn, afterBlanks, addText, type Grammar } from './grammar.js';

/** Phi, Zephyr, GLM: a control token for each role, a line feed, content, an end token. */
export function roleTokens(): Grammar {
  const roles = ['<|system|>', '<|user|>', '<|assistant|>', '<|tool|>', '<|observation|>'];
  const ends = ['<|end|>', '<|endoftext|>', '</s>'];
  const begin = ['<s>', '[gMASK]', '<sop>'];
  const tokens = [...roles, ...ends, ...begin];
  return {
    id: 'role-tokens',
    tokens,
    pattern: tokenPattern(tokens),
    begins: /<\|(?:system|user|assistant)\|>/,
    read(builder, token, until) {
      const { text } = builder;
      if (begin.includes(token.token)) return openWhole(builder, token, until);
      if (ends.includes(token.token)) return closeTurn(builder, token, until);
      beginTurn(builder, token.start, token.start + 2, token.token.slice(2, -2));
      builder.special(token.end);
      const contentStart = afterBlanks(text, token.end, until, /(?:\r\n|\n)?/y);
      builder.literal(token.end, contentStart);
      builder.leadEnds();
      addText(builder, contentStart, until);
    },
    reply: (text) => `<|assistant|>\n${text}<|end|>\n`,
  };
}
