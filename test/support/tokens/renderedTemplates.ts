/** Conversations counted by our templates beside the released templates rendered in full. */
import fs from 'node:fs';
import path from 'node:path';
import { Template } from '@huggingface/jinja';
import { tokensOfModel } from '../../../server/core/tokens/catalog.js';
import { countConversationTokens, createTokenCache } from '../../../server/core/tokens/countConversation.js';
import type { Turn } from '../../../server/core/transcript/model.js';
import { inlineCounter, vocabulary } from './engines.js';
import { piece, turns } from './turns.js';

const TEMPLATES = path.resolve(__dirname, '../../../../test/fixtures/chat-templates');

const ANGLE = /<\|[a-z_]+\|>/g;
const WIDE = /<｜[^｜]+｜>/g;

/** Models, their released templates, and what is a special token in rendered text. */
export const MODELS = {
  llama3: { id: 'meta-llama/Meta-Llama-3-8B-Instruct', template: 'llama-3', bos: '<|begin_of_text|>', special: ANGLE },
  llama31: { id: 'meta-llama/Llama-3.1-8B-Instruct', template: 'llama-3.2', bos: '<|begin_of_text|>', special: ANGLE },
  qwen25: { id: 'Qwen/Qwen2.5-7B-Instruct', template: 'qwen-2.5', bos: '', special: ANGLE },
  qwen3: { id: 'Qwen/Qwen3-8B', template: 'qwen-3', bos: '', special: ANGLE },
  deepseek: { id: 'deepseek-ai/DeepSeek-V3', template: 'deepseek-v3', bos: '<｜begin▁of▁sentence｜>', special: WIDE },
} as const;

export type Model = (typeof MODELS)[keyof typeof MODELS];

/** The calls of a turn whose pieces are name, arguments, name, arguments. */
function toolCalls(turn: Turn): { function: { name: string; arguments: unknown } }[] {
  const texts = turn.pieces.filter(({ kind }) => kind === 'toolCall').map(({ text }) => text);
  return texts.flatMap((name, index) =>
    index % 2 === 0 ? [{ function: { name, arguments: JSON.parse(texts[index + 1]!) as unknown } }] : [],
  );
}

/** The conversation rendered in full by the released template. */
export function rendered(model: Model, conversation: readonly Turn[], tools?: unknown): string {
  const template = new Template(fs.readFileSync(path.join(TEMPLATES, `${model.template}.jinja`), 'utf8'));
  return template.render({
    messages: conversation.map((turn) => ({
      role: turn.role,
      content: turn.pieces
        .filter(({ kind }) => kind === 'text')
        .map(({ text }) => text)
        .join(''),
      ...(toolCalls(turn).length > 0 ? { tool_calls: toolCalls(turn) } : {}),
      ...(turn.pieces.some(({ kind }) => kind === 'thinking')
        ? { reasoning_content: turn.pieces.find(({ kind }) => kind === 'thinking')!.text }
        : {}),
    })),
    bos_token: model.bos,
    add_generation_prompt: conversation.at(-1)?.role !== 'assistant',
    ...(tools ? { tools } : {}),
  });
}

/** Tokens of the conversation rendered in full, special tokens one each. */
export function reference(model: Model, conversation: readonly Turn[], tools?: unknown): number {
  const text = rendered(model, conversation, tools);
  const engine = vocabulary(tokensOfModel(model.id).tokenizer.vocabulary);
  const specials = text.match(model.special)?.length ?? 0;
  return text.split(model.special).reduce((sum, each) => sum + engine.count(each), specials);
}

/** Our counts, and the sum of them all. */
export async function counted(model: Model, conversation: readonly Turn[], tools?: unknown) {
  const input = { turns: conversation, ...(tools ? { tools: piece(JSON.stringify(tools)) } : {}) };
  const result = await countConversationTokens(input, tokensOfModel(model.id), inlineCounter, createTokenCache());
  const sum = result.turns.reduce((all, { text, lead, end, trail }) => all + text + lead + end + trail, 0);
  return { ...result, sum: sum + result.pendingLead };
}

export const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'Wetter für einen Ort',
      parameters: { type: 'object', properties: {} },
    },
  },
];

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
    ['assistant', [piece('get_weather', 'toolCall'), piece('{"city":"Köln","days":[1,2]}', 'toolCall')]],
    ['tool', 'sunny'],
    ['user', 'Thanks'],
  ),
  'tool results': turns(
    ['user', 'Weather?'],
    ['assistant', 'Let me look.'],
    ['tool', '{"temperature": 21,\n"sky": "clear"}'],
    ['tool', '/second\n'],
    ['assistant', 'Sunny.'],
    ['user', 'Thanks'],
  ),
};
