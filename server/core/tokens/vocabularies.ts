/** Which vocabulary a model's text is counted with: its own where one ships, the nearest as a stand-in for the rest. */
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

/** A vocabulary that is another one's file with more added tokens, which stay tokens in a text. */
interface Extended {
  readonly of: (typeof VOCABULARIES)[number];
  readonly added: readonly { readonly id: number; readonly text: string }[];
}

const thinkTags = (of: Extended['of'], first: number): Extended => ({
  of,
  added: [
    { id: first, text: '<think>' },
    { id: first + 1, text: '</think>' },
  ],
});

/** They need no file of their own: DeepSeek's models that think have two tags as tokens beside the vocabulary they began with. */
export const EXTENDED: Readonly<Record<VocabularyId, Extended>> = {
  'deepseek-r1': thinkTags('deepseek-v3', 128798),
  'deepseek-r1-distill-llama': thinkTags('llama-3', 128013),
  'deepseek-r1-distill-qwen': thinkTags('qwen-2.5', 151648),
};

/** How far off a stand-in's counts are. */
type StandInError = Pick<TokenizerChoice, 'errorPercent' | 'errorSource' | 'notes'>;

interface Row extends TokenizerChoice {
  /** Tested on the model id in lower case. The first match counts. */
  readonly pattern: RegExp;
}

const own = (pattern: RegExp, vocabulary: VocabularyId, title: string): Row => ({
  pattern,
  vocabulary,
  title: `${title} (exact)`,
  exact: true,
});

const standIn = (pattern: RegExp, vocabulary: VocabularyId, of: string, error: StandInError = {}): Row => ({
  pattern,
  vocabulary,
  title: `${vocabulary} as a stand-in for ${of}`,
  exact: false,
  ...error,
});

const within = (low: number, high: number, errorSource: string): StandInError => ({
  errorPercent: [low, high],
  errorSource,
});

/** Nine of ten texts of 2 kB of each kind: English prose, code, JSON, European languages, Russian, CJK (docs/tokens.md). */
const measuredOn = (tokenizer: string): string =>
  `measured beside ${tokenizer}, prose in fourteen languages, code and JSON`;

/** The same pieces and merges, compared one by one; only what a text has of these added tokens can differ. */
const sameBut = (added: string): StandInError => within(0, 0, `the same vocabulary, except for ${added} in a text`);

const ROWS: readonly Row[] = [
  own(/deepseek.*distill.*llama/, 'deepseek-r1-distill-llama', 'DeepSeek R1 on Llama 3'),
  own(/deepseek.*distill.*qwen/, 'deepseek-r1-distill-qwen', 'DeepSeek R1 on Qwen 2.5'),
  standIn(/deepseek.*qwen-?3/, 'qwen-3', 'this distillation to Qwen 3'),
  standIn(/deepseek-?(coder|llm|math|moe|v2|vl)/, 'deepseek-v3', 'DeepSeek before V3'),
  own(/deepseek-?v3(?![.\d])/, 'deepseek-v3', 'DeepSeek V3'),
  own(/deepseek-?r1(?!.*(lite|preview))|deepseek-?v3\.1/, 'deepseek-r1', 'DeepSeek R1 and V3.1'),
  standIn(/deepseek/, 'deepseek-r1', 'this DeepSeek, whose file is not compared'),

  own(/llama-?3(?!\d)/, 'llama-3', 'Llama 3'),
  standIn(/llama-?4/, 'o200k_base', 'Llama 4', {
    ...within(-1, 31, measuredOn("Llama 4's own")),
    notes: ["exact with Llama 4's tokenizer.model or tokenizer.json in the setting joulelens.tokenizers"],
  }),
  standIn(/smollm-?3/, 'llama-3', 'SmolLM3'),
  standIn(/code-?llama/, 'llama-2', 'Code Llama, which has tokens for infilling besides'),
  own(/(?<!o)llama-?2(?![\d.])/, 'llama-2', 'Llama 2'),
  standIn(/(?<!o)llama|vicuna|alpaca/, 'llama-2', 'this Llama'),
  standIn(/(^|\/)yi-/, 'llama-2', 'Yi', within(-29, 76, measuredOn("Yi's own"))),

  own(/qwen-?3(?![.\d])/, 'qwen-3', 'Qwen 3'),
  own(/qwen-?2\.5|qwq|qvq/, 'qwen-2.5', 'Qwen 2.5'),
  standIn(/qwen-?(2|1\.5)(?![.\d])/, 'qwen-2.5', 'Qwen 2', sameBut('added tokens such as <tool_call>')),
  standIn(/qwen-?3\./, 'qwen-3', 'this Qwen'),
  standIn(/qwen/, 'qwen-2.5', 'this Qwen'),

  own(/gpt-oss/, 'o200k_base', 'o200k_harmony, whose ranks are those of o200k_base'),
  own(/(^|[/:])(chatgpt-4o|gpt-4o|gpt-4\.[15]|gpt-[5-9]|o[1-9]\b)/, 'o200k_base', 'o200k_base'),
  own(/(^|[/:])(gpt-4|gpt-3\.5|gpt-35|davinci-002|babbage-002|text-embedding-)/, 'cl100k_base', 'cl100k_base'),
  own(/(text|code)-davinci-edit-/, 'p50k_base', 'p50k_edit, whose ranks are those of p50k_base'),
  own(/text-davinci-00[23]|code-(davinci|cushman)-|(davinci|cushman)-codex/, 'p50k_base', 'p50k_base'),
  own(/(^|[/:])gpt-?2(?!\d)/, 'r50k_base', 'GPT-2, which is r50k_base'),
  own(/(^|[/:])(text-|code-search-)?[a-z-]*\b(davinci|curie|babbage|ada)\b/, 'r50k_base', 'r50k_base'),
  standIn(/gpt-?(neo|j)/, 'r50k_base', 'GPT-Neo and GPT-J'),

  standIn(
    /claude-[a-z]+-(4[.-][7-9]|[5-9])(?!\d)/,
    'cl100k_base',
    'Claude, whose tokenizer is not public',
    within(
      -48,
      7,
      `${measuredOn('the one published for Claude 2')}; since Claude Opus 4.7 texts are said to be up to 35 % more tokens`,
    ),
  ),
  standIn(
    /claude/,
    'cl100k_base',
    'Claude, whose tokenizer is not public',
    within(-30, 7, `${measuredOn('the one published for Claude 2')}; later ones are said to count up to 10 % more`),
  ),
  standIn(/gemini-?(1|pro|nano)/, 'gemma-2', 'Gemini 1, whose tokenizer is not public'),
  standIn(/gemini/, 'gemma-3', 'Gemini, whose tokenizer is not public'),
  own(/(^|\/)gemma-?3(?!n)/, 'gemma-3', 'Gemma 3'),
  own(/(^|\/)gemma-?2(?![b.])/, 'gemma-2', 'Gemma 2'),
  standIn(/codegemma|recurrentgemma|paligemma|shieldgemma|(^|\/)gemma-?(1|2b|7b|:|$)/, 'gemma-2', 'Gemma 1', {
    ...within(-3, 0, measuredOn("a Gemma 1 tokenizer.json that lacks Gemma 2's tokens for tags and line feeds")),
  }),
  standIn(/(^|\/)gemma-?4/, 'gemma-3', 'Gemma 4', sameBut('HTML tags and control tokens')),
  standIn(/gemma/, 'gemma-3', 'this Gemma'),

  own(/mistral-nemo|ministral-8b-(instruct-)?2410|pixtral-12b/, 'tekken', 'Mistral Tekken'),
  own(/mistral-small-?(3|24b|(instruct-)?250[1-9])|devstral|magistral-small|ministral-?3-/, 'tekken', 'Mistral Tekken'),
  own(/mistral-7b-(instruct-)?v0\.[12]|mixtral-8x7b|mistral-medium-2312/, 'mistral-v1', 'Mistral v1'),
  own(
    /mistral-7b-(instruct-)?v0\.3|mixtral-8x22b-(instruct|2404)|codestral-(22b|2405|mamba)|mamba-codestral|mistral-large-(instruct-)?2407/,
    'mistral-v3',
    'Mistral v3',
  ),
  standIn(/mistral-large-(instruct-)?2411|pixtral-large/, 'mistral-v3', 'Mistral v7', sameBut('[REF] and [/REF]')),
  standIn(/mistral-(small|large)-2402/, 'mistral-v1', 'Mistral v2', sameBut('control tokens')),
  standIn(/zephyr|openchat|openhermes-2/, 'mistral-v1', 'this model made of Mistral 7B'),
  standIn(/mistral-7b|mixtral|mathstral|mistral-small-(instruct-)?2409/, 'mistral-v3', 'this Mistral'),
  standIn(/mistral|ministral|codestral|devstral|magistral|pixtral|voxtral/, 'tekken', 'this Mistral'),

  own(/phi-?3-(mini|medium)/, 'llama-2', 'Phi-3, whose pieces are those of Llama 2'),
  standIn(/phi-?3-small/, 'cl100k_base', 'Phi-3-small'),
  standIn(/phi-?3/, 'llama-2', 'this Phi-3'),
  standIn(/phi-?4-?mini.*(reasoning|flash)/, 'o200k_base', 'this Phi-4-mini'),
  standIn(/phi-?4.*(reasoning|vision)/, 'cl100k_base', 'this Phi-4'),
  own(/phi-?4-?(mini|multimodal)/, 'o200k_base', 'Phi-4-mini, which is o200k_base'),
  own(/phi-?4/, 'cl100k_base', 'Phi-4, which is cl100k_base'),
  own(/(^|\/)dbrx/, 'cl100k_base', 'DBRX, which is cl100k_base'),
  standIn(/phi-?[12]/, 'p50k_base', 'Phi-2'),
  standIn(/olmo-?[23]/, 'cl100k_base', 'OLMo'),
  standIn(/granite-?4/, 'cl100k_base', 'Granite 4, published as an extended cl100k'),
  standIn(/command-(r|a)|(^|\/)aya/, 'gemma-2', "Cohere's models", within(-11, 13, measuredOn("Command R+'s own"))),
];

const UNKNOWN = standIn(/^/, 'o200k_base', 'an unknown tokenizer');

/**
 * The tokenizer that a model's counts rest on.
 *
 * @param modelId a Hugging Face id, an API's model id or a short name, in any case
 */
export function tokenizerOfModel(modelId: string): TokenizerChoice {
  const id = modelId.trim().toLowerCase();
  const { pattern: _, ...choice } = ROWS.find(({ pattern }) => pattern.test(id)) ?? UNKNOWN;
  return choice;
}

const signed = (percent: number): string => `${percent < 0 ? '\u2212' : percent > 0 ? '+' : ''}${Math.abs(percent)} %`;

/** What to say of a stand-in's counts, where it was measured. */
export function tokenizerNotes({ vocabulary, errorPercent, errorSource, notes = [] }: TokenizerChoice): string[] {
  if (!errorPercent) return [...notes];
  const [low, high] = errorPercent;
  const range = low === high ? signed(low) : `${signed(low)} to ${signed(high)}`;
  return [`${vocabulary} counts ${range} beside the model's own tokenizer (${errorSource})`, ...notes];
}
