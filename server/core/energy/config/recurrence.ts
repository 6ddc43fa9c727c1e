/** Parameters and state of one recurrent block: Mamba, gated delta rule, linear attention, short convolution. */
import { addNote, ConfigError, type ReadConfig } from './schema.js';

/** One recurrent block. */
export interface RecurrentBlock {
  readonly params: number;
  readonly stateElements: number;
}

/** The recurrent mixer of one layer. @throws ConfigError that names the missing size. */
export function recurrentBlock({ fields, family, notes }: ReadConfig): RecurrentBlock {
  if (fields.linear_attn_config !== undefined) return keyedDeltaBlock(fields.hidden_size, fields.linear_attn_config);
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

/** Gated delta rule with a gate per channel (Kimi Linear); the gates are of low rank unless the config says full. */
function keyedDeltaBlock(
  hidden: number,
  config: NonNullable<ReadConfig['fields']['linear_attn_config']>,
): RecurrentBlock {
  const inner = config.num_heads * config.head_dim;
  const lowRank = hidden * config.head_dim + config.head_dim * inner;
  const gates = lowRank + (config.use_full_rank_gate === true ? hidden * inner : lowRank);
  const kernel = config.short_conv_kernel_size ?? 4;
  return {
    params: 4 * hidden * inner + gates + hidden * config.num_heads + 3 * inner * kernel,
    stateElements: inner * config.head_dim + 3 * inner * kernel,
  };
}

/** Linear attention with one head-dim x head-dim state per head and an output gate (MiniMax). */
function lightningBlock(fields: ReadConfig['fields'], notes: string[]): RecurrentBlock {
  const heads = fields.num_attention_heads;
  if (heads === undefined || heads === 0)
    throw new ConfigError('ssm_state_size', 'missing, but recurrent layers are listed');
  const headDim = fields.head_dim ?? Math.floor(fields.hidden_size / heads);
  addNote(notes, 'recurrent layers without a state size: read as linear attention with one state per head');
  return { params: 5 * fields.hidden_size * heads * headDim, stateElements: heads * headDim * headDim };
}

/** The gated short convolution of LFM2: two projections and a small kernel. */
export function convolutionBlock({ fields }: ReadConfig): RecurrentBlock {
  const hidden = fields.hidden_size;
  const kernel = fields.mamba_kernel ?? 3;
  return { params: 4 * hidden * hidden + hidden * kernel, stateElements: hidden * kernel };
}
