/** Writing a reply into a rendered prompt, in the markup that it has. */
import type { Conversation, ParsedTranscript, Turn } from '../model.js';
import { GRAMMARS } from './grammars/index.js';

interface Insertion {
  readonly offset: number;
  readonly insert: string;
}

const textOf = (turn: Turn): string => turn.pieces.map((piece) => piece.text).join('');

/** Whether `after` is `turns` with one more assistant turn of exactly that text. */
function isInserted(turns: readonly Turn[], after: readonly Turn[], turnIndex: number, reply: string): boolean {
  const made = after[turnIndex + 1];
  if (after.length !== turns.length + 1 || made?.role !== 'assistant' || textOf(made) !== reply) return false;
  return turns.every((turn, at) => {
    const same = after[at <= turnIndex ? at : at + 1]!;
    return same.role === turn.role && textOf(same) === textOf(turn);
  });
}

/**
 * The edit that puts `reply` in after a turn; after the last one it completes a generation prompt that stands there.
 *
 * @param parse the format's parser, by which the result is checked: a reply with control tokens of its own, or at a place
 *   where none can stand, gives null
 */
export function insertRendered(
  parse: (text: string) => ParsedTranscript,
  text: string,
  { turns, rendered }: Conversation,
  turnIndex: number,
  reply: string,
): Insertion | null {
  const grammar = GRAMMARS.find(({ id }) => id === rendered?.markup);
  const turn = turns[turnIndex];
  if (!grammar || !turn) return null;
  const whole = grammar.reply(reply);
  const candidates: Insertion[] = [];
  if (turnIndex === turns.length - 1) {
    // The longest start of the reply's own markup that the text ends with is there already.
    const header = whole.slice(0, whole.indexOf(reply));
    for (let length = header.length; length > 0; length--) {
      if (!text.endsWith(header.slice(0, length))) continue;
      candidates.push({ offset: text.length, insert: whole.slice(length) });
      break;
    }
  }
  const isLineFirst = turn.span.end > 0 && whole.endsWith('\n') && text[turn.span.end] === '\n';
  const offset = isLineFirst ? turn.span.end + 1 : turn.span.end;
  candidates.push({ offset, insert: whole }, { offset: turn.span.end, insert: `\n${whole.trimEnd()}` });
  for (const { offset: at, insert } of candidates) {
    const after = parse(text.slice(0, at) + insert + text.slice(at)).conversations[0]?.turns ?? [];
    if (isInserted(turns, after, turnIndex, reply)) return { offset: at, insert };
  }
  return null;
}
