/** ChatML and Gemma: a role on the line of the opening token. */
import { tokenPattern } from '../tokens.js';
import { closeTurn, beginTurn, beginHalfHeader, addText, type Grammar } from './grammar.js';

/** `<|im_start|>role`, a line feed (or `<|im_sep|>`), content, `<|im_end|>`; Gemma's `<start_of_turn>` likewise. */
export function lineHeaders(
  id: string,
  open: string,
  close: string,
  begin: readonly string[],
  others: readonly string[],
  model: string,
): Grammar {
  const tokens = [open, close, ...begin, ...others];
  return {
    id,
    tokens,
    pattern: tokenPattern(tokens),
    begins: new RegExp(tokenPattern([open]).source),
    read(builder, token, until) {
      const { text } = builder;
      if (begin.includes(token.token)) {
        builder.prelude();
        return builder.preludeText(text.slice(token.end, until).trim() === '' ? text.slice(token.end, until) : '');
      }
      if (token.token === close) return closeTurn(builder, token, until);
      if (token.token !== open) {
        // `<|im_sep|>` ends a header, any other token stands in the content.
        builder.special(token.end);
        if (!builder.hasContent) builder.leadEnds();
        return addText(builder, token.end, until);
      }
      const lineEnd = /[\r\n]/.exec(text.slice(token.end, Math.min(until, token.end + 100)));
      const hasSeparator = text.startsWith('<|im_sep|>', until);
      if (!lineEnd && !hasSeparator && until >= text.trimEnd().length) return beginHalfHeader(builder, token, until);
      const word = /^[ \t]*\S{0,40}/.exec(text.slice(token.end, Math.min(until, token.end + 60)))![0];
      // Without a line feed the role is the first word.
      const headerEnd = lineEnd ? token.end + lineEnd.index : hasSeparator ? until : token.end + word.length;
      beginTurn(builder, token.start, token.end, text.slice(token.end, headerEnd));
      builder.special(token.end);
      const contentStart = lineEnd ? headerEnd + (text.startsWith('\r\n', headerEnd) ? 2 : 1) : headerEnd;
      builder.literal(token.end, contentStart);
      if (!hasSeparator) builder.leadEnds();
      addText(builder, contentStart, until);
    },
    reply: (text) => `${open}${model}\n${text}${close}\n`,
  };
}
