/** What a config leaves to its model class: facts per `model_type` that are in no field. */
import type { ConfigFields } from './schema.js';

/** Facts of one family of models. Absent facts follow Llama. */
export interface Family {
  /** Matrices of the feed-forward block: 3 if gated (SwiGLU and kin), 2 if not. */
  readonly mlpMatrices: 2 | 3;
  /** Whether input embedding and output head are one matrix when the config does not say. */
  readonly tied: boolean;
  /** How layers alternate between a sliding window and full attention when `layer_types` is absent. */
  readonly windows: 'all' | 'none' | 'flagged' | 'pattern' | 'even' | 'chunked';
  /** Default `sliding_window_pattern`. */
  readonly pattern?: number;
  /** `intermediate_size` may be absent: 4 x hidden_size. */
  readonly wideMlp?: boolean;
  /** Recurrent mixer of the layers called mamba or linear. */
  readonly recurrence?: 'mamba1' | 'mamba2' | 'delta';
  /** Every layer has attention and the recurrent mixer side by side. */
  readonly parallelMixers?: boolean;
  /** No attention at all. */
  readonly attentionFree?: boolean;
  /** One shared expert of the experts' own size beside the routed ones. */
  readonly sharedExpertAlways?: boolean;
  /** A dense block in every layer, with or without experts beside it. */
  readonly denseBesideExperts?: boolean;
  /** Query projection carries an output gate of the same size. */
  readonly gatedAttention?: boolean;
  /** Values of the model class that multimodal configs leave out. */
  readonly defaults?: Partial<ConfigFields>;
  /** The defaults hold for a plain config of this family as well. */
  readonly defaultsAtTop?: boolean;
}

const LLAMA: Family = { mlpMatrices: 3, tied: false, windows: 'none' };
const GEMMA: Family = { mlpMatrices: 3, tied: true, windows: 'none' };
const UNGATED: Family = { mlpMatrices: 2, tied: false, windows: 'none', wideMlp: true };
const FLAGGED: Family = { mlpMatrices: 3, tied: false, windows: 'flagged' };
const DELTA: Family = { mlpMatrices: 3, tied: false, windows: 'none', recurrence: 'delta', gatedAttention: true };

const GEMMA3_DEFAULTS: Partial<ConfigFields> = {
  vocab_size: 262208,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 256,
  sliding_window: 4096,
};
const LLAMA_DEFAULTS: Partial<ConfigFields> = {
  hidden_size: 4096,
  intermediate_size: 11008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  vocab_size: 32000,
};
const MISTRAL_DEFAULTS: Partial<ConfigFields> = { ...LLAMA_DEFAULTS, intermediate_size: 14336, num_key_value_heads: 8 };

/** Families by `model_type`. Source: the model classes of Hugging Face transformers, as published with each family. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  llama: { ...LLAMA, defaults: LLAMA_DEFAULTS },
  mistral: { mlpMatrices: 3, tied: false, windows: 'all', defaults: MISTRAL_DEFAULTS },
  ministral: { mlpMatrices: 3, tied: false, windows: 'all' },
  mixtral: { mlpMatrices: 3, tied: false, windows: 'all' },
  qwen2: FLAGGED,
  qwen2_vl: FLAGGED,
  qwen2_5_vl: FLAGGED,
  qwen2_moe: FLAGGED,
  qwen3: FLAGGED,
  qwen3_moe: FLAGGED,
  qwen3_next: DELTA,
  qwen3_5: DELTA,
  qwen3_5_text: DELTA,
  qwen3_5_moe: DELTA,
  qwen3_5_moe_text: DELTA,
  gemma: GEMMA,
  gemma2: { ...GEMMA, windows: 'even' },
  gemma3: { ...GEMMA, windows: 'pattern', pattern: 6, defaults: GEMMA3_DEFAULTS },
  gemma3_text: { ...GEMMA, windows: 'pattern', pattern: 6, defaults: GEMMA3_DEFAULTS },
  gemma4: { ...GEMMA, windows: 'pattern', pattern: 6, denseBesideExperts: true },
  gemma4_text: { ...GEMMA, windows: 'pattern', pattern: 6, denseBesideExperts: true },
  phi: { ...UNGATED },
  phi3: { mlpMatrices: 3, tied: false, windows: 'all' },
  phi3_v: { mlpMatrices: 3, tied: false, windows: 'all' },
  phi4mm: { mlpMatrices: 3, tied: true, windows: 'all' },
  phi3small: { mlpMatrices: 3, tied: true, windows: 'none' },
  phimoe: { mlpMatrices: 3, tied: false, windows: 'all' },
  cohere: GEMMA,
  cohere2: { ...GEMMA, windows: 'pattern', pattern: 4 },
  gpt_oss: { mlpMatrices: 3, tied: false, windows: 'even' },
  llama4: { ...LLAMA, windows: 'chunked', sharedExpertAlways: true },
  llama4_text: { ...LLAMA, windows: 'chunked', sharedExpertAlways: true },
  starcoder2: { mlpMatrices: 2, tied: true, windows: 'all' },
  gpt2: { ...UNGATED, tied: true },
  gpt_bigcode: { ...UNGATED, tied: true },
  gpt_neo: { ...UNGATED, tied: true },
  gpt_neox: UNGATED,
  gptj: UNGATED,
  bloom: { ...UNGATED, tied: true },
  falcon: { ...UNGATED, tied: true },
  RefinedWeb: { ...UNGATED, tied: true },
  mpt: { ...UNGATED, tied: true },
  dbrx: LLAMA,
  opt: { ...UNGATED, tied: true },
  nemotron: UNGATED,
  arcee: UNGATED,
  apertus: UNGATED,
  nemotron_h: { mlpMatrices: 2, tied: false, windows: 'none', recurrence: 'mamba2' },
  jamba: { ...LLAMA, recurrence: 'mamba1' },
  bamba: { ...LLAMA, recurrence: 'mamba2' },
  granitemoehybrid: { mlpMatrices: 3, tied: true, windows: 'none', recurrence: 'mamba2' },
  falcon_h1: { ...LLAMA, recurrence: 'mamba2', parallelMixers: true },
  mamba: { mlpMatrices: 3, tied: true, windows: 'none', recurrence: 'mamba1', attentionFree: true },
  falcon_mamba: { mlpMatrices: 3, tied: true, windows: 'none', recurrence: 'mamba1', attentionFree: true },
  mamba2: { mlpMatrices: 3, tied: false, windows: 'none', recurrence: 'mamba2', attentionFree: true },
};

/** Families whose layers this reader would get wrong: an error is better than a figure. */
const UNSUPPORTED = new Set([
  'rwkv',
  'rwkv5',
  'rwkv6',
  't5',
  'bert',
  'roberta',
  'whisper',
  'openelm',
  'gemma3n',
  'gemma3n_text',
]);

/** The family of a config, by `model_type`, else by its architecture's name; a note where it is not known. */
export function familyOf(raw: Readonly<Record<string, unknown>>): {
  family: Family;
  modelType: string;
  note: string | null;
} {
  const named = typeof raw.model_type === 'string' ? raw.model_type : modelTypeOfClass(raw.architectures);
  const family = Object.hasOwn(FAMILIES, named) ? FAMILIES[named] : undefined;
  if (family !== undefined) return { family, modelType: named, note: null };
  return {
    family: FLAGGED,
    modelType: named === '' ? 'unknown' : named,
    note: KNOWN_LLAMA_LIKE.test(named)
      ? null
      : `model_type ${named === '' ? 'is missing' : named}: read as a Llama-like model`,
  };
}

/** Whether the reader refuses this model type. */
export const isUnsupported = (modelType: string): boolean => UNSUPPORTED.has(modelType.toLowerCase());

const KNOWN_LLAMA_LIKE =
  /^(deepseek|kimi|glm|chatglm|granite|olmo|smollm|exaone|internlm|ernie|hunyuan|minimax|lfm2|seed_oss|dots|bailing|stablelm|yi|baichuan|xverse|solar|nemotron-nas|cwm|mimo|longcat|qwen3_vl|step|mistral3|ministral3|afmoe|laguna)/;

/** `LlamaForCausalLM` to `llama`, `Qwen2MoeForCausalLM` to `qwen2_moe`. */
function modelTypeOfClass(architectures: unknown): string {
  const first: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  if (typeof first !== 'string') return '';
  const stem = first.replace(/(ForCausalLM|ForConditionalGeneration|LMHeadModel|Model)$/, '');
  return stem.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}
