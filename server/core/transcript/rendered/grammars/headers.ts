/** Llama 3 and 4: roles between header tokens. */
import type { RenderedBuilder } from '../builder.js';
import { tokenPattern } from '../tokens.js';
import { openWhole, closeTurn, beginTurn, beginHalfHeader, afterBlanks, addText, type Grammar } from './grammar.js';

/** Llama: `<|start_header_id|>role<|end_header_id|>`, two line feeds, content, `<|eot_id|>`. */
export function headers(
  id: string,
  [open, shut]: readonly [string, string],
  ends: readonly string[],
  begin: string,
): Grammar {
  const python = '<|python_tag|>';
  const tokens = [open, shut, ...ends, begin, python];
  const inHeader = (builder: RenderedBuilder): boolean =>
    builder.role !== null && !builder.isClosed && !builder.hasContent;
  return {
    id,
    tokens,
    pattern: tokenPattern(tokens),
    begins: new RegExp(tokenPattern([open]).source),
    read(builder, token, until) {
      const { text } = builder;
      if (token.token === begin) return openWhole(builder, token, until);
      if (ends.includes(token.token)) return closeTurn(builder, token, until);
      if (token.token === python) {
        builder.special(token.end);
        return builder.content('toolCall', token.end, until);
      }
      if (token.token === open) {
        if (!text.startsWith(shut, until)) return beginHalfHeader(builder, token, until);
        beginTurn(builder, token.start, token.end, text.slice(token.end, until));
        builder.special(token.end);
        return builder.literal(token.end, until);
      }
      builder.special(token.end);
      const contentStart = inHeader(builder) ? afterBlanks(text, token.end, until, /(?:\r\n|\n){0,2}/y) : token.end;
      builder.literal(token.end, contentStart);
      builder.leadEnds();
      addText(builder, contentStart, until);
    },
    reply: (text) => `${open}assistant${shut}\n\n${text}${ends[0]!}`,
  };
}
