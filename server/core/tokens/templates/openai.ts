/**
 * OpenAI chat models: three tokens of frame and the role per message, one more and the name where a message is named,
 * three to start the reply (OpenAI Cookbook, "How to count tokens with tiktoken"). The frame is `<|im_start|>`,
 * `<|im_sep|>` and `<|im_end|>`; how tool definitions are written is not published.
 */
import type { Turn } from '../../transcript/model.js';
import { NOTHING, isPlain, joinMarkup, markup, textRun, visibleText } from './markup.js';
import type { ChatTemplate, Markup, TemplateInput, TurnLayout } from './types.js';

const head = (role: string): Markup => markup(2, role);

function turnLayout(turn: Turn, tools: Markup): TurnLayout {
  const name = turn.name === undefined ? NOTHING : markup(1, turn.name);
  return {
    lead: joinMarkup(tools, head(turn.role), name),
    runs: [textRun(visibleText(turn))],
    end: markup(1),
    trail: NOTHING,
    exact: isPlain(turn) && tools === NOTHING,
  };
}

export const openaiChat: ChatTemplate = {
  id: 'openai-chat',
  title: 'OpenAI chat',
  exact: true,
  notes: ["OpenAI's published count per message", 'tool definitions counted as their JSON text'],
  layout: ({ turns, tools }: TemplateInput) => ({
    turn: (index) => turnLayout(turns[index]!, index === 0 && tools ? markup(0, tools.text) : NOTHING),
    pendingLead: turns.at(-1)?.role === 'assistant' ? NOTHING : head('assistant'),
  }),
};
