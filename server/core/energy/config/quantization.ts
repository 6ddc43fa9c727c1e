/** The weight format that a config names, and which modules it leaves in 16 bit. */
import { isObject, type PlainObject } from '../../plainObject.js';
import type { PrecisionId } from '../types.js';

/** The checkpoint's own format; null where the config does not say or says something unknown (then a note tells). */
export interface NativeFormat {
  readonly precision: PrecisionId | null;
  /** Patterns of module names that stay in 16 bit. */
  readonly unconverted: readonly string[];
  /** FP8 with one scale per block of weights: other kernels than FP8 with one scale per channel or tensor. */
  readonly blockScales: boolean;
  readonly notes: readonly string[];
}

const text = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '');

const DTYPES: Readonly<Record<string, PrecisionId>> = {
  bfloat16: 'bf16',
  float16: 'fp16',
  half: 'fp16',
  float32: 'fp32',
  float: 'fp32',
  float8_e4m3fn: 'fp8',
  int8: 'int8',
};

/** `torch_dtype` (also written `torch.bfloat16`) as a precision id. */
export function precisionOfDtype(dtype: string | undefined): PrecisionId | null {
  return DTYPES[text(dtype).replace(/^torch\./, '')] ?? null;
}

/** Reads `quantization_config`, else `torch_dtype`. */
export function nativeFormat(quantization: PlainObject | undefined, dtype: string | undefined): NativeFormat {
  const stored = precisionOfDtype(dtype);
  if (quantization === undefined) {
    const unknown = dtype !== undefined && stored === null;
    return {
      precision: stored,
      unconverted: [],
      blockScales: false,
      notes: unknown ? [`torch_dtype ${dtype} is not known: ignored`] : [],
    };
  }
  const precision = quantizedFormat(quantization);
  const notes: string[] = [];
  if (precision === null)
    notes.push(`quantization_config ${describe(quantization)} is not known: read as ${stored ?? 'unquantized'}`);
  if (describe(quantization).includes('nvfp4')) notes.push('NVFP4 weights: read as mxfp4, the nearest format');
  return {
    precision: precision ?? stored,
    unconverted: precision === null ? [] : unconvertedModules(quantization),
    blockScales: precision === 'fp8' && hasBlockScales(quantization),
    notes,
  };
}

const describe = (q: PlainObject): string =>
  [q.quant_method, q.quant_algo, q.format].map(text).filter(Boolean).join(' ') || '(no quant_method)';

const hasBlockScales = (q: PlainObject): boolean =>
  Array.isArray(q.weight_block_size) ||
  (isObject(q.config_groups) &&
    Object.values(q.config_groups).some(
      (group) => isObject(group) && isObject(group.weights) && group.weights.strategy === 'block',
    ));

function quantizedFormat(q: PlainObject): PrecisionId | null {
  const method = text(q.quant_method);
  const algo = text(q.quant_algo);
  if (algo.includes('fp4') || method.includes('fp4')) return 'mxfp4';
  if (method.includes('fp8') || algo.includes('fp8')) return 'fp8';
  if (method === 'bitsandbytes' || method === 'bnb' || method === '') {
    if (q.load_in_4bit === true || q._load_in_4bit === true) return 'int4-bnb';
    if (q.load_in_8bit === true || q._load_in_8bit === true) return 'int8-bnb';
  }
  if (isObject(q.config_groups)) return formatOfGroups(q.config_groups);
  const bits = Number(q.bits ?? q.w_bit ?? q.nbits ?? q.num_bits);
  if (bits === 4 || bits === 3 || bits === 2) return 'int4';
  if (bits === 8) return 'int8';
  return method === 'awq' || method === 'gptq' ? 'int4' : null;
}

/** compressed-tensors: the weights of the first group that quantizes some. */
function formatOfGroups(groups: PlainObject): PrecisionId | null {
  for (const group of Object.values(groups)) {
    const weights = isObject(group) && isObject(group.weights) ? group.weights : undefined;
    if (weights === undefined) continue;
    const float = text(weights.type).startsWith('float');
    if (weights.num_bits === 8) return float ? 'fp8' : 'int8';
    if (weights.num_bits === 4) return float ? 'mxfp4' : 'int4';
  }
  return null;
}

function unconvertedModules(q: PlainObject): string[] {
  for (const key of [
    'modules_to_not_convert',
    'ignored_layers',
    'ignore',
    'exclude_modules',
    'llm_int8_skip_modules',
  ]) {
    const list = q[key];
    if (Array.isArray(list)) return list.filter((item): item is string => typeof item === 'string').slice(0, 20_000);
  }
  return [];
}

/** The parts of one layer that a checkpoint may leave in 16 bit. */
export type ModulePart = 'attention' | 'recurrence' | 'dense' | 'shared' | 'router';

const PART_NAMES: readonly (readonly [ModulePart, RegExp])[] = [
  ['router', /(router|\.gate$|gate\.weight|mlp\.gate\b(?!_))/],
  ['shared', /shared_expert/],
  ['attention', /(attn|attention|q_proj|k_proj|v_proj|o_proj|qkv)/],
  ['recurrence', /(mamba|linear_attn|conv1d|in_proj|out_proj|mixer)/],
  ['dense', /(mlp|feed_forward|ffn|gate_proj|up_proj|down_proj)/],
];

/** Which layers' parts a list of patterns leaves in 16 bit. */
export interface Unconverted {
  readonly everywhere: ReadonlySet<ModulePart>;
  readonly byLayer: ReadonlyMap<number, ReadonlySet<ModulePart>>;
}

/**
 * Reads patterns such as `model.layers.0.self_attn.q_proj`, `model.layers.*.mlp.router`, `re:.*self_attn.*`, `lm_head`.
 * A projection stands for its whole block; experts named one by one are not read (they are never left in bulk).
 */
export function readUnconverted(patterns: readonly string[]): Unconverted {
  const everywhere = new Set<ModulePart>();
  const byLayer = new Map<number, Set<ModulePart>>();
  for (const raw of patterns) {
    const pattern = raw.replace(/^re:/, '').replaceAll('\\', '').slice(0, 200);
    if (/\bexperts\b/.test(pattern) && !pattern.includes('shared')) continue;
    if (/vision|visual|projector|lm_head|embed/.test(pattern)) continue;
    const part = PART_NAMES.find(([, names]) => names.test(pattern))?.[0];
    if (part === undefined) continue;
    const layer = /(?:layers|h|blocks)\.(\d+)(?:\.|$)/.exec(pattern)?.[1];
    if (layer === undefined) everywhere.add(part);
    else byLayer.set(Number(layer), (byLayer.get(Number(layer)) ?? new Set()).add(part));
  }
  return { everywhere, byLayer };
}
