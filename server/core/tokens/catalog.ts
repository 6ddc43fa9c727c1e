/** Which tokenizer (`vocabularies.ts`) and chat template a model's counts rest on: families by pattern. */
import { mediaRuleOf, type MediaRule } from './media/mediaRules.js';
import { generic } from './templates/generic.js';
import { openaiChat } from './templates/openai.js';
import {
  deepseekR1,
  deepseekV3,
  deepseekV31,
  devstral,
  gemma2,
  gemma3,
  gemma4,
  harmony,
  llama30,
  llama31,
  llama32,
  llama4,
  ministral3,
  mistralNemo,
  mistralSmall,
  mistralV1,
  mistralV3,
  mistralV7,
  phi4,
  phi4Mini,
  qwen25,
  qwen3,
  qwen3Coder,
  qwq,
} from './templates/released.js';
import type { ChatTemplate } from './templates/types.js';
import type { TokenizerChoice } from './types.js';
import { tokenizerOfModel } from './vocabularies.js';

export { VOCABULARIES } from './vocabularies.js';

/** How a model's conversation becomes tokens. */
export interface ModelTokens {
  readonly tokenizer: TokenizerChoice;
  readonly template: ChatTemplate;
  /** How images and recordings are counted; absent where no rule is published. */
  readonly media?: MediaRule;
}

/** Pattern, tested on the model id in lower case, and template. The first match counts. */
type Family = readonly [pattern: RegExp, template: ChatTemplate];

/** A template that is near the model's own. */
const near = (template: ChatTemplate): ChatTemplate => ({
  ...template,
  exact: false,
  notes: [...template.notes, `the template of ${template.title}, which is near this model's`],
});

/** Models that none of these matches have the generic template, whatever their tokenizer. */
const FAMILIES: readonly Family[] = [
  [/deepseek.*distill.*llama/, deepseekR1],
  [/deepseek.*distill.*qwen/, deepseekR1],
  [/deepseek-?(coder|llm|math|v2|vl)/, generic],
  [/deepseek.*r1/, deepseekR1],
  [/deepseek.*v3\.1/, deepseekV31],
  [/deepseek.*(v3\.[2-9]|v[4-9])/, near(deepseekV31)],
  [/deepseek/, deepseekV3],
  [/llama-?3.*nemotron/, near(llama31)],
  [/llama-?3[.-]2(?![\db])/, llama32],
  [/llama-?3[.-][13](?![\db])/, llama31],
  [/llama-?3(?![.\d])/, llama30],
  [/llama-?4/, llama4],
  [/(?<!o)llama|vicuna|alpaca|(^|\/)yi-/, generic],
  [/qwen-?3-?coder/, qwen3Coder],
  [/qwen-?3-?(next|vl|omni)|qwen-?3.*(thinking|2507)/, near(qwen3)],
  [/qwen-?3(?![.\d])/, qwen3],
  [/qwq/, qwq],
  [/qwen-?2\.5-?(vl|omni|math)|qvq/, near(qwen25)],
  [/qwen-?2\.5/, qwen25],
  [/qwen/, near(qwen25)],
  [/gpt-oss/, harmony],
  [/(^|\/)(chatgpt-4o|gpt-4o|gpt-4\.[15]|gpt-[5-9]|o[1-9]\b)/, openaiChat],
  [/(^|\/)(gpt-4|gpt-3\.5|gpt-35)/, openaiChat],
  [/gemma-?3(?!n)/, gemma3],
  [/gemma-?2/, gemma2],
  [/gemma-?4/, gemma4],
  [/gemma/, near(gemma3)],
  [/mistral-nemo/, mistralNemo],
  [
    /mistral-7b-(instruct-)?v0\.3|mixtral-8x22b-instruct|codestral-22b|mistral-large-(instruct-)?2407|mathstral|mistral-small-(instruct-)?2409/,
    mistralV3,
  ],
  [/mistral-7b-(instruct-)?v0\.[12]|mixtral-8x7b/, mistralV1],
  [/mistral-large-(instruct-)?2411|pixtral-large/, mistralV7],
  [/mistral-7b|mixtral/, generic],
  [/mistral-small.*(3\.2|2506)/, mistralSmall],
  [/ministral-?3.*reasoning/, ministral3],
  [/devstral-small(?!-2-|.*(2505|2512))/, devstral],
  [/ministral-8b|pixtral-12b/, near(mistralNemo)],
  [/ministral-?3/, near(ministral3)],
  [/mistral-small-?(3|24b|(instruct-)?25)|magistral|devstral/, near(mistralSmall)],
  [/phi-?4.*(reasoning|flash|vision)/, generic],
  [/phi-?4-?(mini|multimodal)/, phi4Mini],
  [/phi-?4/, phi4],
];

/**
 * The tokenizer and template of a model.
 *
 * @param modelId a Hugging Face id, an API's model id or a short name, in any case
 */
export function tokensOfModel(modelId: string): ModelTokens {
  let known = tokensById.get(modelId);
  if (!known) {
    if (tokensById.size >= MOST_IDS) tokensById.clear();
    tokensById.set(modelId, (known = findTokens(modelId)));
  }
  return known;
}

/** A file of many conversations names the same few models in each. */
const tokensById = new Map<string, ModelTokens>();
const MOST_IDS = 256;

function findTokens(modelId: string): ModelTokens {
  const id = modelId.trim().toLowerCase();
  const [, template] = FAMILIES.find(([pattern]) => pattern.test(id)) ?? [null, generic];
  const media = mediaRuleOf(id);
  return { tokenizer: tokenizerOfModel(id), template, ...(media ? { media } : {}) };
}
