/** What each layer is made of: its mixers (attention, recurrence) and its feed-forward block. */
import { addNote, ConfigError, type ReadConfig } from './schema.js';

export type Mixer =
  | { readonly kind: 'full' }
  | { readonly kind: 'sliding'; readonly windowTokens: number }
  | { readonly kind: 'recurrent' }
  | { readonly kind: 'convolution' };

export interface Layer {
  readonly mixers: readonly Mixer[];
  readonly mlp: 'dense' | 'experts' | 'none';
}

const FULL: Mixer = { kind: 'full' };
const RECURRENT: Mixer = { kind: 'recurrent' };

/** Every layer in order. @throws ConfigError where the lists and counts of the config contradict each other. */
export function planLayers(config: ReadConfig): Layer[] {
  const { fields } = config;
  if (fields.hybrid_override_pattern !== undefined) return fromPattern(config, fields.hybrid_override_pattern);
  const list = fields.layers_block_type ?? fields.layer_types;
  if (list?.some((name) => name === 'moe' || name === 'mlp') === true) return fromPattern(config, list.map(letterOf));
  const mixers = mixersOf(config);
  return mixers.map((layerMixers, i) => ({ mixers: layerMixers, mlp: mlpOf(config, i) }));
}

/** Layers of one block each, listed by name: the letter that stands for the name. */
const letterOf = (name: string): string => ({ mamba: 'M', attention: '*', mlp: '-', moe: 'E' })[name] ?? name;

/** `M` Mamba, `*` attention, `-` feed-forward, `E` experts: each a layer of its own. */
function fromPattern(config: ReadConfig, pattern: string | readonly string[]): Layer[] {
  const kinds: Record<string, Layer> = {
    M: { mixers: [RECURRENT], mlp: 'none' },
    '*': { mixers: [FULL], mlp: 'none' },
    '-': { mixers: [], mlp: 'dense' },
    E: { mixers: [], mlp: 'experts' },
  };
  const layers = [...pattern].map((letter) => {
    const layer = kinds[letter];
    if (layer === undefined)
      throw new ConfigError('hybrid_override_pattern', `letter ${JSON.stringify(letter)} is not M, *, - or E`);
    return layer;
  });
  requireLength('hybrid_override_pattern', layers.length, config.fields.num_hidden_layers);
  return layers;
}

function requireLength(field: string, length: number, layers: number): void {
  if (length !== layers) {
    throw new ConfigError(field, `has ${length} entries, but num_hidden_layers is ${layers}`);
  }
}

function mixersOf(config: ReadConfig): (readonly Mixer[])[] {
  const { fields, family } = config;
  const layers = Array.from({ length: fields.num_hidden_layers }, (_, i) => i);
  if (family.attentionFree === true) return layers.map(() => [RECURRENT]);
  if (family.parallelMixers === true) return layers.map(() => [FULL, RECURRENT]);
  const list = fields.layer_types ?? fields.layers_block_type;
  if (list !== undefined) {
    const field = fields.layer_types === undefined ? 'layers_block_type' : 'layer_types';
    requireLength(field, list.length, fields.num_hidden_layers);
    return list.map((name) => named(config, field, name));
  }
  if (fields.hybrid_layer_pattern !== undefined) {
    requireLength('hybrid_layer_pattern', fields.hybrid_layer_pattern.length, fields.num_hidden_layers);
    const sliding = windowed(config, fields.sliding_window);
    return fields.hybrid_layer_pattern.map((kind) => [kind === 1 ? sliding : FULL]);
  }
  if (fields.linear_attn_config !== undefined) {
    // Layers are counted from one there.
    const full = new Set(fields.linear_attn_config.full_attn_layers);
    return layers.map((i) => [full.has(i + 1) ? FULL : RECURRENT]);
  }
  if (fields.attn_type_list !== undefined) {
    requireLength('attn_type_list', fields.attn_type_list.length, fields.num_hidden_layers);
    return fields.attn_type_list.map((type) => [type === 1 ? FULL : RECURRENT]);
  }
  if (fields.full_attention_interval !== undefined) {
    const interval = fields.full_attention_interval;
    return layers.map((i) => [(i + 1) % interval === 0 ? FULL : RECURRENT]);
  }
  if (fields.attn_layer_period !== undefined) {
    const { attn_layer_period: period, attn_layer_offset: offset = 0 } = fields;
    return layers.map((i) => [i % period === offset % period ? FULL : RECURRENT]);
  }
  const sliding = windowRule(config);
  return layers.map((i) => [sliding(i)]);
}

/** One entry of `layer_types` or `layers_block_type`. */
function named(config: ReadConfig, field: string, name: string): readonly Mixer[] {
  switch (name) {
    case 'full_attention':
    case 'attention':
    case 'global':
    case 'global_attention':
      return [FULL];
    case 'sliding_attention':
    case 'local_attention':
    case 'local':
      return [windowed(config, config.fields.sliding_window)];
    case 'chunked_attention':
      return [windowed(config, config.fields.attention_chunk_size)];
    case 'mamba':
    case 'mamba2':
    case 'linear_attention':
    case 'gated_delta_net':
    case 'recurrent':
      return [RECURRENT];
    case 'hybrid':
      return [FULL, RECURRENT];
    case 'conv':
      return [{ kind: 'convolution' }];
    default:
      return guessed(config, field, name);
  }
}

/** A kind that is not known by name: attention of some sort counts as full, recurrence of some sort as recurrent. */
function guessed(config: ReadConfig, field: string, name: string): readonly Mixer[] {
  const mixer = /attention|attn|sparse/i.test(name)
    ? FULL
    : /mamba|ssm|recurrent|delta|linear|rnn/i.test(name)
      ? RECURRENT
      : null;
  if (mixer === null) throw new ConfigError(field, `layer kind ${JSON.stringify(name)} is not known`);
  addNote(
    config.notes,
    `layers of kind ${name.slice(0, 60)}: read as ${mixer.kind === 'full' ? 'full attention' : 'recurrent'}`,
  );
  return [mixer];
}

/** A window as long as the model's context is full attention. */
function windowed(config: ReadConfig, window: number | undefined): Mixer {
  const longest = config.fields.max_position_embeddings;
  if (window === undefined || window === 0) {
    addNote(config.notes, 'sliding layers without a sliding_window: read as full attention');
    return FULL;
  }
  return longest !== undefined && window >= longest ? FULL : { kind: 'sliding', windowTokens: window };
}

/** Which layers slide where the config lists no kinds. */
function windowRule(config: ReadConfig): (layer: number) => Mixer {
  const { fields, family } = config;
  if (family.windows === 'chunked') return chunkRule(config);
  const window = fields.sliding_window;
  if (window === undefined || window === 0 || family.windows === 'none' || fields.use_sliding_window === false) {
    return () => FULL;
  }
  const sliding = windowed(config, window);
  const pattern = fields.sliding_window_pattern ?? family.pattern;
  if (typeof pattern === 'number') return (i) => ((i + 1) % pattern === 0 ? FULL : sliding);
  if (typeof pattern === 'string' && pattern.length > 0) {
    return (i) => (pattern[i % pattern.length]?.toUpperCase() === 'L' ? sliding : FULL);
  }
  switch (family.windows) {
    case 'even':
      return (i) => (i % 2 === 0 ? sliding : FULL);
    case 'flagged': {
      if (fields.use_sliding_window !== true) return () => FULL;
      const first = fields.max_window_layers ?? 0;
      return (i) => (i >= first ? sliding : FULL);
    }
    default:
      return () => sliding;
  }
}

/** Llama 4: chunks of the context in layers with rotary positions, everything in every fourth. */
function chunkRule(config: ReadConfig): (layer: number) => Mixer {
  const { fields } = config;
  const sliding = windowed(config, fields.attention_chunk_size ?? 8192);
  const rope = fields.no_rope_layers;
  if (rope !== undefined && rope.length > 0) {
    requireLength('no_rope_layers', rope.length, fields.num_hidden_layers);
    return (i) => (rope[i] === 1 ? sliding : FULL);
  }
  const interval = fields.no_rope_layer_interval ?? 4;
  return (i) => ((i + 1) % interval === 0 ? FULL : sliding);
}

function mlpOf(config: ReadConfig, layer: number): Layer['mlp'] {
  const { fields, family } = config;
  const dense: Layer['mlp'] = family.attentionFree === true ? 'none' : 'dense';
  if ((fields.experts ?? 0) <= 0 || fields.enable_moe_block === false) return dense;
  if (fields.moe_layers !== undefined && fields.moe_layers.length > 0) {
    return fields.moe_layers.includes(layer) ? 'experts' : dense;
  }
  if (fields.mlp_only_layers?.includes(layer) === true) return dense;
  if (fields.first_k_dense_replace !== undefined && layer < fields.first_k_dense_replace) return dense;
  if (layer < (fields.moe_layer_start_index ?? 0) || layer > (fields.moe_layer_end_index ?? Infinity)) return dense;
  const frequency = fields.moe_layer_freq;
  if (Array.isArray(frequency)) {
    requireLength('moe_layer_freq', frequency.length, fields.num_hidden_layers);
    return frequency[layer] === 1 ? 'experts' : dense;
  }
  if (frequency !== undefined) return layer % frequency === 0 ? 'experts' : dense;
  if (fields.expert_layer_period !== undefined) {
    const offset = (fields.expert_layer_offset ?? 0) % fields.expert_layer_period;
    return layer % fields.expert_layer_period === offset ? 'experts' : dense;
  }
  const step = fields.interleave_moe_layer_step ?? fields.decoder_sparse_step ?? 1;
  if (step <= 0) return dense;
  return (layer + 1) % step === 0 ? 'experts' : dense;
}
