/**
 * How far a figure may be off, as a distribution of measured over predicted, and a word on why.
 * Widths of the calibrated domain come from out-of-sample residuals; outside it, stated rules widen them.
 */
import type { Architecture } from './architecture.js';
import { calibratedSigma, calibrationWord } from './calibrated.js';
import { COEFFICIENTS, type Coefficients, type ErrorCoefficients } from './coefficients.js';
import type { Deployment, RequestShape } from './physics.js';
import type { Calibration } from './types.js';

/** Spread of measured / predicted, log-scale. */
export interface ErrorModel {
  /** Common to all requests of a conversation: model, engine, precision, GPU. */
  readonly logSigma: number;
  /** Added for prefill alone, independent of the rest. */
  readonly prefillLogSigma: number;
  /** The factor measured / predicted at probability `u` in (0, 1): 90 % lies between `quantile(0.05)` and `quantile(0.95)`. */
  quantile(u: number): number;
  /** The same for prefill alone. */
  prefillQuantile(u: number): number;
  /** In a word or two, e.g. `calibrated (dense, bf16)` or `extrapolated: unseen precision`. */
  readonly confidence: string;
  /** Why the interval is as wide as it is, one phrase each. */
  readonly reasons: readonly string[];
}

/** Classes whose out-of-sample residuals differ. */
export type ErrorClass = 'dense' | 'hybrid' | 'moe';

/** Class of a model: experts before recurrence, else dense. */
export function errorClass(arch: Architecture): ErrorClass {
  if (arch.expertParams > 0) return 'moe';
  return arch.attention.some((g) => g.kind === 'recurrent') ? 'hybrid' : 'dense';
}

/**
 * The error of one case. Pure arithmetic on stated widths; never throws.
 * @param calibration one that holds for this model and deployment: its widths go before those of the general fit
 */
export function errorModel(
  arch: Architecture,
  dep: Deployment,
  shape: RequestShape,
  coefs: Coefficients = COEFFICIENTS,
  calibration?: Calibration,
): ErrorModel {
  const widths = coefs.error;
  const kind = errorClass(arch);
  const reasons: string[] = [];
  let variance = square(classSigma(kind, dep, widths));
  for (const [applies, sigma, reason] of departures(arch, dep, shape, widths)) {
    if (!applies) continue;
    variance += square(sigma);
    reasons.push(reason);
  }
  const logSigma = Math.sqrt(variance);
  const prefillLogSigma = widths.prefillSigma;
  const word =
    reasons.length === 0
      ? 'calibrated'
      : reasons.length <= 1 && logSigma < 0.25
        ? 'near the calibrated domain'
        : 'extrapolated';
  if (calibration !== undefined) {
    const own = calibratedSigma(calibration, dep.batch, shape, { logSigma, prefillLogSigma });
    return errorOf(own, withReasons(calibrationWord(calibration, own.logSigma), own.reasons), own.reasons, widths);
  }
  const confidence = withReasons(`${word} (${kind}, ${dep.precision})`, reasons);
  return errorOf({ logSigma, prefillLogSigma }, confidence, reasons, widths);
}

const withReasons = (word: string, reasons: readonly string[]): string =>
  reasons.length > 0 ? `${word}: ${reasons.join('; ')}` : word;

function errorOf(
  { logSigma, prefillLogSigma }: Pick<ErrorModel, 'logSigma' | 'prefillLogSigma'>,
  confidence: string,
  reasons: readonly string[],
  { tailDegrees }: ErrorCoefficients,
): ErrorModel {
  const factor = (sigma: number) => (u: number) => Math.exp(sigma * standardQuantile(u, tailDegrees));
  return {
    logSigma,
    prefillLogSigma,
    quantile: factor(logSigma),
    prefillQuantile: factor(Math.hypot(logSigma, prefillLogSigma)),
    confidence,
    reasons,
  };
}

function departures(
  arch: Architecture,
  dep: Deployment,
  shape: RequestShape,
  w: ErrorCoefficients,
): readonly (readonly [applies: boolean, sigma: number, reason: string])[] {
  const isMoe = arch.expertParams > 0;
  const context = shape.tokensIn + shape.tokensOut;
  const { precision } = dep;
  const isEager = dep.engine === 'transformers' && precision === 'fp32';
  const isKnown =
    isEager || precision === 'bf16' || precision === 'fp16' || precision === 'fp8' || (isMoe && precision === 'mxfp4');
  return [
    [precision === 'fp8', w.fp8Sigma, 'FP8: three calibration models'],
    [isMoe && precision === 'mxfp4', w.mxfp4Sigma, 'mxfp4: one calibration model'],
    [!isKnown, w.precisionSigma, `precision ${precision} not calibrated`],
    [dep.gpu.id !== 'h100-sxm', w.gpuSigma, `${dep.gpu.title} scaled from H100 by public figures`],
    [dep.engine === 'vllm-0.5', w.engineKnownSigma, 'one factor for the 2024 engine'],
    [isEager, w.eagerSigma, 'Transformers eager, FP32: fitted on one published model'],
    [
      dep.engine !== 'vllm-0.11' && dep.engine !== 'vllm-0.5' && !isEager,
      w.engineSigma,
      `engine ${dep.engine} not calibrated`,
    ],
    [
      dep.batch < 7 && !isEager,
      w.smallBatchSigma * Math.min(1, Math.log2(7 / dep.batch) / 2.8),
      'batch below the calibrated 8',
    ],
    [dep.batch > 1100, w.smallBatchSigma, 'batch above the calibrated 1024'],
    [
      context > 16384,
      w.longContextSigma * Math.min(2, Math.log2(context / 16384) / 2),
      'context beyond the calibrated 16k',
    ],
    [dep.pp > 1, w.parallelSigma, 'pipeline parallelism not calibrated'],
    [dep.gpus > 8, w.parallelSigma, 'more than 8 GPUs not calibrated'],
  ];
}

/** Sigma of a class inside the calibrated domain. */
function classSigma(kind: ErrorClass, dep: Pick<Deployment, 'batch' | 'gpus'>, widths: ErrorCoefficients): number {
  if (kind === 'dense') return widths.denseSigma;
  if (kind === 'hybrid') return widths.hybridSigma;
  return widths.moeSigma * expertWidthScale(dep, widths);
}

/** Width of a model with experts over that at batch 32 on one GPU: routing and imbalance are harder to tell at scale. */
export function expertWidthScale(
  { batch, gpus }: Pick<Deployment, 'batch' | 'gpus'>,
  exponents: Pick<ErrorCoefficients, 'moeBatchExponent' | 'moeGpuExponent'>,
): number {
  const within = Math.min(1024, Math.max(8, batch)) / 32;
  return Math.pow(within, exponents.moeBatchExponent) * Math.pow(Math.min(8, gpus), exponents.moeGpuExponent);
}

const square = (x: number): number => x * x;

/**
 * Quantile of a Student t scaled to unit 90 % width of the normal: heavier tails than normal, the same 5-95 %. An error's
 * factor at `u` is exp(sigma x this).
 */
export function standardQuantile(u: number, degrees: number): number {
  const p = Math.min(1 - 1e-6, Math.max(1e-6, u));
  return (studentQuantile(p, degrees) / studentQuantile(0.95, degrees)) * 1.6449;
}

/** Cornish-Fisher expansion of Student's t quantile (Abramowitz and Stegun 26.7.5), good to 1 % for degrees >= 4. */
function studentQuantile(p: number, degrees: number): number {
  const z = normalQuantile(p);
  const z3 = z * z * z;
  const z5 = z3 * z * z;
  return z + (z3 + z) / (4 * degrees) + (5 * z5 + 16 * z3 + 3 * z) / (96 * degrees * degrees);
}

/** Inverse normal distribution (Acklam's rational approximation, relative error 1.2e-9). */
export function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const horner = (k: readonly number[], x: number): number => k.reduce((sum, v) => sum * x + v, 0);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return horner(c, q) / horner([...d, 1], q);
  }
  if (p > 1 - 0.02425) return -normalQuantile(1 - p);
  const q = p - 0.5;
  return (horner(a, q * q) * q) / horner([...b, 1], q * q);
}
