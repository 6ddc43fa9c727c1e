/** The ids that the command line and the settings accept. */
import type { EngineId, PrecisionId } from './types.js';

/** Weight formats, as the command line spells them. */
export const PRECISIONS: readonly PrecisionId[] = [
  'bf16',
  'fp16',
  'fp32',
  'fp8',
  'int8',
  'int8-bnb',
  'int4',
  'int4-bnb',
  'mxfp4',
];

/** Inference engines, as the command line spells them. */
export const ENGINES: readonly EngineId[] = [
  'vllm-0.11',
  'vllm-0.5',
  'tgi',
  'tensorrt-llm',
  'transformers',
  'llama.cpp',
];

/** The id as spelled here, any case, with surrounding space; null if there is none. */
export function findId<T extends string>(ids: readonly T[], wanted: string): T | null {
  const key = wanted.trim().toLowerCase();
  return ids.find((id) => id === key) ?? null;
}
