/**
 * DeepSeek V3 and R1 as released: beginning-of-sequence, all system prompts, then `<｜User｜>` and `<｜Assistant｜>` turns
 * without separators. Earlier thinking is left out of later requests.
 */
import type { Turn } from '../../transcript/model.js';
import { NOTHING, isPlain, joinMarkup, markup, textRun, thinkingText, visibleText } from './markup.js';
import type { ChatTemplate, Markup, TemplateInput, TextRun, TurnLayout } from './types.js';

const ONE = markup(1);

/** A first tool result opens the list of outputs too; later ones start on a new line. */
function toolLead(turns: readonly Turn[], index: number): Markup {
  return turns.findIndex((turn) => turn.role === 'tool') === index ? markup(2) : markup(1, '\n');
}

function replyRuns(turn: Turn): TextRun[] {
  const thinking = thinkingText(turn);
  const text = textRun(visibleText(turn));
  return thinking === '' ? [text] : [textRun(`<think>\n${thinking}\n</think>\n\n`, '', '', 'thinking'), text];
}

function systemRun(turns: readonly Turn[], index: number): TextRun {
  const first = turns.findIndex((turn) => turn.role === 'system') === index;
  return textRun(visibleText(turns[index]!), first ? '' : '\n\n');
}

function turnLayout({ turns, tools }: TemplateInput, index: number): TurnLayout {
  const turn = turns[index]!;
  const opening = index > 0 ? NOTHING : joinMarkup(ONE, markup(0, tools?.text ?? ''));
  const exact = isPlain(turn) && !(index === 0 && tools);
  if (turn.role === 'system') {
    const run = systemRun(turns, index);
    const lead = joinMarkup(opening, markup(0, run.before));
    return { lead, runs: [run], end: NOTHING, trail: NOTHING, exact: exact && index === 0 };
  }
  const lead = turn.role === 'tool' ? toolLead(turns, index) : ONE;
  return {
    lead: joinMarkup(opening, lead),
    runs: turn.role === 'assistant' ? replyRuns(turn) : [textRun(visibleText(turn))],
    end: turn.role === 'user' ? NOTHING : ONE,
    trail: NOTHING,
    exact,
  };
}

export const deepseek: ChatTemplate = {
  id: 'deepseek-v3',
  title: 'DeepSeek V3',
  exact: true,
  notes: ['the released template; tool definitions counted as their JSON text'],
  layout: (input) => ({
    turn: (index) => turnLayout(input, index),
    pendingLead: input.turns.at(-1)?.role === 'assistant' ? NOTHING : ONE,
  }),
};
