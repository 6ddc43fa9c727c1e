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

/** Constants of H100 SXM under vLLM 0.11, 16 bit; other GPUs, engines and formats scale them. */
export interface BaseCoefficients {
  /** Power of a busy GPU beside the terms below, in watts. */
  readonly staticWatts: number;
  /** Sustained power over TDP at which the board throttles. */
  readonly capFraction: number;
  /** Seconds per layer and step: launches, normalisation, dependencies. */
  readonly layerSeconds: number;
  /** Seconds per layer, step and doubling of the GPUs that share it: all-reduce latency. */
  readonly collectiveSeconds: number;
  /** The same per layer with experts, on top: waiting for the slowest GPU. */
  readonly expertCollectiveSeconds: number;
  /** Seconds and joules per sequence and step: sampling, scheduling, attention set-up. */
  readonly sequenceSeconds: number;
  readonly sequenceJoules: number;
  readonly weightJoulesPerByte: number;
  readonly expertJoulesPerByte: number;
  readonly kvJoulesPerByte: number;
  readonly stateJoulesPerByte: number;
  /** Joules per FLOP of tensor cores in decode, and in prefill where products are large. */
  readonly flopJoules: number;
  readonly prefillFlopJoules: number;
  /** Joules per FLOP of the grouped expert products, padding included. */
  readonly tileFlopJoules: number;
  /** Achieved over public bandwidth; above 1 where overlap hides time. */
  readonly weightBandwidthEfficiency: number;
  readonly expertBandwidthEfficiency: number;
  readonly kvBandwidthEfficiency: number;
  readonly stateBandwidthEfficiency: number;
  /** Achieved over peak FLOP/s. */
  readonly flopEfficiency: number;
  readonly prefillFlopEfficiency: number;
  readonly tileFlopEfficiency: number;
  /** Prefill of a model with experts over that of a dense one: efficiency. */
  readonly expertPrefillFactor: number;
  /** How far the busiest GPU's experts exceed the mean, over what chance alone gives. */
  readonly imbalanceStrength: number;
  /** Passes over the routed activations that gather, scatter and sum make. */
  readonly routedActivationPasses: number;
  /** Seconds and joules of one prompt per recurrent layer: the scan kernels. */
  readonly recurrentPrefillSeconds: number;
  readonly recurrentPrefillJoules: number;
  /** Share of GPU memory that weights and KV cache may use. */
  readonly memoryFraction: number;
}

/** Factors of an engine against vLLM 0.11. */
export interface EngineCoefficients {
  /** On all time and all energy. */
  readonly timeFactor: number;
  readonly energyFactor: number;
  /** On launches, scheduling and arithmetic, time and energy alike, but not on bytes moved. */
  readonly softwareFactor: number;
  /** Launch cost of a prefill step over a decode step's, where prompts run in their own step. */
  readonly prefillLaunchFactor: number;
  /** On prefill arithmetic of formats that use tensor cores: unfused kernels waste what FP32 hides. */
  readonly tensorPrefillFactor: number;
  /** On joules per weight byte of those formats in decode. */
  readonly tensorByteFactor: number;
  /** Base constants that this engine has of its own. */
  readonly own: Partial<BaseCoefficients>;
  /** Whether requests join and leave a running batch; static batches are padded and finish together. */
  readonly continuousBatching: boolean;
  /** Whether prompts ride on decode steps in chunks; otherwise they run in steps of their own. */
  readonly chunkedPrefill: boolean;
  /** Whether launches run ahead of the GPU (eager frameworks): the longer of the two is the time, not their sum. */
  readonly launchOverlaps: boolean;
}

/** Factors of a weight format on top of its bytes. */
export interface PrecisionCoefficients {
  /** Joules per FLOP over those of 16 bit. */
  readonly flopJoulesFactor: number;
  /** Share of the format's peak FLOP/s that 16-bit efficiency turns into. */
  readonly flopEfficiencyFactor: number;
  /** Bandwidth efficiency over that of 16 bit: unpacking costs. */
  readonly bandwidthFactor: number;
  /** Joules per weight byte over those of 16 bit. */
  readonly byteJoulesFactor: number;
  /** Added seconds per layer and step: quantization of activations, dequantization kernels. */
  readonly layerSeconds: number;
}

/** Log-scale spreads of measured over predicted. */
export interface ErrorCoefficients {
  readonly denseSigma: number;
  readonly hybridSigma: number;
  /** At batch 32 on one GPU; grows as powers of batch and GPUs. */
  readonly moeSigma: number;
  readonly moeBatchExponent: number;
  readonly moeGpuExponent: number;
  readonly prefillSigma: number;
  /** Added outside the calibrated domain, in quadrature. */
  readonly fp8Sigma: number;
  readonly mxfp4Sigma: number;
  readonly precisionSigma: number;
  readonly gpuSigma: number;
  readonly engineKnownSigma: number;
  /** Transformers eager in FP32. */
  readonly eagerSigma: number;
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

type Stated = Readonly<Record<string, StatedCoefficient>>;

/** One engine in the data file. */
export interface StatedEngine {
  readonly continuousBatching: boolean;
  readonly chunkedPrefill: boolean;
  readonly launchOverlaps: boolean;
  readonly coefficients: Stated;
}

/** The data file's shape. */
export interface CoefficientsFile {
  readonly error: Stated;
  readonly base: Stated;
  readonly engines: Readonly<Record<string, StatedEngine>>;
  readonly precisions: Readonly<Record<string, Stated>>;
}

const values = (stated: Stated): Record<string, number> =>
  Object.fromEntries(Object.entries(stated).map(([name, c]) => [name, c.value]));

function readEngine(stated: StatedEngine): EngineCoefficients {
  const {
    timeFactor,
    energyFactor,
    softwareFactor,
    prefillLaunchFactor,
    tensorPrefillFactor,
    tensorByteFactor,
    ...own
  } = values(stated.coefficients);
  return {
    timeFactor: timeFactor ?? 1,
    energyFactor: energyFactor ?? 1,
    softwareFactor: softwareFactor ?? 1,
    prefillLaunchFactor: prefillLaunchFactor ?? 1,
    tensorPrefillFactor: tensorPrefillFactor ?? 1,
    tensorByteFactor: tensorByteFactor ?? 1,
    own,
    continuousBatching: stated.continuousBatching,
    chunkedPrefill: stated.chunkedPrefill,
    launchOverlaps: stated.launchOverlaps,
  };
}

/** Plain numbers of a coefficients file. */
export function readCoefficients(file: CoefficientsFile): Coefficients {
  const engines = Object.entries(file.engines).map(([id, e]) => [id, readEngine(e)]);
  const precisions = Object.entries(file.precisions).map(([id, p]) => [id, values(p)]);
  return {
    error: values(file.error) as unknown as ErrorCoefficients,
    base: values(file.base) as unknown as BaseCoefficients,
    engines: Object.fromEntries(engines) as Coefficients['engines'],
    precisions: Object.fromEntries(precisions) as Coefficients['precisions'],
  };
}

/** The shipped constants with units, ranges and sources, as `npm run calibrate` wrote them. */
export const COEFFICIENTS_FILE = data as unknown as CoefficientsFile;

/** The shipped constants as plain numbers. */
export const COEFFICIENTS: Coefficients = readCoefficients(COEFFICIENTS_FILE);

/**
 * Coefficients moved within their stated ranges: `draw[name]` is a standard normal value, and a range is read as the
 * 5th to 95th percentile of a log-normal one (a zero bound leaves the constant as it is). Unknown names are ignored.
 */
export function parameters(
  coefficients: Coefficients,
  draw: Readonly<Record<string, number>>,
  file: CoefficientsFile = COEFFICIENTS_FILE,
): Coefficients {
  const base: Record<string, number> = { ...coefficients.base };
  for (const [name, z] of Object.entries(draw)) {
    const range = file.base[name]?.range;
    const value = base[name];
    if (range === undefined || value === undefined || range[0] <= 0 || range[1] <= range[0]) continue;
    base[name] = value * Math.exp((z * Math.log(range[1] / range[0])) / (2 * 1.645));
  }
  return { ...coefficients, base: base as unknown as BaseCoefficients };
}
