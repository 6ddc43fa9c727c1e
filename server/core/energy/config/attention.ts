/** Parameters, cache and arithmetic of one attention block. */
import { addNote, ConfigError, type ReadConfig } from './schema.js';

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

type Fields = ReadConfig['fields'];

/** Heads and sizes of the attention of one kind of layer. */
interface Heads {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly valueDim: number;
  /** One projection serves as key and value. */
  readonly sharedKeyValue: boolean;
}

/** Attention of a full or a sliding layer. @throws ConfigError where heads and sizes do not fit together. */
export function attentionBlock(config: ReadConfig, kind: 'full' | 'sliding'): AttentionBlock {
  const { fields, family } = config;
  if (fields.num_attention_heads === undefined || fields.num_attention_heads === 0) {
    throw new ConfigError('num_attention_heads', 'missing');
  }
  if (fields.kv_lora_rank !== undefined) return latentAttention(fields, fields.num_attention_heads);
  const { heads, kvHeads, headDim, valueDim, sharedKeyValue } = headsOf(config, fields.num_attention_heads, kind);
  if (kvHeads > heads || heads % kvHeads !== 0) {
    throw new ConfigError('num_key_value_heads', `${kvHeads} does not divide num_attention_heads ${heads}`);
  }
  const gate = (fields.attn_output_gate ?? family.gatedAttention === true) ? heads * headDim : 0;
  const projected = sharedKeyValue ? headDim : headDim + valueDim;
  const flops = 2 * heads * (headDim + valueDim);
  return {
    params: fields.hidden_size * (heads * headDim + gate + kvHeads * projected + heads * valueDim),
    kvElementsPerToken: kvHeads * (headDim + valueDim),
    kvHeads,
    flopsPerPair: flops,
    decodeFlopsPerPair: flops,
  };
}

function headsOf(config: ReadConfig, heads: number, kind: 'full' | 'sliding'): Heads {
  const { fields, notes } = config;
  const headDim = fields.head_dim ?? fields.hidden_size / heads;
  if (!Number.isInteger(headDim)) {
    const problem = `hidden_size ${fields.hidden_size} is no multiple of ${heads}, and there is no head_dim`;
    throw new ConfigError('num_attention_heads', problem);
  }
  if (fields.num_key_value_heads === undefined) {
    addNote(notes, `num_key_value_heads is not in the config: ${heads}, one per query head`);
  }
  const kvHeads = fields.num_key_value_heads ?? heads;
  const valueDim = fields.v_head_dim ?? headDim;
  if (kind === 'sliding') {
    return {
      heads: fields.swa_num_attention_heads ?? heads,
      kvHeads: fields.swa_num_key_value_heads ?? kvHeads,
      headDim: fields.swa_head_dim ?? headDim,
      valueDim: fields.swa_v_head_dim ?? fields.swa_head_dim ?? valueDim,
      sharedKeyValue: false,
    };
  }
  return {
    heads,
    kvHeads: fields.num_global_key_value_heads ?? kvHeads,
    headDim: fields.global_head_dim ?? headDim,
    valueDim: fields.global_head_dim ?? valueDim,
    sharedKeyValue: fields.attention_k_eq_v === true,
  };
}

/** Multi-head latent attention (DeepSeek): the cache holds one compressed vector and the rotary part of the key. */
function latentAttention(fields: Fields, heads: number): AttentionBlock {
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
