/**
 * The chat templates of Llama 3 Instruct as released (`tokenizer_config.json`). Contents are trimmed. From 3.1 on a
 * system block with the knowledge cut-off and date always stands first, tool results come from `ipython` as JSON, and
 * tool definitions stand before the first user message.
 */
import type { Turn } from '../../transcript/model.js';
import { NOTHING, isPlain, isPlainOrCalls, joinMarkup, markup, spokenText, textRun, visibleText } from './markup.js';
import { indentedJson, parseTools, trim } from './python.js';
import { toolCallsOf } from './toolCalls.js';
import type { ChatTemplate, Markup, TemplateInput, TurnLayout } from './types.js';

/** What Llama 3.1 says without a date of its own; any other date is as many tokens. */
const PREAMBLE = 'Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n';

const TOOLS_GUIDANCE =
  'Given the following functions, please respond with a JSON for a function call ' +
  'with its proper arguments that best answers the given prompt.\n\n' +
  'Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.' +
  'Do not use variables.\n\n';

const END = markup(1);
const ROLES = { system: 'system', user: 'user', assistant: 'assistant', tool: 'ipython' } as const;

/** `<|start_header_id|>role<|end_header_id|>` and the text that follows it. */
const header = (role: string, text = '\n\n'): Markup => markup(2, role, text);

const toolsText = (json: string): string =>
  TOOLS_GUIDANCE +
  (parseTools(json)
    ?.map((tool) => `${indentedJson(tool)}\n\n`)
    .join('') ?? `${json}\n\n`);

/** What stands before the first turn's own header, or around its text where it is the system turn. */
function opening({ turns, tools }: TemplateInput): { readonly lead: Markup; readonly systemBefore: string } {
  const systemBefore = `\n\n${tools ? 'Environment: ipython\n' : ''}${PREAMBLE}`;
  const toolLead = tools ? markup(0, toolsText(tools.text)) : NOTHING;
  const start = joinMarkup(markup(1), header('system', systemBefore));
  const closed = turns[0]?.role === 'system' ? start : joinMarkup(start, END);
  return { lead: joinMarkup(closed, toolLead), systemBefore };
}

/** What a turn says between header and end. */
function renderedText(turn: Turn): string {
  if (turn.role === 'tool') return JSON.stringify(visibleText(turn));
  const calls = toolCallsOf(turn).map((call) => `{"name": "${call.name}", "parameters": ${call.arguments}}`);
  return trim(spokenText(turn)) + calls.join('');
}

/** The template renders one call and leaves out a text beside it, which the reply did cost. */
const isKnown = (turn: Turn): boolean => {
  const calls = toolCallsOf(turn).length;
  return isPlainOrCalls(turn) && (calls === 0 || (calls === 1 && trim(spokenText(turn)) === ''));
};

function turnLayout(turn: Turn, index: number, first: ReturnType<typeof opening>): TurnLayout {
  const isOpening = index === 0 && turn.role === 'system';
  const text = renderedText(turn);
  const own = isOpening ? NOTHING : header(ROLES[turn.role]);
  return {
    lead: index === 0 ? joinMarkup(first.lead, own) : own,
    runs: [textRun(text, isOpening ? first.systemBefore : '\n\n')],
    end: END,
    trail: NOTHING,
    exact: isKnown(turn),
  };
}

/** Llama 3 knows no tools and has no system block of its own. */
const plainLayout = (turn: Turn, index: number, tools: boolean): TurnLayout => ({
  lead: joinMarkup(markup(index === 0 ? 1 : 0), header(turn.role)),
  runs: [textRun(trim(visibleText(turn)), '\n\n')],
  end: END,
  trail: NOTHING,
  exact: isPlain(turn) && !(tools && index === 0),
});

const pendingLead = ({ turns }: TemplateInput): Markup =>
  turns.at(-1)?.role === 'assistant' ? NOTHING : header('assistant');

export const llama30: ChatTemplate = {
  id: 'llama-3',
  title: 'Llama 3 Instruct',
  exact: true,
  notes: ['the released template; it leaves tool definitions out'],
  layout: (input) => ({
    turn: (index) => plainLayout(input.turns[index]!, index, input.tools !== undefined),
    pendingLead: pendingLead(input),
  }),
};

export const llama31: ChatTemplate = {
  id: 'llama-3.1',
  title: 'Llama 3.1 Instruct',
  exact: true,
  notes: ['the released template with its default system block'],
  layout: (input) => {
    const first = opening(input);
    return {
      turn: (index) => turnLayout(input.turns[index]!, index, first),
      pendingLead: pendingLead(input),
    };
  },
};
