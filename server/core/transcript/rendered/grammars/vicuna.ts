/** Vicuna: names as plain text. */
import type { RenderedBuilder } from '../builder.js';
import { beginTurn, afterBlanks, addText, type Grammar } from './grammar.js';

/**
 * Vicuna: a system prompt without a mark, `USER:` and `ASSISTANT:` as plain text, `</s>` after each reply. The names
 * alone are those of any transcript with line labels: only the end token after a reply tells this markup.
 */
export function vicuna(): Grammar {
  const end = '</s>';
  const role = /^(?:USER|ASSISTANT):$/;
  /** Content without the blanks that part it from the names around it. */
  const addTrimmed = (builder: RenderedBuilder, from: number, to: number): void => {
    const start = afterBlanks(builder.text, from, to);
    const stop = start + builder.text.slice(start, to).trimEnd().length;
    builder.literal(from, start);
    builder.leadEnds();
    addText(builder, start, stop);
    builder.literal(stop, to);
  };
  return {
    id: 'vicuna',
    tokens: ['USER:', 'ASSISTANT:', end],
    pattern: /(?<=^|\s|<\/s>)(?:USER|ASSISTANT):|<\/s>/g,
    begins: /(?<=^|\s)USER:(?=[^]*?\sASSISTANT:[^]*?<\/s>)/,
    opening(builder, start, until) {
      const at = afterBlanks(builder.text, start, until);
      if (at === until) return builder.between(start, until);
      builder.begin('system', '', { start: at, end: at }, at);
      addTrimmed(builder, at, until);
    },
    read(builder, { token, start, end: after }, until) {
      if (role.test(token)) {
        beginTurn(builder, start, start, token.slice(0, -1));
        builder.literal(start, after);
        return addTrimmed(builder, after, until);
      }
      builder.special(after);
      builder.close();
      builder.between(after, until);
    },
    reply: (text) => ` ASSISTANT: ${text}${end}`,
  };
}
