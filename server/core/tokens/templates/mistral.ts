/**
 * Mistral's instruction formats: `[INST]` around what users say, `</s>` after replies, a system prompt in front of the
 * user's text with two line feeds between. In the oldest one the brackets are plain text; from v3 on they are control
 * tokens. SentencePiece puts a space in front of each text.
 */
import { joinTexts } from '../../transcript/segmentedText.js';
import type { Turn } from '../../transcript/model.js';
import { NOTHING, joinMarkup, markup, textRun, thinkingText, visibleText } from './markup.js';
import type { ChatTemplate, Markup, TemplateInput, TextRun, TurnLayout } from './types.js';

interface Flavour {
  /** Text before a user's text that is no control token, e.g. ` [INST] `. */
  readonly open: string;
  readonly close: string;
  /** Control tokens on either side of it. */
  readonly brackets: number;
  /** What is put in front of every text. */
  readonly prefix: string;
}

const GAP = '\n\n';
const END = markup(1);

function runsOf(turn: Turn, { prefix }: Flavour): TextRun[] {
  const thinking = thinkingText(turn);
  const thoughts = thinking.length === 0 ? [] : [textRun(joinTexts(prefix, thinking), '', '', 'thinking')];
  return [...thoughts, textRun(joinTexts(prefix, visibleText(turn)))];
}

/** A user's turn, or the system prompt in front of one. */
function askedLayout(turns: readonly Turn[], index: number, begin: Markup, flavour: Flavour): TurnLayout {
  const { open, close, brackets, prefix } = flavour;
  const turn = turns[index]!;
  const joined = turns[index - 1]?.role === 'system';
  const joins = turn.role === 'system' && turns[index + 1]?.role === 'user';
  const before = joined ? '' : open;
  const after = joins ? '' : close;
  // Where brackets are control tokens the space that is put in front is the text's own first token.
  const text = joinTexts(joined || open !== '' ? '' : prefix, visibleText(turn), joins ? GAP : '');
  return {
    lead: joined ? begin : joinMarkup(begin, markup(brackets, open)),
    runs: [textRun(text, before, after)],
    end: NOTHING,
    trail: joins ? NOTHING : markup(brackets, after),
    exact: false,
  };
}

function turnLayout({ turns, tools }: TemplateInput, index: number, flavour: Flavour): TurnLayout {
  const turn = turns[index]!;
  const begin = index > 0 ? NOTHING : joinMarkup(markup(1), tools ? markup(2, flavour.prefix + tools.text) : NOTHING);
  if (turn.role === 'user' || turn.role === 'system') return askedLayout(turns, index, begin, flavour);
  const tool = turn.role === 'tool';
  return {
    lead: joinMarkup(begin, tool ? markup(1) : NOTHING),
    runs: runsOf(turn, flavour),
    end: tool ? NOTHING : END,
    trail: tool ? markup(1) : NOTHING,
    exact: false,
  };
}

const mistral = (id: string, title: string, flavour: Flavour): ChatTemplate => ({
  id,
  title,
  exact: false,
  notes: ['as published for Mistral; system prompt in front of the first user turn'],
  layout: (input) => ({
    turn: (index) => turnLayout(input, index, flavour),
    pendingLead: NOTHING,
  }),
});

export const mistralV1 = mistral('mistral-v1', 'Mistral Instruct v1', {
  open: ' [INST] ',
  close: ' [/INST]',
  brackets: 0,
  prefix: ' ',
});
export const mistralV3 = mistral('mistral-v3', 'Mistral Instruct v3', {
  open: '',
  close: '',
  brackets: 1,
  prefix: ' ',
});
