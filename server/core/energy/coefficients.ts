/** The constants of the energy equation: read from one data file, each with unit, range and source. */
import type { EngineId, PrecisionId } from './types.js';
import data from '../data/coefficients.json';

/** One constant as the data file states it. `range` is a 90 % or stated plausible range. */
export interface StatedCoefficient {
  readonly value: number;
  readonly unit: string;
  readonly range: readonly [lo: number, hi: number];
  readonly source: string;
}

/** Constants of H100 SXM under vLLM 0.11; other GPUs and engines scale them. */
export interface BaseCoefficients {
  /** Power of a busy GPU beside the terms below, in watts. */
  readonly staticWatts: number;
  /** Sustained power over TDP at which the board throttles. */
  readonly capFraction: number;
  /** Time per layer and step: launches, normalisation, dependencies. */
  readonly layerSeconds: number;
  /** Added time per layer and step when several GPUs share it. */
  readonly collectiveSeconds: number;
  /** Added time per mixture-of-experts layer and step: routing, sorting, grouped small products. */
  readonly expertLayerSeconds: number;
  /** Time per sequence and step: sampling, scheduling. */
  readonly sequenceSeconds: number;
  readonly weightJoulesPerByte: number;
  readonly expertJoulesPerByte: number;
  readonly kvJoulesPerByte: number;
  readonly stateJoulesPerByte: number;
  /** 16-bit tensor-core arithmetic in decode. */
  readonly flopJoules: number;
  /** The same in prefill, where products are large. */
  readonly prefillFlopJoules: number;
  /** Achieved over public bandwidth; above 1 where overlap hides time. */
  readonly weightBandwidthEfficiency: number;
  readonly expertBandwidthEfficiency: number;
  readonly kvBandwidthEfficiency: number;
  readonly stateBandwidthEfficiency: number;
  /** Achieved over peak FLOP/s. */
  readonly flopEfficiency: number;
  readonly expertFlopEfficiency: number;
  readonly prefillFlopEfficiency: number;
  /** Share of GPU memory that weights and KV cache may use. */
  readonly memoryFraction: number;
  /** Variance over squared mean of reply lengths that run together in a batch. */
  readonly replySpread: number;
}

/** Factors of an engine against vLLM 0.11. */
export interface EngineCoefficients {
  readonly timeFactor: number;
  readonly energyFactor: number;
  /** Base constants that this engine has of its own. */
  readonly own: Partial<BaseCoefficients>;
  /** Whether requests join and leave a running batch; static batches are padded and finish together. */
  readonly continuousBatching: boolean;
}

/** Factors of a weight format on top of its bytes. */
export interface PrecisionCoefficients {
  /** Joules per FLOP over those of 16 bit. */
  readonly flopJoulesFactor: number;
  /** Share of the format's peak FLOP/s that 16-bit efficiency turns into. */
  readonly flopEfficiencyFactor: number;
  /** Bandwidth efficiency over that of 16 bit: unpacking costs. */
  readonly bandwidthFactor: number;
  /** Added time per layer and step in decode: quantization of activations, dequantization kernels. */
  readonly layerSeconds: number;
}

/** Log-scale spreads of measured over predicted. */
export interface ErrorCoefficients {
  readonly denseSigma: number;
  readonly hybridSigma: number;
  readonly moeSigma: number;
  readonly prefillSigma: number;
  /** Added outside the calibrated domain, in quadrature. */
  readonly fp8Sigma: number;
  readonly precisionSigma: number;
  readonly gpuSigma: number;
  readonly engineKnownSigma: number;
  readonly engineSigma: number;
  readonly smallBatchSigma: number;
  readonly longContextSigma: number;
  readonly parallelSigma: number;
  /** Degrees of freedom of the tails. */
  readonly tailDegrees: number;
}

export interface Coefficients {
  readonly error: ErrorCoefficients;
  readonly base: BaseCoefficients;
  readonly engines: Readonly<Record<EngineId, EngineCoefficients>>;
  readonly precisions: Readonly<Record<PrecisionId, PrecisionCoefficients>>;
}

/** The data file's shape. */
interface CoefficientsFile {
  readonly error: Readonly<Record<string, StatedCoefficient>>;
  readonly base: Readonly<Record<string, StatedCoefficient>>;
  readonly engines: Readonly<
    Record<
      string,
      { readonly continuousBatching: boolean; readonly coefficients: Readonly<Record<string, StatedCoefficient>> }
    >
  >;
  readonly precisions: Readonly<Record<string, Readonly<Record<string, StatedCoefficient>>>>;
}

const values = (stated: Readonly<Record<string, StatedCoefficient>>): Record<string, number> =>
  Object.fromEntries(Object.entries(stated).map(([name, c]) => [name, c.value]));

/** Plain numbers of a coefficients file. */
export function readCoefficients(file: CoefficientsFile): Coefficients {
  const engines = Object.entries(file.engines).map(([id, e]) => {
    const { timeFactor, energyFactor, ...own } = values(e.coefficients);
    return [
      id,
      { timeFactor: timeFactor ?? 1, energyFactor: energyFactor ?? 1, own, continuousBatching: e.continuousBatching },
    ];
  });
  const precisions = Object.entries(file.precisions).map(([id, p]) => [id, values(p)]);
  return {
    error: values(file.error) as unknown as ErrorCoefficients,
    base: values(file.base) as unknown as BaseCoefficients,
    engines: Object.fromEntries(engines) as Coefficients['engines'],
    precisions: Object.fromEntries(precisions) as Coefficients['precisions'],
  };
}

/** The shipped constants, as `npm run calibrate` wrote them. */
export const COEFFICIENTS: Coefficients = readCoefficients(data as unknown as CoefficientsFile);

/**
 * Coefficients moved within their stated ranges: `draw[name]` is a standard normal value, and a range is read as the
 * 5th to 95th percentile of a log-normal one (a zero bound leaves the constant as it is). Unknown names are ignored.
 */
export function parameters(coefficients: Coefficients, draw: Readonly<Record<string, number>>): Coefficients {
  const stated = (data as unknown as CoefficientsFile).base;
  const base: Record<string, number> = { ...coefficients.base };
  for (const [name, z] of Object.entries(draw)) {
    const range = stated[name]?.range;
    const value = base[name];
    if (range === undefined || value === undefined || range[0] <= 0 || range[1] <= range[0]) continue;
    base[name] = value * Math.exp((z * Math.log(range[1] / range[0])) / (2 * 1.645));
  }
  return { ...coefficients, base: base as unknown as BaseCoefficients };
}
