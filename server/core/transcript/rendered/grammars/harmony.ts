/** Harmony, of gpt-oss: channels. */
import type { RenderedBuilder } from '../builder.js';
import { tokenPattern } from '../tokens.js';
import { roleOfWord, headerRole, beginHalfHeader, type Grammar } from './grammar.js';

/** gpt-oss: `<|start|>role<|channel|>name<|message|>content<|end|>`; a reply is all messages up to the next role. */
export function harmony(): Grammar {
  const ends = ['<|end|>', '<|return|>', '<|call|>'];
  const tokens = ['<|start|>', '<|channel|>', '<|constrain|>', '<|message|>', ...ends];
  /** The channel, and the recipient, that the header being read names. */
  const state = new WeakMap<RenderedBuilder, { header: string; final: boolean }>();
  return {
    id: 'harmony',
    tokens,
    pattern: tokenPattern(tokens),
    begins: /<\|start\|>(?:system|developer|user|assistant)\b/,
    read(builder, { token, start, end }, until) {
      const { text } = builder;
      const own = state.get(builder) ?? { header: '', final: false };
      state.set(builder, own);
      if (token === '<|start|>') {
        const header = text.slice(end, until);
        own.header = header;
        if (!/^<\|(?:channel|message|constrain)\|>/.test(text.slice(until, until + 13))) {
          // Half typed: the reply is about to be written, or goes on.
          return beginHalfHeader(builder, { token, start, end }, until);
        }
        const word = /^[\w.-]*/.exec(header)![0];
        const goesOn = word === 'assistant' && builder.role === 'assistant' && !own.final;
        if (goesOn) builder.reopen();
        else {
          const role =
            roleOfWord(word) ?? (/[.]|\bto=assistant/.test(header) ? 'tool' : headerRole(builder, word, end));
          builder.begin(role, word, { start: end, end: end + word.length }, start);
        }
        builder.special(end);
        builder.literal(end, until);
        if (!goesOn) builder.leadEnds();
        own.final = false;
        return;
      }
      if (ends.includes(token)) {
        builder.special(end);
        builder.close();
        return builder.between(end, until);
      }
      builder.special(end);
      if (token !== '<|message|>') {
        own.header += ` ${text.slice(end, until)}`;
        if (/\bfinal\b/.test(own.header)) own.final = true;
        return builder.literal(end, until);
      }
      if (builder.isClosed) return builder.between(end, until);
      if (builder.role === 'tool') return builder.content('toolResult', end, until);
      const isCall = builder.role === 'assistant' && /\bto=/.test(own.header);
      builder.content(isCall ? 'toolCall' : /\banalysis\b/.test(own.header) ? 'thinking' : 'text', end, until);
    },
    reply: (text) => `<|start|>assistant<|channel|>final<|message|>${text}<|return|>`,
  };
}
