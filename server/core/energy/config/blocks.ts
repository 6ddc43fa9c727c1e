/** Parameters, cache and arithmetic of one block of each kind, from checked fields. */
import { ConfigError, type ReadConfig } from './schema.js';

/** One attention block. */
export interface AttentionBlock {
  readonly params: number;
  readonly kvElementsPerToken: number;
  /** Heads of the cache that tensor parallelism can split; 1 for latent attention. */
  readonly kvHeads: number;
  /** FLOPs per (query, context) pair in prefill. */
  readonly flopsPerPair: number;
  /** The same in decode, where latent attention works on the compressed cache. */
  readonly decodeFlopsPerPair: number;
}

/** One recurrent block. */
export interface RecurrentBlock {
  readonly params: number;
  readonly stateElements: number;
}

/** Feed-forward parameters of one layer. */
export interface MlpSizes {
  readonly dense: number;
  readonly expert: number;
  /** Shared experts and router of a layer with experts. */
  readonly besideExperts: number;
}

/** Attention of one layer. @throws ConfigError where heads and sizes do not fit together. */
export function attentionBlock({ fields, family, notes }: ReadConfig): AttentionBlock {
  const hidden = fields.hidden_size;
  const heads = fields.num_attention_heads;
  if (heads === undefined || heads === 0) throw new ConfigError('num_attention_heads', 'missing');
  if (fields.kv_lora_rank !== undefined) return latentAttention(fields, heads);
  const headDim = fields.head_dim ?? hidden / heads;
  if (!Number.isInteger(headDim)) {
    throw new ConfigError(
      'num_attention_heads',
      `hidden_size ${hidden} is no multiple of ${heads}, and there is no head_dim`,
    );
  }
  if (fields.num_key_value_heads === undefined) {
    pushOnce(notes, `num_key_value_heads is not in the config: ${heads}, one per query head`);
  }
  const kvHeads = fields.num_key_value_heads ?? heads;
  if (kvHeads > heads || heads % kvHeads !== 0) {
    throw new ConfigError('num_key_value_heads', `${kvHeads} does not divide num_attention_heads ${heads}`);
  }
  const valueDim = fields.v_head_dim ?? headDim;
  const gate = (fields.attn_output_gate ?? family.gatedAttention === true) ? heads * headDim : 0;
  const flops = 2 * heads * (headDim + valueDim);
  return {
    params: hidden * (heads * headDim + gate + kvHeads * (headDim + valueDim) + heads * valueDim),
    kvElementsPerToken: kvHeads * (headDim + valueDim),
    kvHeads,
    flopsPerPair: flops,
    decodeFlopsPerPair: flops,
  };
}

/** Multi-head latent attention (DeepSeek): the cache holds one compressed vector and the rotary part of the key. */
function latentAttention(fields: ReadConfig['fields'], heads: number): AttentionBlock {
  const { hidden_size: hidden, kv_lora_rank: rank = 0, qk_rope_head_dim: rope = 0 } = fields;
  const nope = fields.qk_nope_head_dim;
  if (nope === undefined) throw new ConfigError('qk_nope_head_dim', 'missing beside kv_lora_rank');
  const value = fields.v_head_dim;
  if (value === undefined) throw new ConfigError('v_head_dim', 'missing beside kv_lora_rank');
  const queries = heads * (nope + rope);
  const queryRank = fields.q_lora_rank ?? 0;
  return {
    params:
      (queryRank > 0 ? hidden * queryRank + queryRank * queries : hidden * queries) +
      hidden * (rank + rope) +
      rank * heads * (nope + value) +
      heads * value * hidden,
    kvElementsPerToken: rank + rope,
    kvHeads: 1,
    flopsPerPair: 2 * heads * (nope + rope + value),
    decodeFlopsPerPair: 2 * heads * (rank + rope + rank),
  };
}

/** The recurrent mixer of one layer. @throws ConfigError that names the missing size. */
export function recurrentBlock({ fields, family, notes }: ReadConfig): RecurrentBlock {
  if (fields.linear_num_value_heads !== undefined || family.recurrence === 'delta') return deltaBlock(fields);
  const hidden = fields.hidden_size;
  const heads = fields.mamba_heads;
  const fromHeads =
    heads !== undefined && fields.mamba_head_dim !== undefined ? heads * fields.mamba_head_dim : undefined;
  const stated =
    fields.mamba_inner ?? fromHeads ?? (family.attentionFree === true ? fields.intermediate_size : undefined);
  const inner = stated ?? Math.round((fields.mamba_expand ?? 2) * hidden);
  const state = fields.mamba_state;
  const kernel = fields.mamba_kernel ?? 4;
  if (state === undefined) return lightningBlock(fields, notes);
  if (family.recurrence === 'mamba1' || (family.recurrence === undefined && heads === undefined)) {
    const rank = typeof fields.mamba_dt_rank === 'number' ? fields.mamba_dt_rank : Math.ceil(hidden / 16);
    return {
      params: 3 * hidden * inner + inner * (kernel + rank + 2 * state + rank + state + 2),
      stateElements: inner * (state + kernel),
    };
  }
  const headCount = heads ?? Math.max(1, Math.round(inner / (fields.mamba_head_dim ?? 64)));
  const convolved = inner + 2 * (fields.mamba_groups ?? 1) * state;
  return {
    params:
      hidden * (inner + convolved + headCount) + convolved * (kernel + 1) + inner * hidden + inner + 3 * headCount,
    stateElements: inner * state + convolved * kernel,
  };
}

/** Gated delta rule (Qwen3-Next and kin). */
function deltaBlock(fields: ReadConfig['fields']): RecurrentBlock {
  const need = (
    name: 'linear_num_key_heads' | 'linear_num_value_heads' | 'linear_key_head_dim' | 'linear_value_head_dim',
  ) => {
    const value = fields[name];
    if (value === undefined) throw new ConfigError(name, 'missing, but layers of linear attention are listed');
    return value;
  };
  const keys = need('linear_num_key_heads') * need('linear_key_head_dim');
  const valueHeads = need('linear_num_value_heads');
  const values = valueHeads * need('linear_value_head_dim');
  const kernel = fields.linear_conv_kernel_dim ?? 4;
  return {
    params: fields.hidden_size * (2 * keys + 3 * values + 2 * valueHeads) + (2 * keys + values) * kernel,
    stateElements: values * need('linear_key_head_dim') + (2 * keys + values) * kernel,
  };
}

/** Linear attention with one head-dim x head-dim state per head and an output gate (MiniMax). */
function lightningBlock(fields: ReadConfig['fields'], notes: string[]): RecurrentBlock {
  const heads = fields.num_attention_heads;
  if (heads === undefined || heads === 0)
    throw new ConfigError('ssm_state_size', 'missing, but recurrent layers are listed');
  const headDim = fields.head_dim ?? Math.floor(fields.hidden_size / heads);
  pushOnce(notes, 'recurrent layers without a state size: read as linear attention with one state per head');
  return { params: 5 * fields.hidden_size * heads * headDim, stateElements: heads * headDim * headDim };
}

/** The gated short convolution of LFM2: two projections and a small kernel. */
export function convolutionBlock({ fields }: ReadConfig): RecurrentBlock {
  const hidden = fields.hidden_size;
  const kernel = fields.mamba_kernel ?? 3;
  return { params: 4 * hidden * hidden + hidden * kernel, stateElements: hidden * kernel };
}

/** Feed-forward sizes; zero where the config has no such block. @throws ConfigError that names the missing size. */
export function mlpSizes({ fields, family, notes }: ReadConfig, uses: { dense: boolean; experts: boolean }): MlpSizes {
  const { hidden_size: hidden } = fields;
  const matrix = family.mlpMatrices * hidden;
  let expert = 0;
  let besideExperts = 0;
  if (uses.experts) {
    const experts = fields.experts ?? 0;
    const size = fields.moe_intermediate_size ?? fields.intermediate_size;
    if (size === undefined || size === 0)
      throw new ConfigError('moe_intermediate_size', 'missing, but the model has experts');
    expert = matrix * size;
    const shared = family.sharedExpertAlways === true ? 1 : (fields.shared_experts ?? 0);
    const sharedWidth = fields.shared_expert_intermediate_size ?? fields.shared_intermediate_size ?? shared * size;
    besideExperts = hidden * experts + matrix * sharedWidth;
  }
  if (!uses.dense) return { dense: 0, expert, besideExperts };
  const width = denseWidth(fields, family.wideMlp === true, notes);
  return { dense: matrix * width, expert, besideExperts };
}

function denseWidth(fields: ReadConfig['fields'], wide: boolean, notes: string[]): number {
  const given =
    fields.intermediate_size_mlp ?? positive(fields.intermediate_size) ?? positive(fields.shared_intermediate_size);
  if (given !== undefined) return given;
  if (!wide) throw new ConfigError('intermediate_size', 'missing (also read: ffn_dim, n_inner)');
  pushOnce(notes, `intermediate_size is not in the config: 4 x hidden_size, ${4 * fields.hidden_size}`);
  return 4 * fields.hidden_size;
}

const positive = (value: number | undefined): number | undefined => (value === 0 ? undefined : value);

function pushOnce(notes: string[], note: string): void {
  if (!notes.includes(note)) notes.push(note);
}
