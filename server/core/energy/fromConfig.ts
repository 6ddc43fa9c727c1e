/** From the object of a public Hugging Face `config.json` to an Architecture. */
import type { Architecture, AttentionGroup } from './architecture.js';
import { attentionBlock, type AttentionBlock } from './config/attention.js';
import { mlpSizes } from './config/feedForward.js';
import { convolutionBlock, recurrentBlock } from './config/recurrence.js';
import { isUnsupported } from './config/families.js';
import { planLayers, type Layer, type Mixer } from './config/layers.js';
import { nativeFormat, readUnconverted, type ModulePart } from './config/quantization.js';
import { ConfigError, readConfig, type ReadConfig } from './config/schema.js';

export { ConfigError } from './config/schema.js';

/**
 * The architecture that a public `config.json` describes: parameters, cache, experts and precision, all derived.
 * Vision and audio towers are left out (a note says so).
 * @param id Name for messages: the Hugging Face id or the file's path.
 * @throws ConfigError: one line naming the field that is missing, malformed or contradictory.
 */
export function architectureFromConfig(id: string, config: unknown): Architecture {
  const read = readConfig(config);
  if (isUnsupported(read.modelType)) {
    throw new ConfigError(
      'model_type',
      `${read.modelType} is not supported; transformers with attention, experts or Mamba layers are`,
    );
  }
  if (Array.isArray(read.raw.block_configs)) {
    throw new ConfigError('block_configs', 'layers of different sizes are not supported');
  }
  return assemble(id, read, config as Readonly<Record<string, unknown>>);
}

function assemble(id: string, read: ReadConfig, whole: Readonly<Record<string, unknown>>): Architecture {
  const { fields, family, notes } = read;
  const layers = planLayers(read);
  const moeLayers = layers.filter((layer) => layer.mlp === 'experts').length;
  const denseLayers = layers.filter((layer) => layer.mlp === 'dense').length;
  const has = (test: (mixer: Mixer) => boolean): boolean => layers.some((layer) => layer.mixers.some(test));
  const attention: AttentionByKind = {
    full: has((m) => m.kind === 'full') ? attentionBlock(read, 'full') : NO_ATTENTION,
    sliding: has((m) => m.kind === 'sliding') ? attentionBlock(read, 'sliding') : NO_ATTENTION,
  };
  const recurrent = has((m) => m.kind === 'recurrent') ? recurrentBlock(read) : NO_RECURRENCE;
  const convolution = has((m) => m.kind === 'convolution') ? convolutionBlock(read) : NO_RECURRENCE;
  const mlp = mlpSizes(read, { dense: denseLayers > 0, experts: moeLayers > 0 });
  const experts = moeLayers > 0 ? (fields.experts ?? 0) : 0;
  const expertsPerToken = moeLayers > 0 ? topK(read, experts) : 0;

  const partsOf = (layer: Layer): Readonly<Record<ModulePart, number>> => ({
    attention: layer.mixers.reduce((sum, m) => sum + (remembers(m) ? attention[m.kind].params : 0), 0),
    recurrence:
      layer.mixers.filter((m) => m.kind === 'recurrent').length * recurrent.params +
      layer.mixers.filter((m) => m.kind === 'convolution').length * convolution.params,
    dense: layer.mlp === 'dense' ? mlp.dense : 0,
    shared: layer.mlp === 'experts' ? mlp.besideExperts - fields.hidden_size * experts : 0,
    router: layer.mlp === 'experts' ? fields.hidden_size * experts : 0,
  });
  const parts = layers.map(partsOf);
  const inLayers = parts.reduce((sum, p) => sum + p.attention + p.recurrence + p.dense + p.shared + p.router, 0);
  const norms = (2 * layers.length + 1) * fields.hidden_size;
  const head = fields.vocab_size * fields.hidden_size;
  const tied = fields.tie_word_embeddings ?? family.tied;
  const expertParams = moeLayers * experts * mlp.expert;
  const sharedReadParams = inLayers + norms + head;

  const format = nativeFormat(fields.quantization_config, fields.torch_dtype);
  notes.push(...format.notes);
  const sixteenBitParams = keptInSixteenBit(parts, format);
  if (whole.vision_config !== undefined || whole.audio_config !== undefined) {
    notes.push('the vision or audio tower is not counted');
  }
  return {
    id,
    hiddenSize: fields.hidden_size,
    layers: layers.length,
    vocabularySize: fields.vocab_size,
    totalParams: sharedReadParams + expertParams + (tied ? 0 : head),
    activeParams: sharedReadParams + moeLayers * expertsPerToken * mlp.expert,
    sharedReadParams,
    expertParams,
    moeLayers,
    experts,
    expertsPerToken,
    attention: groups(layers, attention, recurrent.stateElements, convolution.stateElements),
    maxContextTokens: fields.max_position_embeddings ?? null,
    nativePrecision: format.precision,
    ...(sixteenBitParams > 0 ? { sixteenBitParams } : {}),
    ...(format.blockScales ? { fp8BlockScales: true } : {}),
    notes,
  };
}

const NO_ATTENTION: AttentionBlock = {
  params: 0,
  kvElementsPerToken: 0,
  kvHeads: 1,
  flopsPerPair: 0,
  decodeFlopsPerPair: 0,
};
const NO_RECURRENCE = { params: 0, stateElements: 0 };

function topK({ fields }: ReadConfig, experts: number): number {
  const k = fields.num_experts_per_tok;
  if (k === undefined || k === 0) throw new ConfigError('num_experts_per_tok', 'missing, but the model has experts');
  if (k > experts) throw new ConfigError('num_experts_per_tok', `${k} is more than the ${experts} experts of a layer`);
  return k;
}

/** Attention of full and of sliding layers. */
type AttentionByKind = Readonly<Record<'full' | 'sliding', AttentionBlock>>;

/** Whether a mixer keeps a KV cache. */
const remembers = (mixer: Mixer): mixer is Mixer & { kind: 'full' | 'sliding' } =>
  mixer.kind === 'full' || mixer.kind === 'sliding';

/** Layers of equal kind and window as one group. */
function groups(
  layers: readonly Layer[],
  attention: AttentionByKind,
  recurrentState: number,
  convolutionState: number,
): AttentionGroup[] {
  const counts = new Map<string, { mixer: Mixer; layers: number }>();
  for (const mixer of layers.flatMap((layer) => layer.mixers)) {
    const key = mixer.kind === 'sliding' ? `sliding ${mixer.windowTokens}` : mixer.kind;
    const entry = counts.get(key) ?? { mixer, layers: 0 };
    counts.set(key, { mixer, layers: entry.layers + 1 });
  }
  return [...counts.values()].map(({ mixer, layers: count }): AttentionGroup => {
    if (!remembers(mixer)) {
      return {
        kind: 'recurrent',
        layers: count,
        windowTokens: null,
        kvElementsPerTokenPerLayer: 0,
        attentionFlopsPerPairPerLayer: 0,
        stateElementsPerLayer: mixer.kind === 'convolution' ? convolutionState : recurrentState,
      };
    }
    const block = attention[mixer.kind];
    return {
      kind: mixer.kind,
      layers: count,
      windowTokens: mixer.kind === 'sliding' ? mixer.windowTokens : null,
      kvElementsPerTokenPerLayer: block.kvElementsPerToken,
      attentionFlopsPerPairPerLayer: block.flopsPerPair,
      kvHeads: block.kvHeads,
      ...(block.decodeFlopsPerPair === block.flopsPerPair
        ? {}
        : { decodeFlopsPerPairPerLayer: block.decodeFlopsPerPair }),
      stateElementsPerLayer: 0,
    };
  });
}

/** Parameters outside the experts and the output head that the checkpoint's own format leaves in 16 bit. */
function keptInSixteenBit(
  parts: readonly Readonly<Record<ModulePart, number>>[],
  format: { unconverted: readonly string[] },
): number {
  if (format.unconverted.length === 0) return 0;
  const { everywhere, byLayer } = readUnconverted(format.unconverted);
  let kept = 0;
  parts.forEach((layer, i) => {
    const here = byLayer.get(i);
    for (const part of Object.keys(layer) as ModulePart[]) {
      if (everywhere.has(part) || here?.has(part) === true) kept += layer[part];
    }
  });
  return kept;
}
