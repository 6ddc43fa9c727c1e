/** Which tokenizer and chat template a model's counts rest on: families by pattern, the nearest stand-in for the rest. */
import { mediaRuleOf, type MediaRule } from './media/mediaRules.js';
import { generic } from './templates/generic.js';
import { mistralV1, mistralV3 } from './templates/mistral.js';
import { openaiChat } from './templates/openai.js';
import {
  deepseekR1,
  deepseekV3,
  deepseekV31,
  devstral,
  gemma2,
  gemma3,
  harmony,
  llama30,
  llama31,
  llama32,
  ministral3,
  mistralNemo,
  mistralSmall,
  qwen25,
  qwen3,
  qwen3Coder,
  qwq,
} from './templates/released.js';
import type { ChatTemplate } from './templates/types.js';
import type { TokenizerChoice, VocabularyId } from './types.js';

/** The vocabularies that ship with the package. */
export const VOCABULARIES = [
  'llama-3',
  'o200k_base',
  'cl100k_base',
  'p50k_base',
  'r50k_base',
  'qwen-3',
  'qwen-2.5',
  'deepseek-v3',
  'gemma-3',
  'gemma-2',
  'tekken',
  'mistral-v1',
  'mistral-v3',
  'llama-2',
] as const;

/** How a model's conversation becomes tokens. */
export interface ModelTokens {
  readonly tokenizer: TokenizerChoice;
  readonly template: ChatTemplate;
  /** How images and recordings are counted; absent where no rule is published. */
  readonly media?: MediaRule;
}

interface Family {
  /** Tested on the model id in lower case. The first match counts. */
  readonly pattern: RegExp;
  readonly vocabulary: VocabularyId;
  readonly template: ChatTemplate;
  readonly title: string;
  readonly exact: boolean;
}

const family = (
  pattern: RegExp,
  vocabulary: VocabularyId,
  template: ChatTemplate,
  title: string,
  exact = true,
): Family => ({ pattern, vocabulary, template, title, exact });

const standIn = (pattern: RegExp, vocabulary: VocabularyId, of: string): Family =>
  family(pattern, vocabulary, generic, `${vocabulary} as a stand-in for ${of}`, false);

/** A template that is near the model's own. */
const near = (template: ChatTemplate): ChatTemplate => ({
  ...template,
  exact: false,
  notes: [...template.notes, `the template of ${template.title}, which is near this model's`],
});

const FAMILIES: readonly Family[] = [
  family(/deepseek.*distill.*llama/, 'llama-3', deepseekR1, 'Llama 3'),
  family(/deepseek.*distill.*qwen/, 'qwen-2.5', deepseekR1, 'Qwen 2.5'),
  standIn(/deepseek-?(coder|llm|math|v2|vl)/, 'deepseek-v3', 'DeepSeek before V3'),
  family(/deepseek.*r1/, 'deepseek-v3', deepseekR1, 'DeepSeek V3 as a stand-in', false),
  family(/deepseek.*v3\.1/, 'deepseek-v3', deepseekV31, 'DeepSeek V3 as a stand-in', false),
  family(/deepseek.*(v3\.[2-9]|v[4-9])/, 'deepseek-v3', near(deepseekV31), 'DeepSeek V3 as a stand-in', false),
  family(/deepseek/, 'deepseek-v3', deepseekV3, 'DeepSeek V3'),
  family(/llama-?3.*nemotron/, 'llama-3', near(llama31), 'Llama 3'),
  family(/llama-?3[.-]2(?![\db])/, 'llama-3', llama32, 'Llama 3'),
  family(/llama-?3[.-][13](?![\db])/, 'llama-3', llama31, 'Llama 3'),
  family(/llama-?3(?![.\d])/, 'llama-3', llama30, 'Llama 3'),
  standIn(/llama-?4/, 'o200k_base', 'Llama 4'),
  standIn(/smollm3/, 'llama-3', 'SmolLM3'),
  standIn(/llama|vicuna|alpaca|(^|\/)yi-/, 'llama-3', 'this Llama'),
  family(/qwen-?3-?coder/, 'qwen-3', qwen3Coder, 'Qwen 3'),
  family(/qwen-?3-?(next|vl|omni)|qwen-?3.*(thinking|2507)/, 'qwen-3', near(qwen3), 'Qwen 3'),
  family(/qwen-?3(?![.\d])/, 'qwen-3', qwen3, 'Qwen 3'),
  family(/qwq/, 'qwen-2.5', qwq, 'Qwen 2.5'),
  family(/qwen-?2\.5-?(vl|omni|math)|qvq/, 'qwen-2.5', near(qwen25), 'Qwen 2.5'),
  family(/qwen-?2\.5/, 'qwen-2.5', qwen25, 'Qwen 2.5'),
  family(/qwen/, 'qwen-2.5', near(qwen25), 'Qwen 2.5 as a stand-in', false),
  family(/gpt-oss/, 'o200k_base', harmony, 'o200k_harmony'),
  family(/(^|\/)(chatgpt-4o|gpt-4o|gpt-4\.[15]|gpt-[5-9]|o[1-9]\b)/, 'o200k_base', openaiChat, 'o200k_base'),
  family(/(^|\/)(gpt-4|gpt-3\.5|gpt-35)/, 'cl100k_base', openaiChat, 'cl100k_base'),
  standIn(/claude/, 'o200k_base', 'Claude, whose tokenizer is not public'),
  standIn(/gemini/, 'gemma-3', 'Gemini, whose tokenizer is not public'),
  family(/gemma-?3(?!n)/, 'gemma-3', gemma3, 'Gemma 3'),
  family(/gemma-?2/, 'gemma-3', gemma2, 'Gemma 3 as a stand-in', false),
  family(/gemma/, 'gemma-3', near(gemma3), 'Gemma 3 as a stand-in', false),
  family(/mistral-nemo/, 'tekken', mistralNemo, 'Mistral Tekken'),
  family(
    /mistral-7b-(instruct-)?v0\.3|mixtral-8x22b-(instruct-)?v0\.3/,
    'mistral-v3',
    mistralV3,
    'mistral-v3 as a stand-in until it is held against SentencePiece',
    false,
  ),
  family(
    /mistral-7b-(instruct-)?v0\.[12]|mixtral-8x7b/,
    'mistral-v1',
    mistralV1,
    'mistral-v1 as a stand-in until it is held against SentencePiece',
    false,
  ),
  standIn(/mistral-7b|mixtral|codestral-22b|mathstral/, 'mistral-v3', 'this Mistral'),
  family(/mistral-small.*(3\.2|2506)/, 'tekken', mistralSmall, 'tekken as a stand-in for this Mistral', false),
  family(/ministral-?3.*reasoning/, 'tekken', ministral3, 'tekken as a stand-in for this Mistral', false),
  family(/devstral-small/, 'tekken', devstral, 'tekken as a stand-in for this Mistral', false),
  standIn(/mistral|ministral|codestral|devstral|magistral|pixtral/, 'tekken', 'this Mistral'),
  standIn(/phi-?4-mini/, 'o200k_base', 'Phi-4-mini'),
  standIn(/phi-?4|phi-?3-small|olmo-?2/, 'cl100k_base', 'this model'),
];

const UNKNOWN = standIn(/^/, 'o200k_base', 'an unknown tokenizer');

/**
 * The tokenizer and template of a model.
 *
 * @param modelId a Hugging Face id, an API's model id or a short name, in any case
 */
export function tokensOfModel(modelId: string): ModelTokens {
  const id = modelId.trim().toLowerCase();
  const { vocabulary, template, title, exact } = FAMILIES.find(({ pattern }) => pattern.test(id)) ?? UNKNOWN;
  const media = mediaRuleOf(id);
  return {
    tokenizer: { vocabulary, title: exact ? `${title} (exact)` : title, exact },
    template,
    ...(media ? { media } : {}),
  };
}
