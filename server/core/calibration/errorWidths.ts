/** Widths of the error model from out-of-sample residuals: conformal, by class, growing with batch where the rows say so. */
import type { ErrorClass } from '../energy/errorModel.js';
import { quantile } from './metrics.js';

/** One out-of-sample residual: ln(measured / predicted) by a fit that never saw the row's group. */
export interface Residual {
  readonly kind: ErrorClass;
  readonly group: string;
  readonly batch: number;
  readonly logRatio: number;
}

export interface ErrorWidths {
  readonly denseSigma: number;
  readonly hybridSigma: number;
  /** At batch 32. */
  readonly moeSigma: number;
  /** Exponent of batch in the width of models with experts. */
  readonly moeBatchExponent: number;
}

/** The 95th percentile of the standard normal distribution: a 90 % interval is +- this many sigma. */
const Z95 = 1.6449;

/**
 * Sigma of a class such that +- 1.645 sigma holds 90 % of its residuals, each group counting alike, and more for few
 * groups (a factor 1 + 1/(2 groups)): the next model is drawn from models, not from rows.
 */
function conformalSigma(residuals: readonly Residual[], scale: (r: Residual) => number): number {
  const groups = [...new Set(residuals.map((r) => r.group))];
  const rowsPerGroup = Math.max(...groups.map((g) => residuals.filter((r) => r.group === g).length));
  // Groups count alike: each is repeated to about the same number of rows by taking quantiles of its own.
  const even = groups.flatMap((g) => {
    const own = residuals.filter((r) => r.group === g).map((r) => Math.abs(r.logRatio) / scale(r));
    return Array.from({ length: rowsPerGroup }, (_, i) => quantile(own, (i + 0.5) / rowsPerGroup));
  });
  return (quantile(even, 0.9) / Z95) * (1 + 0.5 / groups.length);
}

/** Log-likelihood of residuals under a normal spread that grows as batch to a power, its level fitted. */
function likelihood(residuals: readonly Residual[], exponent: number): number {
  const scaled = residuals.map((r) => r.logRatio / batchScale(r.batch, exponent));
  const variance = scaled.reduce((sum, z) => sum + z * z, 0) / scaled.length;
  const logScales = residuals.reduce((sum, r) => sum + Math.log(batchScale(r.batch, exponent)), 0);
  return -0.5 * residuals.length * Math.log(variance) - logScales;
}

/** Width at a batch over that at 32, within the calibrated 8 to 1024. */
export const batchScale = (batch: number, exponent: number): number =>
  Math.pow(Math.min(1024, Math.max(8, batch)) / 32, exponent);

/** Deterministic; each class needs at least one residual. */
export function errorWidths(residuals: readonly Residual[]): ErrorWidths {
  const of = (kind: ErrorClass): Residual[] => residuals.filter((r) => r.kind === kind);
  const moe = of('moe');
  const exponents = Array.from({ length: 9 }, (_, i) => 0.05 * i);
  const exponent = exponents.reduce((best, e) => (likelihood(moe, e) > likelihood(moe, best) ? e : best));
  const flat = (): number => 1;
  return {
    denseSigma: conformalSigma(of('dense'), flat),
    hybridSigma: conformalSigma(of('hybrid'), flat),
    moeSigma: conformalSigma(moe, (r) => batchScale(r.batch, exponent)),
    moeBatchExponent: exponent,
  };
}
