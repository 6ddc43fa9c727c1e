/**
 * Constants that are not fitted on the served-model rows: engines, formats and widths beyond the calibrated domain.
 * Each with its origin; the fitted ones are put in beside them by `calibrate`.
 */
import type { CoefficientsFile, StatedCoefficient, StatedEngine } from '../energy/coefficients.js';

const stated = (value: number, unit: string, lo: number, hi: number, source: string): StatedCoefficient => ({
  value,
  unit,
  range: [lo, hi],
  source,
});
const factor = (value: number, lo: number, hi: number, source: string): StatedCoefficient =>
  stated(value, 'factor', lo, hi, source);

const VLLM = 'the calibrated engine';
const continuous = { continuousBatching: true, chunkedPrefill: true, launchOverlaps: false } as const;

const ENGINES: Readonly<Record<string, StatedEngine>> = {
  'vllm-0.11': {
    ...continuous,
    coefficients: { timeFactor: factor(1, 1, 1, VLLM), energyFactor: factor(1, 1, 1, VLLM) },
  },
  'vllm-0.5': {
    ...continuous,
    chunkedPrefill: false,
    // softwareFactor is fitted on the v2 rows.
    coefficients: {
      prefillLaunchFactor: factor(
        4,
        2,
        8,
        'prompts run in eager steps of their own, without CUDA graphs; order of magnitude',
      ),
    },
  },
  tgi: {
    ...continuous,
    coefficients: {
      softwareFactor: factor(
        1.25,
        0.9,
        1.8,
        'assumed between the vLLM releases of 2024 and late 2025; three of four published thank-you runs come out within 8 %',
      ),
    },
  },
  'tensorrt-llm': {
    ...continuous,
    coefficients: {
      timeFactor: factor(0.88, 0.75, 1, "another laboratory's H100 runs: 13 % below the vLLM equation"),
      energyFactor: factor(0.88, 0.75, 1, "another laboratory's H100 runs: 13 % below the vLLM equation"),
    },
  },
  // Eager PyTorch. staticWatts, kvJoulesPerByte and tensorPrefillFactor are fitted on the Llama-3.1-8B figures (eager.ts).
  transformers: {
    continuousBatching: false,
    chunkedPrefill: false,
    launchOverlaps: true,
    coefficients: {
      layerSeconds: stated(
        736e-6,
        's per layer and step',
        500e-6,
        1000e-6,
        '23.56 ms per token over 32 layers: published durations of Llama-3.1-8B',
      ),
      kvBandwidthEfficiency: stated(
        0.19,
        'fraction of public bandwidth',
        0.1,
        0.4,
        '0.42 us per token of context and step: published durations; the cache is copied and expanded to all query heads',
      ),
      tensorByteFactor: factor(
        1.5,
        1,
        2.1,
        'decode energy largely invariant from FP32 to 16 bit (Understanding Efficiency): set so',
      ),
    },
  },
  'llama.cpp': {
    ...continuous,
    coefficients: {
      softwareFactor: factor(1.8, 1, 3, 'assumed near the vLLM of 2024; no H100 measurement found'),
    },
  },
};

interface FormatFactors {
  readonly flopJoules: number;
  readonly flopEfficiency: number;
  readonly bandwidth: number;
  readonly byteJoules: number;
  readonly layerSeconds: number;
  readonly source: string;
}

const format = (f: FormatFactors): Readonly<Record<string, StatedCoefficient>> => ({
  flopJoulesFactor: factor(f.flopJoules, f.flopJoules * 0.75, f.flopJoules * 1.3, f.source),
  flopEfficiencyFactor: stated(
    f.flopEfficiency,
    "share of the format's peak",
    f.flopEfficiency * 0.75,
    f.flopEfficiency * 1.3,
    f.source,
  ),
  bandwidthFactor: factor(f.bandwidth, f.bandwidth * 0.8, f.bandwidth * 1.2, f.source),
  byteJoulesFactor: factor(f.byteJoules, f.byteJoules * 0.8, f.byteJoules * 1.3, f.source),
  layerSeconds: stated(f.layerSeconds, 's per layer and step', 0, Math.max(1e-5, 2 * f.layerSeconds), f.source),
});
const plain = { flopJoules: 1, flopEfficiency: 1, bandwidth: 1, byteJoules: 1, layerSeconds: 0 } as const;

const PRECISIONS: CoefficientsFile['precisions'] = {
  bf16: format({ ...plain, source: 'the reference format' }),
  fp16: format({ ...plain, source: 'the same units and bytes as bf16' }),
  // flopJoulesFactor is fitted on the thank-you prefill (eager.ts).
  fp32: format({ ...plain, source: 'CUDA cores; four bytes a weight' }),
  // layerSeconds, flopJoulesFactor and flopEfficiencyFactor are fitted.
  fp8: format({ ...plain, source: 'one byte a weight' }),
  int8: format({
    ...plain,
    flopJoules: 0.85,
    flopEfficiency: 0.7,
    layerSeconds: 40e-6,
    source: 'taken as fp8: the same peak and bytes; not measured',
  }),
  'int8-bnb': format({
    ...plain,
    flopJoules: 1.2,
    flopEfficiency: 0.4,
    byteJoules: 2,
    layerSeconds: 2.8e-3,
    source: 'bitsandbytes LLM.int8: decode 2 to 3 x the energy of FP32 (Understanding Efficiency)',
  }),
  int4: format({
    ...plain,
    flopJoules: 1.1,
    flopEfficiency: 0.9,
    bandwidth: 0.8,
    byteJoules: 1.3,
    source: 'weight-only kernels (AWQ, GPTQ with Marlin): dequantized in the product; not measured on H100',
  }),
  'int4-bnb': format({
    ...plain,
    flopJoules: 1.2,
    flopEfficiency: 0.7,
    bandwidth: 0.5,
    byteJoules: 2.5,
    layerSeconds: 0.55e-3,
    source:
      'bitsandbytes NF4: 33 to 36 ms a token on a 24-layer model, decode about par with FP32 (Understanding Efficiency)',
  }),
  mxfp4: format({ ...plain, source: '4.25 bits an expert weight, 16-bit arithmetic' }),
};

const sigma = (value: number, source: string): StatedCoefficient =>
  stated(value, 'log sigma', value * 0.6, value * 1.6, source);

const ERROR: CoefficientsFile['error'] = {
  moeBatchExponent: stated(
    0.15,
    'exponent of batch / 32',
    0,
    0.25,
    'likelihood of the out-of-sample residuals, 8 to 1024',
  ),
  moeGpuExponent: stated(0.15, 'exponent of GPUs', 0, 0.25, 'likelihood of the out-of-sample residuals, 1 to 8 GPUs'),
  prefillSigma: sigma(0.2, 'no clean H100 prefill measurement; its share of launches is assumed'),
  fp8Sigma: sigma(0.04, 'FP8: three calibration models'),
  mxfp4Sigma: sigma(0.04, 'mxfp4: one calibration model'),
  precisionSigma: sigma(0.25, 'assumed: format not measured under vLLM'),
  gpuSigma: sigma(0.2, 'A100 scaled by public figures: 13.6 % off (energy-model reference)'),
  eagerSigma: sigma(0.1, 'fitted on one model; six others within 16 %'),
  engineSigma: sigma(0.27, 'spread between engine versions (energy-model reference)'),
  smallBatchSigma: sigma(0.08, 'batch 1 within about 10 % at another laboratory'),
  longContextSigma: sigma(0.15, 'assumed; no row beyond 16k tokens of context'),
  parallelSigma: sigma(0.12, 'assumed'),
  tailDegrees: stated(6, 'degrees of freedom', 4, 12, 'assumed'),
};

const BASE: CoefficientsFile['base'] = {
  capFraction: stated(0.99, 'fraction of TDP', 0.97, 1, 'H100 runs sustain 685 to 694 W of 700 W'),
  memoryFraction: stated(
    0.92,
    'fraction of GPU memory',
    0.85,
    0.95,
    "vLLM's default gpu_memory_utilization is 0.9; rows ran up to 0.92",
  ),
  recurrentPrefillSeconds: stated(
    1e-3,
    's per recurrent layer and prompt',
    0,
    1.3e-3,
    'below what the power cap allows, so the rows cannot tell it',
  ),
};

/** Everything that is stated, in the shape of the data file. */
export const STATED: CoefficientsFile = { base: BASE, engines: ENGINES, precisions: PRECISIONS, error: ERROR };
