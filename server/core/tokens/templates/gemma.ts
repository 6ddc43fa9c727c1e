/**
 * Gemma 3 Instruct: `<start_of_turn>role\n...<end_of_turn>\n`, replies by `model`, contents trimmed. The system prompt
 * stands in front of the first user turn's text, two line feeds between them. There are no tools.
 */
import type { Turn } from '../../transcript/model.js';
import { NOTHING, isPlain, joinMarkup, markup, textRun, visibleText } from './markup.js';
import { trim } from './python.js';
import type { ChatTemplate, Markup, TemplateInput, TurnLayout } from './types.js';

const header = (role: string): Markup => markup(1, `${role}\n`);
const END = markup(1);
const LINE_END = markup(0, '\n');
const GAP = '\n\n';

/** The template knows turns of user and model in alternation, after at most one system turn. */
const alternates = (turns: readonly Turn[]): boolean => {
  const rest = turns[0]?.role === 'system' ? turns.slice(1) : turns;
  return rest.length > 0 && rest.every(({ role }, index) => role === (index % 2 === 0 ? 'user' : 'assistant'));
};

function turnLayout({ turns, tools }: TemplateInput, index: number, known: boolean): TurnLayout {
  const turn = turns[index]!;
  const begin = markup(index === 0 ? 1 : 0, index === 0 ? (tools?.text ?? '') : '');
  const exact = known && isPlain(turn) && !tools;
  if (turn.role === 'system') {
    // It opens the user's block; its text is not trimmed.
    const text = textRun(visibleText(turn), 'user\n', GAP);
    return { lead: joinMarkup(begin, header('user')), runs: [text], end: NOTHING, trail: markup(0, GAP), exact };
  }
  const joins = turns[index - 1]?.role === 'system';
  const role = turn.role === 'assistant' ? 'model' : 'user';
  return {
    lead: joins ? begin : joinMarkup(begin, header(role)),
    runs: [textRun(trim(visibleText(turn)), joins ? GAP : `${role}\n`)],
    end: END,
    trail: LINE_END,
    exact,
  };
}

export const gemma: ChatTemplate = {
  id: 'gemma-3',
  title: 'Gemma 3 Instruct',
  exact: false,
  notes: ['as published for Gemma 3; tool definitions, which it has none for, counted as their JSON text'],
  layout: (input) => {
    const known = alternates(input.turns);
    return {
      turn: (index) => turnLayout(input, index, known),
      pendingLead: input.turns.at(-1)?.role === 'assistant' ? NOTHING : header('model'),
    };
  },
};
