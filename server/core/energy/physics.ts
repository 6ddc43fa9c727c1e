/**
 * The energy equation: one request's share of prefill and decode, for a model, a deployment and coefficients.
 * One file per term in this folder; this one puts them together.
 */
import type { Architecture, GpuSpec } from './architecture.js';
import type { EngineId, PrecisionId } from './types.js';

/** How the model is served, with every default filled in; batch is one number here. */
export interface Deployment {
  readonly gpu: GpuSpec;
  readonly gpus: number;
  readonly tp: number;
  readonly ep: number;
  readonly pp: number;
  readonly engine: EngineId;
  readonly precision: PrecisionId;
  /** Mean concurrent requests, >= 1; may be fractional. */
  readonly batch: number;
}

/** One request in tokens. `tokensCached` of the input come from the prefix cache. */
export interface RequestShape {
  readonly tokensIn: number;
  readonly tokensCached: number;
  readonly tokensOut: number;
}

/** This request's share, all GPUs of the replica together. */
export interface PhaseFigures {
  readonly joules: number;
  /** Wall seconds of the phase as this request sees it. */
  readonly seconds: number;
}
