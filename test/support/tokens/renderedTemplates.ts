/** Conversations counted by our templates beside the released templates rendered in full. */
import fs from 'node:fs';
import path from 'node:path';
import { Template } from '@huggingface/jinja';
import { tokensOfModel } from '../../../server/core/tokens/catalog.js';
import { countConversationTokens, createTokenCache } from '../../../server/core/tokens/countConversation.js';
import type { Turn } from '../../../server/core/transcript/model.js';
import { inlineCounter, vocabulary } from './engines.js';
import { piece, turns } from './turns.js';

export const TEMPLATES = path.resolve(__dirname, '../../../../test/fixtures/chat-templates');

/** A model, its released template, and how a client talks to it. */
export interface Model {
  readonly id: string;
  /** File in `test/fixtures/chat-templates`, without its ending. */
  readonly template: string;
  readonly bos: string;
  readonly eos: string;
  /** What is a special token in rendered text. */
  readonly special: RegExp;
  /** Where its messages have thinking; absent for a template that knows none. */
  readonly thinking?: 'reasoning_content' | 'thinking' | 'inline';
  /** Arguments of calls are passed as the JSON text. */
  readonly argumentsAsText?: boolean;
  /** The content of a message that only calls is null. */
  readonly nullContent?: boolean;
  /** What is changed in the file: see the template's notes. */
  readonly adapt: (jinja: string) => string;
  /** What else is given to the template. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

const ANGLE = /<\|[a-z_]+\|>/g;
const ANGLE_THINK = /<\|[a-z_]+\|>|<\/?think>/g;
const WIDE = /<｜[^｜]+｜>/g;
const WIDE_THINK = /<｜[^｜]+｜>|<\/?think>/g;
const BRACKETS =
  /<\/?s>|\[\/?(?:INST|AVAILABLE_TOOLS|TOOL_RESULTS|SYSTEM_PROMPT|TOOL_CALLS|TOOL_CONTENT|CALL_ID|ARGS|THINK)\]/g;
const GEMMA = /<bos>|<(?:start|end)_of_turn>/g;
const GEMMA_4 =
  /<bos>|<\|(?:turn|tool|tool_call|tool_response|channel|think|"|image|audio|video)\|?>|<(?:turn|tool|tool_call|tool_response|channel)\|>/g;
const LLAMA_BOS = '<|begin_of_text|>';
const DEEPSEEK_BOS = '<｜begin▁of▁sentence｜>';

const model = (id: string, template: string, special: RegExp, more: Partial<Model> = {}): Model => ({
  id,
  template,
  special,
  bos: '',
  eos: '',
  adapt: (jinja) => jinja,
  ...more,
});
const mistral = (id: string, template: string): Model => model(id, template, BRACKETS, { bos: '<s>', eos: '</s>' });

export const MODELS = {
  llama3: model('meta-llama/Meta-Llama-3-8B-Instruct', 'llama-3', ANGLE, { bos: LLAMA_BOS }),
  llama31: model('meta-llama/Llama-3.1-8B-Instruct', 'llama-3.1', ANGLE, { bos: LLAMA_BOS }),
  llama32: model('meta-llama/Llama-3.2-3B-Instruct', 'llama-3.2', ANGLE, { bos: LLAMA_BOS }),
  llama4: model('meta-llama/Llama-4-Scout-17B-16E-Instruct', 'llama-4', ANGLE, { bos: LLAMA_BOS }),
  qwen25: model('Qwen/Qwen2.5-7B-Instruct', 'qwen-2.5', ANGLE),
  qwen3: model('Qwen/Qwen3-8B', 'qwen-3', ANGLE, { thinking: 'reasoning_content' }),
  qwen3Coder: model('Qwen/Qwen3-Coder-30B-A3B-Instruct', 'qwen-3-coder', ANGLE),
  qwq: model('Qwen/QwQ-32B', 'qwq', ANGLE_THINK, { thinking: 'inline', variables: { enable_thinking: true } }),
  deepseekV3: model('deepseek-ai/DeepSeek-V3', 'deepseek-v3', WIDE, {
    bos: DEEPSEEK_BOS,
    argumentsAsText: true,
    nullContent: true,
  }),
  deepseekV31: model('deepseek-ai/DeepSeek-V3.1', 'deepseek-v3.1', WIDE_THINK, {
    bos: DEEPSEEK_BOS,
    thinking: 'inline',
    adapt: (jinja) => jinja.replaceAll('<think></think>', '</think>'),
  }),
  deepseekR1: model('deepseek-ai/DeepSeek-R1', 'deepseek-r1', WIDE_THINK, {
    bos: DEEPSEEK_BOS,
    thinking: 'inline',
    argumentsAsText: true,
    nullContent: true,
  }),
  mistralNemo: mistral('mistralai/Mistral-Nemo-Instruct-2407', 'mistral-nemo'),
  mistralSmall: mistral('mistralai/Mistral-Small-3.2-24B-Instruct-2506', 'mistral-small-3.2'),
  ministral3: mistral('mistralai/Ministral-3-14B-Reasoning-2512', 'ministral-3-reasoning'),
  devstral: mistral('mistralai/Devstral-Small-2507', 'devstral-small'),
  mistralV1: model('mistralai/Mistral-7B-Instruct-v0.2', 'mistral-v1', /<\/?s>/g, { bos: '<s>', eos: '</s>' }),
  mistralV3: mistral('mistralai/Mistral-Large-Instruct-2407', 'mistral-v3'),
  mistralV7: mistral('mistralai/Mistral-Large-Instruct-2411', 'mistral-v7'),
  // Its special tokens take the white space on either side, as `tokenizers` reads lstrip and rstrip.
  phi4: model('microsoft/phi-4', 'phi-4', /\s*<\|im_(?:start|sep|end)\|>\s*/g, {
    adapt: (jinja) => jinja.replace(' | trim', ''),
  }),
  phi4Mini: model('microsoft/Phi-4-mini-instruct', 'phi-4-mini', /<\|[a-z]+\|>\s*/g, {
    adapt: (jinja) => jinja.replace('.lstrip()', ''),
  }),
  gptOss: model('openai/gpt-oss-20b', 'gpt-oss', ANGLE, { thinking: 'thinking' }),
  gemma2: model('google/gemma-2-9b-it', 'gemma-2', GEMMA, { bos: '<bos>' }),
  gemma4: model('google/gemma-4-31B-it', 'gemma-4', GEMMA_4, { bos: '<bos>', thinking: 'reasoning_content' }),
  gemma3: model('google/gemma-3-4b-it', 'gemma-3', GEMMA, { bos: '<bos>' }),
} as const satisfies Record<string, Model>;

/** The only parts of a date that the templates ask for. */
const strftime = (format: string): string =>
  ['%Y 2024', '%m 07', '%d 26', '%b Jul'].reduce(
    (text, part) => text.replaceAll(part.slice(0, 2), part.slice(3)),
    format,
  );

const CALL_ID = 'D681PevKs';

const textOf = (turn: Turn): string =>
  turn.pieces
    .filter(({ kind }) => kind === 'text' || kind === 'toolResult')
    .map(({ text }) => text)
    .join('');

/** The calls of a turn whose pieces are name, arguments, name, arguments. */
function toolCalls(turn: Turn, asText: boolean) {
  const texts = turn.pieces.filter(({ kind }) => kind === 'toolCall').map(({ text }) => text);
  return texts.flatMap((name, index) => {
    if (index % 2 === 1) return [];
    const text = texts[index + 1]!;
    const values = asText ? text : (JSON.parse(text) as unknown);
    return [{ id: CALL_ID, type: 'function', function: { name, arguments: values } }];
  });
}

export const thinkingOf = (turn: Turn): string | undefined => turn.pieces.find(({ kind }) => kind === 'thinking')?.text;

function message(turn: Turn, { thinking, argumentsAsText = false, nullContent = false }: Model) {
  const calls = toolCalls(turn, argumentsAsText);
  const thought = thinkingOf(turn);
  const text = textOf(turn);
  const content = calls.length > 0 && text === '' && nullContent ? null : text;
  const inline = thought !== undefined && thinking === 'inline';
  return {
    role: turn.role,
    content: inline ? `<think>\n${thought}\n</think>\n\n${text}` : content,
    ...(thought !== undefined && thinking && !inline ? { [thinking]: thought } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(turn.role === 'tool' ? { tool_call_id: CALL_ID } : {}),
  };
}

const compiled = new Map<string, Template>();

/** The conversation rendered in full by the released template. Throws what the template objects to. */
export function rendered(of: Model, conversation: readonly Turn[], tools?: unknown): string {
  // The engine's own clock would make tests depend on the day.
  const file = path.join(TEMPLATES, `${of.template}.jinja`);
  const known = compiled.get(file);
  const template = known ?? new Template(of.adapt(fs.readFileSync(file, 'utf8')).replaceAll('strftime_now', 'day'));
  compiled.set(file, template);
  return template.render({
    messages: conversation.map((turn) => message(turn, of)),
    bos_token: of.bos,
    eos_token: of.eos,
    ...of.variables,
    day: strftime,
    add_generation_prompt: conversation.at(-1)?.role !== 'assistant',
    ...(tools ? { tools } : {}),
  });
}

/** Tokens of a rendered text, special tokens one each. */
export function tokensIn(of: Model, text: string): number {
  const engine = vocabulary(tokensOfModel(of.id).tokenizer.vocabulary);
  const specials = text.match(of.special)?.length ?? 0;
  return text.split(of.special).reduce((sum, each) => sum + engine.count(each), specials);
}

/** Tokens of the conversation rendered in full by the released template. */
export const reference = (of: Model, conversation: readonly Turn[], tools?: unknown): number =>
  tokensIn(of, rendered(of, conversation, tools));

/** Our counts; the sum of them all, and of what the last request of the conversation reads and writes. */
export async function counted(of: Model, conversation: readonly Turn[], tools?: unknown) {
  const input = { turns: conversation, ...(tools ? { tools: piece(JSON.stringify(tools)) } : {}) };
  const result = await countConversationTokens(input, tokensOfModel(of.id), inlineCounter, createTokenCache());
  const all = result.turns.reduce((sum, { text, lead, end, trail }) => sum + text + lead + end + trail, 0);
  const dropped = result.turns.reduce((sum, { thinking = 0 }) => sum + thinking, 0);
  const last = result.turns.at(-1)?.thinking ?? 0;
  return { ...result, sum: all + result.pendingLead, lastRequest: all + result.pendingLead - dropped + last };
}

export const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'Wetter für einen Ort',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string', description: 'Ort' }, days: { type: 'array' } },
        required: ['city'],
      },
    },
  },
];

const CALL = [piece('get_weather', 'toolCall'), piece('{"city":"Köln","days":[1,2]}', 'toolCall')];
const THOUGHT = piece('Let me think.\n', 'thinking');

export const CONVERSATIONS: Readonly<Record<string, Turn[]>> = {
  'one question': turns(['user', 'Hello, how are you?']),
  'system and two rounds': turns(
    ['system', 'Be brief.'],
    ['user', 'What is 12345 + 67890?'],
    ['assistant', '80235.'],
    ['user', 'And in words? 😀'],
  ),
  'an answer last': turns(['user', 'Hi'], ['assistant', 'Hello there!\n\nWhat now?']),
  'white space around texts': turns(
    ['system', '\n\n  Be brief.  \n'],
    ['user', '\n\n  indented\n\n'],
    ['assistant', ' \n'],
    ['user', '/slash'],
  ),
  'empty turns': turns(['user', ''], ['assistant', ''], ['user', '']),
  'a tool call': turns(
    ['user', 'Weather?'],
    ['assistant', CALL],
    ['tool', 'sunny'],
    ['assistant', 'Sun.'],
    ['user', 'Thanks'],
  ),
  'a tool result last': turns(['user', 'Weather?'], ['assistant', CALL], ['tool', '{"sky": "clear",\n"t": 21}\n']),
  'two tool calls': turns(
    ['user', 'Weather?'],
    ['assistant', [...CALL, ...CALL]],
    ['tool', '{"temperature": 21,\n"sky": "clear"}'],
    ['tool', '/second\n'],
    ['assistant', 'Sunny.'],
  ),
  'a text and a tool call': turns(
    ['user', 'Go'],
    ['assistant', [piece('Both.'), ...CALL]],
    ['tool', 'x'],
    ['user', 'And?'],
  ),
  'thinking in the last reply': turns(['user', 'Why?'], ['assistant', [THOUGHT, piece('Because.')]]),
  'thinking in earlier replies': turns(
    ['user', 'Why?'],
    ['assistant', [THOUGHT, piece('Because.')]],
    ['user', 'Why so?'],
    ['assistant', [piece('Hm', 'thinking'), piece('So.')]],
    ['user', 'Thanks'],
  ),
  'thinking before a tool call': turns(['user', 'Weather?'], ['assistant', [THOUGHT, ...CALL]], ['tool', 'sunny']),
};
