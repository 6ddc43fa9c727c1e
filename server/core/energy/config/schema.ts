/** The boundary: an unknown `config.json` object becomes checked fields under one name each. */
import { isObject, type PlainObject } from '../../plainObject.js';
import { z } from 'zod';
import { type Family, familyOf } from './families.js';

/** A config that cannot be read: one line that names the field and says what to do. */
export class ConfigError extends Error {
  constructor(
    readonly field: string,
    problem: string,
  ) {
    super(`config: ${field}: ${problem}`);
    this.name = 'ConfigError';
  }
}

const count = z.number().int().positive().max(1e8);
const countOrZero = z.number().int().min(0).max(1e8);
const flag = z.boolean();
const names = z.array(z.string());

/** Numbers of a `config.json` that can be absent; null counts as absent. */
const fieldsSchema = z.object({
  hidden_size: count,
  num_hidden_layers: count.max(2000),
  vocab_size: count,
  num_attention_heads: countOrZero.optional(),
  num_key_value_heads: count.optional(),
  head_dim: count.optional(),
  v_head_dim: count.optional(),
  intermediate_size: countOrZero.optional(),
  intermediate_size_mlp: count.optional(),
  shared_intermediate_size: countOrZero.optional(),
  tie_word_embeddings: flag.optional(),
  max_position_embeddings: count.optional(),
  attn_output_gate: flag.optional(),
  // Attention that differs between full and sliding layers
  global_head_dim: count.optional(),
  num_global_key_value_heads: count.optional(),
  attention_k_eq_v: flag.optional(),
  swa_num_attention_heads: count.optional(),
  swa_num_key_value_heads: count.optional(),
  swa_head_dim: count.optional(),
  swa_v_head_dim: count.optional(),
  // Sliding windows
  sliding_window: countOrZero.optional(),
  use_sliding_window: flag.optional(),
  max_window_layers: countOrZero.optional(),
  sliding_window_pattern: z.union([count, z.string()]).optional(),
  attention_chunk_size: count.optional(),
  no_rope_layers: z.array(z.number().int()).optional(),
  no_rope_layer_interval: count.optional(),
  layer_types: names.optional(),
  layers_block_type: names.optional(),
  full_attention_interval: count.optional(),
  hybrid_layer_pattern: z.array(z.number().int()).optional(),
  attn_type_list: z.array(z.number().int()).optional(),
  // Latent attention
  kv_lora_rank: count.optional(),
  q_lora_rank: countOrZero.optional(),
  qk_rope_head_dim: countOrZero.optional(),
  qk_nope_head_dim: count.optional(),
  // Mixture of experts
  experts: countOrZero.optional(),
  num_experts_per_tok: countOrZero.optional(),
  moe_intermediate_size: count.optional(),
  moe_latent_size: count.optional(),
  enable_moe_block: flag.optional(),
  shared_experts: countOrZero.optional(),
  shared_expert_intermediate_size: countOrZero.optional(),
  first_k_dense_replace: countOrZero.optional(),
  moe_layer_freq: z.union([count, z.array(z.number().int())]).optional(),
  moe_layer_start_index: countOrZero.optional(),
  moe_layer_end_index: countOrZero.optional(),
  decoder_sparse_step: countOrZero.optional(),
  mlp_only_layers: z.array(z.number().int()).optional(),
  moe_layers: z.array(z.number().int()).optional(),
  interleave_moe_layer_step: countOrZero.optional(),
  expert_layer_period: count.optional(),
  expert_layer_offset: countOrZero.optional(),
  // Recurrence
  hybrid_override_pattern: z.string().optional(),
  attn_layer_period: count.optional(),
  attn_layer_offset: countOrZero.optional(),
  mamba_heads: count.optional(),
  mamba_head_dim: count.optional(),
  mamba_inner: count.optional(),
  mamba_expand: z.number().positive().max(1000).optional(),
  mamba_state: count.optional(),
  mamba_groups: count.optional(),
  mamba_kernel: count.optional(),
  mamba_dt_rank: z.union([count, z.literal('auto')]).optional(),
  linear_num_key_heads: count.optional(),
  linear_num_value_heads: count.optional(),
  linear_key_head_dim: count.optional(),
  linear_value_head_dim: count.optional(),
  linear_conv_kernel_dim: count.optional(),
  linear_attn_config: z
    .object({
      kda_layers: z.array(z.number().int()),
      full_attn_layers: z.array(z.number().int()),
      num_heads: count,
      head_dim: count,
      short_conv_kernel_size: count.optional(),
      use_full_rank_gate: flag.optional(),
    })
    .optional(),
  torch_dtype: z.string().optional(),
  quantization_config: z.record(z.string(), z.unknown()).optional(),
});

/** Checked fields of a config, each under one name. */
export type ConfigFields = z.infer<typeof fieldsSchema>;

/** Other names that public configs use for a field, in order of preference. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  hidden_size: ['n_embd', 'd_model', 'hidden_dim', 'n_embed'],
  num_hidden_layers: ['n_layer', 'n_layers', 'num_layers'],
  num_attention_heads: ['n_head', 'n_heads', 'num_heads'],
  num_key_value_heads: [
    'num_kv_heads',
    'n_kv_heads',
    'multi_query_group_num',
    'n_head_kv',
    'num_query_groups',
    'kv_n_heads',
  ],
  head_dim: ['kv_channels', 'attention_head_dim', 'head_size'],
  intermediate_size: [
    'ffn_dim',
    'n_inner',
    'ffn_hidden_size',
    'd_ff',
    'feed_forward_hidden_size',
    'ff_intermediate_size',
    'block_ff_dim',
  ],
  vocab_size: ['padded_vocab_size'],
  max_position_embeddings: ['n_positions', 'max_sequence_length', 'max_seq_len', 'seq_length', 'model_max_length'],
  experts: ['num_local_experts', 'n_routed_experts', 'num_experts', 'moe_num_experts', 'n_experts'],
  num_experts_per_tok: [
    'num_experts_per_token',
    'experts_per_token',
    'moe_top_k',
    'moe_topk',
    'moe_k',
    'top_k_experts',
    'num_selected_experts',
  ],
  moe_latent_size: ['routed_expert_hidden_size'],
  intermediate_size_mlp: ['dense_intermediate_size'],
  moe_intermediate_size: [
    'expert_intermediate_size',
    'expert_ffn_hidden_size',
    'moe_ffn_hidden_size',
    'expert_hidden_size',
  ],
  shared_experts: ['n_shared_experts', 'num_shared_experts', 'moe_num_shared_experts', 'num_shared_expert'],
  shared_expert_intermediate_size: ['moe_shared_expert_intermediate_size', 'share_expert_dim'],
  decoder_sparse_step: ['moe_layer_interval'],
  sliding_window_pattern: ['_sliding_window_pattern'],
  mamba_heads: ['mamba_num_heads', 'mamba_n_heads', 'n_mamba_heads'],
  mamba_head_dim: ['mamba_d_head', 'mamba_headdim'],
  mamba_inner: ['mamba_d_ssm', 'd_inner'],
  mamba_expand: ['expand'],
  mamba_state: ['ssm_state_size', 'mamba_d_state', 'state_size', 'mamba_state_dim', 'd_state'],
  mamba_groups: ['mamba_n_groups', 'mamba_num_groups', 'n_groups', 'mamba_ngroups'],
  mamba_kernel: ['conv_kernel', 'mamba_d_conv', 'd_conv', 'conv_L_cache'],
  mamba_dt_rank: ['time_step_rank'],
  torch_dtype: ['dtype'],
};

/** Places where multimodal configs keep the language model's own. */
const NESTED = ['text_config', 'llm_config', 'language_config', 'thinker_config', 'language_model_config'] as const;

/** Groups that MPT and DBRX keep their attention and feed-forward sizes in. */
const GROUPED = ['attn_config', 'ffn_config'] as const;
const GROUPED_FIELDS = ['kv_n_heads', 'ffn_hidden_size', 'moe_num_experts', 'moe_top_k'] as const;

/** Numbers that some configs list once per layer. */
const PER_LAYER = new Set([
  'intermediate_size',
  'moe_intermediate_size',
  'experts',
  'num_experts_per_tok',
  'shared_experts',
  'moe_layer_start_index',
  'moe_layer_end_index',
]);

/** Fields that a multimodal config may keep outside its language model's part. */
const INHERITED = ['tie_word_embeddings', 'torch_dtype', 'dtype', 'quantization_config', 'compression_config'] as const;

/** The checked fields, the raw object they came from, what is known of the family, and what was assumed. */
export interface ReadConfig {
  readonly fields: ConfigFields;
  readonly raw: PlainObject;
  readonly family: Family;
  readonly modelType: string;
  readonly notes: string[];
}

function languageModelPart(config: PlainObject): { raw: PlainObject; nested: boolean } {
  for (const key of NESTED) {
    const part = config[key];
    if (!isObject(part)) continue;
    const inherited = Object.fromEntries(
      INHERITED.filter((name) => config[name] !== null && config[name] !== undefined).map((n) => [n, config[n]]),
    );
    const inner = languageModelPart({ ...inherited, ...dropNulls(part) });
    return { raw: inner.raw, nested: true };
  }
  return { raw: config, nested: false };
}

/** Adds a note once. */
export function addNote(notes: string[], note: string): void {
  if (!notes.includes(note)) notes.push(note);
}

const dropNulls = (raw: PlainObject): PlainObject =>
  Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null && value !== undefined));

/** The sizes of `attn_config` and `ffn_config` beside all others. */
function withGroups(raw: PlainObject): PlainObject {
  const lifted: Record<string, unknown> = {};
  for (const key of GROUPED) {
    const group = raw[key];
    if (!isObject(group)) continue;
    for (const name of GROUPED_FIELDS) if (typeof group[name] === 'number') lifted[name] = group[name];
  }
  return { ...lifted, ...raw };
}

/** One number for a list of one per layer: theirs if they are equal, else the rounded mean, which is noted. */
function oneForLayers(name: string, spelling: string, value: unknown, notes: string[]): unknown {
  if (!PER_LAYER.has(name) || !Array.isArray(value) || value.length === 0) return value;
  if (!value.every((v): v is number => typeof v === 'number' && Number.isFinite(v))) return value;
  if (value.every((v) => v === value[0])) return value[0];
  const mean = Math.round(value.reduce((sum, v) => sum + v, 0) / value.length);
  addNote(notes, `${spelling} differs between layers: read as their mean, ${mean}`);
  return mean;
}

/** `falcon` names its KV heads by two flags. */
function falconHeads(raw: PlainObject): PlainObject {
  if (raw.model_type === 'chatglm' && raw.multi_query_attention === false) {
    return { ...raw, multi_query_group_num: undefined };
  }
  if (raw.model_type !== 'falcon' && raw.model_type !== 'RefinedWeb' && raw.model_type !== 'gpt_bigcode') return raw;
  if (raw.new_decoder_architecture === true) return raw;
  return {
    ...raw,
    num_kv_heads: undefined,
    n_head_kv: undefined,
    ...(raw.multi_query === false ? {} : { num_kv_heads: 1 }),
  };
}

/**
 * Reads a public `config.json` object: finds the language model's part, maps the names that families use to one, checks
 * every field it knows.
 * @throws ConfigError that names the field as the config spells it.
 */
export function readConfig(config: unknown): ReadConfig {
  if (!isObject(config)) throw new ConfigError('(root)', 'expected the object of a config.json');
  const { raw: part, nested } = languageModelPart(dropNulls(config));
  const raw = falconHeads(withGroups(dropNulls(part)));
  const { family, modelType, note } = familyOf(raw);
  const notes: string[] = note === null ? [] : [note];
  const spelled = new Map<string, string>();
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(fieldsSchema.shape)) {
    for (const spelling of [name, ...(ALIASES[name] ?? [])]) {
      if (raw[spelling] === undefined || raw[spelling] === null) continue;
      values[name] = oneForLayers(name, spelling, raw[spelling], notes);
      spelled.set(name, spelling);
      break;
    }
    const fallback = family.defaults?.[name as keyof ConfigFields];
    if (values[name] === undefined && fallback !== undefined && (nested || family.defaultsAtTop === true)) {
      values[name] = fallback;
      notes.push(`${name} is not in the config: ${modelType}'s default ${String(fallback)}`);
    }
  }
  values.num_hidden_layers ??= listedLayers(values);
  if (values.quantization_config === undefined && isObject(raw.compression_config)) {
    values.quantization_config = raw.compression_config;
  }
  const checked = fieldsSchema.safeParse(values);
  if (!checked.success) throw firstIssue(checked.error, values, spelled);
  return { fields: checked.data, raw, family, modelType, notes };
}

/** The layer count of a config that lists its layers and does not count them. */
function listedLayers(values: Readonly<Record<string, unknown>>): number | undefined {
  const list = values.layer_types ?? values.layers_block_type ?? values.hybrid_override_pattern;
  return Array.isArray(list) || typeof list === 'string' ? list.length : undefined;
}

const EXPECTED: Readonly<Record<string, string>> = {
  number: 'expected a number',
  int: 'expected a whole number',
  boolean: 'expected true or false',
  string: 'expected a text in quotes',
  array: 'expected a list',
  object: 'expected an object',
  record: 'expected an object',
};

function firstIssue(error: z.ZodError, values: Record<string, unknown>, spelled: Map<string, string>): ConfigError {
  const issue = error.issues[0];
  const name = String(issue?.path[0] ?? '(root)');
  const field = spelled.get(name) ?? name;
  if (values[name] === undefined) {
    const also = ALIASES[name]?.slice(0, 2).join(', ');
    return new ConfigError(field, `missing${also === undefined ? '' : ` (also read: ${also})`}`);
  }
  const problem =
    issue?.code === 'invalid_type'
      ? EXPECTED[issue.expected]
      : issue?.code === 'invalid_union'
        ? 'not a value that this field takes'
        : undefined;
  return new ConfigError(field, `${problem ?? issue?.message ?? 'not valid'} (it is ${preview(values[name])})`);
}

function preview(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
