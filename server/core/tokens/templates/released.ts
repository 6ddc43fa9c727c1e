/** The chat templates that ship with the package, as their models' publishers released them; see docs/tokens.md. */
import chatTemplates from '../../data/chatTemplates.json';
import { templateFromJinja, type JinjaOptions } from './jinja/templateFromJinja.js';
import type { ChatTemplate } from './types.js';

type TemplateId = keyof typeof chatTemplates;

const ANGLE = [/<\|[a-z_]+\|>/];
const WIDE = [/<｜[^｜]+｜>/];
/** Tokens of their own for the models that think. */
const THINK = ['<think>', '</think>'];
const WIDE_THINK = [...WIDE, ...THINK];
const GEMMA = ['<bos>', '<start_of_turn>', '<end_of_turn>'];
const MISTRAL = [
  '<s>',
  '</s>',
  ...['INST', 'AVAILABLE_TOOLS', 'TOOL_RESULTS', 'SYSTEM_PROMPT', 'THINK'].flatMap((name) => [
    `[${name}]`,
    `[/${name}]`,
  ]),
  '[TOOL_CALLS]',
  '[TOOL_CONTENT]',
  '[CALL_ID]',
  '[ARGS]',
];
const LLAMA = { specialTokens: ANGLE, bosToken: '<|begin_of_text|>', eosToken: '<|eot_id|>' };
const DEEPSEEK = { bosToken: '<｜begin▁of▁sentence｜>', eosToken: '<｜end▁of▁sentence｜>' };
const MISTRAL_TOKENS = { specialTokens: MISTRAL, bosToken: '<s>', eosToken: '</s>' };

/** A template that is compiled when it is first used. */
function released(
  id: TemplateId,
  title: string,
  options: Omit<JinjaOptions, 'id' | 'title'>,
  adapt: (jinja: string) => string = (jinja) => jinja,
): ChatTemplate {
  const { exact = true } = options;
  const notes = [exact ? 'the released template' : 'near the released template', ...(options.notes ?? [])];
  let compiled: ChatTemplate | undefined;
  return {
    id,
    title,
    exact,
    notes,
    layout: (input) =>
      (compiled ??= templateFromJinja(adapt(chatTemplates[id].jinja), { ...options, id, title, notes })).layout(input),
  };
}

const DATE = 'any date is as many tokens as the one assumed';

export const llama30 = released('llama-3', 'Llama 3 Instruct', LLAMA);
export const llama31 = released('llama-3.1', 'Llama 3.1 Instruct', { ...LLAMA, notes: [DATE] });
export const llama32 = released('llama-3.2', 'Llama 3.2 Instruct', { ...LLAMA, notes: [DATE] });
export const llama4 = released('llama-4', 'Llama 4', {
  specialTokens: ANGLE,
  bosToken: '<|begin_of_text|>',
  eosToken: '<|eot|>',
  exact: false,
  notes: ["of the format in Meta's prompt_format.md"],
});
export const qwen25 = released('qwen-2.5', 'Qwen 2.5 Instruct', { specialTokens: ANGLE });
export const qwen3 = released('qwen-3', 'Qwen 3', { specialTokens: ANGLE });
export const qwen3Coder = released('qwen-3-coder', 'Qwen 3 Coder', { specialTokens: ANGLE });
export const qwq = released('qwq', 'QwQ', {
  specialTokens: [...ANGLE, ...THINK],
  // It always thinks; the file can be told otherwise.
  variables: { enable_thinking: true },
});
export const deepseekV3 = released('deepseek-v3', 'DeepSeek V3', { ...DEEPSEEK, specialTokens: WIDE });
export const deepseekV31 = released(
  'deepseek-v3.1',
  'DeepSeek V3.1',
  {
    ...DEEPSEEK,
    specialTokens: WIDE_THINK,
    exact: false,
    notes: ["as llama.cpp has it, less an opening tag that DeepSeek's model card does not show; thinking off"],
  },
  (jinja) => jinja.replaceAll('<think></think>', '</think>'),
);
export const deepseekR1 = released('deepseek-r1', 'DeepSeek R1', { ...DEEPSEEK, specialTokens: WIDE_THINK });
const SENTENCE_PIECE = { ...MISTRAL_TOKENS, notes: ['a blank before each text, as Mistral writes it'] };
export const mistralV1 = released('mistral-v1', 'Mistral Instruct v1', {
  ...SENTENCE_PIECE,
  // Its brackets are plain text.
  specialTokens: ['<s>', '</s>'],
});
export const mistralV3 = released('mistral-v3', 'Mistral Instruct v3', SENTENCE_PIECE);
export const mistralV7 = released('mistral-v7', 'Mistral Instruct v7', SENTENCE_PIECE);
export const mistralNemo = released('mistral-nemo', 'Mistral Nemo Instruct', MISTRAL_TOKENS);
export const mistralSmall = released('mistral-small-3.2', 'Mistral Small 3.2', { ...MISTRAL_TOKENS, notes: [DATE] });
export const ministral3 = released('ministral-3-reasoning', 'Ministral 3 Reasoning', MISTRAL_TOKENS);
export const devstral = released('devstral-small', 'Devstral Small', {
  ...MISTRAL_TOKENS,
  exact: false,
  notes: ['as unsloth releases it; Mistral releases none'],
});
export const harmony = released('gpt-oss', 'gpt-oss Harmony', {
  specialTokens: ANGLE,
  notes: ['reasoning effort medium', DATE],
});
export const gemma2 = released('gemma-2', 'Gemma 2 Instruct', { specialTokens: GEMMA, bosToken: '<bos>' });
export const gemma3 = released('gemma-3', 'Gemma 3 Instruct', { specialTokens: GEMMA, bosToken: '<bos>' });
export const gemma4 = released('gemma-4', 'Gemma 4 Instruct', {
  specialTokens: [
    '<bos>',
    /<\|(?:turn|tool|tool_call|tool_response|channel|think|"|image|audio|video)\|?>/,
    /<(?:turn|tool|tool_call|tool_response|channel)\|>/,
  ],
  bosToken: '<bos>',
  notes: ['thinking off'],
});
export const phi35 = released('phi-3.5', 'Phi 3.5', { specialTokens: ANGLE, eosToken: '<|endoftext|>' });
export const phi4 = released('phi-4', 'Phi-4', { specialTokens: ANGLE, notes: ['white space around texts trimmed'] });
export const phi4Mini = released('phi-4-mini', 'Phi-4-mini', {
  specialTokens: ANGLE,
  notes: ['white space before texts trimmed'],
});
