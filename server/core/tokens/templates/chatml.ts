/**
 * ChatML as Qwen's released templates write it: `<|im_start|>role\n...<|im_end|>\n`, contents untrimmed, tool results
 * inside a user turn. Qwen 2.5 has a default system prompt, Qwen 3 has none and drops the thinking of earlier turns.
 */
import type { Turn } from '../../transcript/model.js';
import {
  NOTHING,
  isPlain,
  isPlainOrCalls,
  joinMarkup,
  markup,
  spokenText,
  textRun,
  thinkingText,
  visibleText,
} from './markup.js';
import { oneLineJson, parseTools, trimLineFeeds } from './python.js';
import { toolCallsOf } from './toolCalls.js';
import type { ChatTemplate, Markup, TemplateInput, TextRun, TurnLayout } from './types.js';

const TOOLS_HEAD =
  '# Tools\n\nYou may call one or more functions to assist with the user query.\n\n' +
  'You are provided with function signatures within <tools></tools> XML tags:\n<tools>';
const TOOLS_TAIL =
  '\n</tools>\n\nFor each function call, return a json object with function name and arguments within ' +
  '<tool_call></tool_call> XML tags:\n<tool_call>\n' +
  '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>';

/** What differs between the ChatML templates. */
interface Flavour {
  readonly defaultSystem: string;
  /** Whether thinking stands in `<think>` tags that later requests leave out. */
  readonly thinks: boolean;
}

const END = markup(1);
const LINE_END = markup(0, '\n');

const toolsText = (json: string): string => {
  const tools = parseTools(json);
  return TOOLS_HEAD + (tools ? tools.map((tool) => `\n${oneLineJson(tool)}`).join('') : `\n${json}`) + TOOLS_TAIL;
};

/** The system block that the template adds by itself, before a first turn that is no system turn. */
function addedSystem({ turns, tools }: TemplateInput, flavour: Flavour): Markup {
  if (turns[0]?.role === 'system' || (!tools && flavour.defaultSystem === '')) return NOTHING;
  const gap = tools && flavour.defaultSystem !== '' ? '\n\n' : '';
  const text = `system\n${flavour.defaultSystem}${gap}${tools ? toolsText(tools.text) : ''}`;
  return joinMarkup(markup(2, text), LINE_END);
}

/** A reply's text and its tool calls, each on lines of its own. */
function replyText(turn: Turn): string {
  const spoken = spokenText(turn);
  const calls = toolCallsOf(turn).map(
    (call) => `<tool_call>\n{"name": "${call.name}", "arguments": ${call.arguments}}\n</tool_call>`,
  );
  return calls.length === 0 ? spoken : [...(spoken === '' ? [] : [spoken]), ...calls].join('\n');
}

function replyRuns(turn: Turn, flavour: Flavour): TextRun[] {
  const thinking = thinkingText(turn);
  const text = replyText(turn);
  if (!flavour.thinks || thinking === '') return [textRun(text, 'assistant\n')];
  const thought = textRun(`<think>\n${trimLineFeeds(thinking)}\n</think>\n\n`, 'assistant\n', '', 'thinking');
  return [thought, textRun(text.replace(/^\n+/, ''))];
}

function toolLayout(turns: readonly Turn[], index: number): TurnLayout {
  const opens = turns[index - 1]?.role !== 'tool';
  const closes = turns[index + 1]?.role !== 'tool';
  const before = opens ? 'user\n<tool_response>\n' : '<tool_response>\n';
  // Between two results the line feed goes with the first, so that the cut between them is safe.
  const after = closes ? '\n</tool_response>' : '\n</tool_response>\n';
  return {
    lead: markup(opens ? 1 : 0, before),
    runs: [textRun(visibleText(turns[index]!), before, after)],
    end: closes ? END : NOTHING,
    trail: closes ? markup(0, after, '\n') : markup(0, after),
    exact: isPlain(turns[index]!),
  };
}

function turnLayout(input: TemplateInput, index: number, flavour: Flavour): TurnLayout {
  const turn = input.turns[index]!;
  const added = index === 0 ? addedSystem(input, flavour) : NOTHING;
  if (turn.role === 'tool') {
    const layout = toolLayout(input.turns, index);
    return { ...layout, lead: joinMarkup(added, layout.lead) };
  }
  const before = `${turn.role}\n`;
  const after = index === 0 && turn.role === 'system' && input.tools ? `\n\n${toolsText(input.tools.text)}` : '';
  return {
    lead: joinMarkup(added, markup(1, before, after)),
    runs: turn.role === 'assistant' ? replyRuns(turn, flavour) : [textRun(visibleText(turn), before, after)],
    end: END,
    trail: LINE_END,
    exact: isPlainOrCalls(turn),
  };
}

const chatml = (flavour: Flavour) => (input: TemplateInput) => ({
  turn: (index: number) => turnLayout(input, index, flavour),
  pendingLead: input.turns.at(-1)?.role === 'assistant' ? NOTHING : markup(1, 'assistant\n'),
});

export const qwen25: ChatTemplate = {
  id: 'qwen-2.5',
  title: 'Qwen 2.5 Instruct',
  exact: true,
  notes: ['the released template with its default system prompt'],
  layout: chatml({
    defaultSystem: 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.',
    thinks: false,
  }),
};

export const qwen3: ChatTemplate = {
  id: 'qwen-3',
  title: 'Qwen 3',
  exact: true,
  notes: ['the released template; thinking only where the transcript has it'],
  layout: chatml({ defaultSystem: '', thinks: true }),
};
