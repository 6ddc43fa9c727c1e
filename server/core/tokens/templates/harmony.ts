/**
 * Harmony, the template of gpt-oss: a fixed system message, instructions in a developer message, replies that name their
 * channel. The reply writes its channel itself, so `<|channel|>final<|message|>` is decoded. Thinking is dropped later.
 */
import type { Role, Turn } from '../../transcript/model.js';
import { NOTHING, joinMarkup, markup, textRun, thinkingText, visibleText } from './markup.js';
import type { ChatTemplate, Markup, TextRun, TurnLayout } from './types.js';

/** What the template writes first; any other date is as many tokens. */
const SYSTEM =
  'You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\nCurrent date: 2025-08-05\n\n' +
  'Reasoning: medium\n\n# Valid channels: analysis, commentary, final. Channel must be included for every message.';

const INSTRUCTIONS = '# Instructions\n\n';
const ROLES: Readonly<Record<Role, string>> = {
  system: 'developer',
  user: 'user',
  assistant: 'assistant',
  tool: 'functions to=assistant',
};

/** `<|start|>role<|message|>`; a reply starts after `<|start|>assistant`. */
const header = (role: Role): Markup => markup(role === 'assistant' ? 1 : 2, ROLES[role]);

function runs(turn: Turn): TextRun[] {
  const text = visibleText(turn);
  if (turn.role === 'system') return [textRun(text, INSTRUCTIONS, '\n\n')];
  const thinking = thinkingText(turn);
  return thinking === '' ? [textRun(text)] : [textRun(thinking, '', '', 'thinking'), textRun(text)];
}

function turnLayout(turn: Turn, opening: Markup): TurnLayout {
  const system = turn.role === 'system' ? markup(0, INSTRUCTIONS, '\n\n') : NOTHING;
  // `<|channel|>final<|message|>`, and as much again with `<|end|><|start|>assistant` around a thought.
  const channel = turn.role === 'assistant' ? markup(2, 'final') : NOTHING;
  const thought = thinkingText(turn) === '' ? NOTHING : markup(4, 'analysis', 'assistant');
  return {
    lead: joinMarkup(opening, header(turn.role), system),
    runs: runs(turn),
    end: joinMarkup(channel, thought, markup(1)),
    trail: NOTHING,
    exact: false,
  };
}

export const harmony: ChatTemplate = {
  id: 'harmony',
  title: 'gpt-oss Harmony',
  exact: false,
  notes: ['reasoning effort medium; tool definitions counted as their JSON text'],
  layout: ({ turns, tools }) => ({
    turn: (index) =>
      turnLayout(
        turns[index]!,
        index > 0 ? NOTHING : joinMarkup(markup(3, 'system', SYSTEM), markup(0, tools?.text ?? '')),
      ),
    pendingLead: turns.at(-1)?.role === 'assistant' ? NOTHING : header('assistant'),
  }),
};
