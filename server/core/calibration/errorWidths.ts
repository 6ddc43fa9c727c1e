/** Widths of the error model from out-of-sample residuals: conformal, by class. */
import type { ErrorCoefficients } from '../energy/coefficients.js';
import { expertWidthScale, type ErrorClass } from '../energy/errorModel.js';
import { quantile } from './metrics.js';

/** One out-of-sample residual: ln(measured / predicted) by a fit that never saw the row's group. */
export interface Residual {
  readonly kind: ErrorClass;
  readonly group: string;
  readonly batch: number;
  readonly gpus: number;
  readonly logRatio: number;
}

export interface ErrorWidths {
  readonly denseSigma: number;
  readonly hybridSigma: number;
  /** At batch 32 on one GPU. */
  readonly moeSigma: number;
}

/** The 95th percentile of the standard normal distribution: a 90 % interval is +- this many sigma. */
const Z95 = 1.6449;

/**
 * Sigma of a class such that +- 1.645 sigma holds 90 % of its residuals, each group counting alike, and more for few
 * groups (a factor 1 + 0.7 / groups): the next model is drawn from models, not from rows.
 */
function conformalSigma(residuals: readonly Residual[], scale: (r: Residual) => number): number {
  const groups = [...new Set(residuals.map((r) => r.group))];
  const rowsPerGroup = Math.max(...groups.map((g) => residuals.filter((r) => r.group === g).length));
  // Groups count alike: each is repeated to about the same number of rows by taking quantiles of its own.
  const even = groups.flatMap((g) => {
    const own = residuals.filter((r) => r.group === g).map((r) => Math.abs(r.logRatio) / scale(r));
    return Array.from({ length: rowsPerGroup }, (_, i) => quantile(own, (i + 0.5) / rowsPerGroup));
  });
  return (quantile(even, 0.9) / Z95) * (1 + 0.7 / Math.max(3, groups.length));
}

/** Deterministic; each class needs at least one residual. The shape of the width of experts is given, its level found. */
export function errorWidths(
  residuals: readonly Residual[],
  shape: Pick<ErrorCoefficients, 'moeBatchExponent' | 'moeGpuExponent'>,
): ErrorWidths {
  const of = (kind: ErrorClass): Residual[] => residuals.filter((r) => r.kind === kind);
  const flat = (): number => 1;
  return {
    denseSigma: conformalSigma(of('dense'), flat),
    hybridSigma: conformalSigma(of('hybrid'), flat),
    moeSigma: conformalSigma(of('moe'), (r) => expertWidthScale(r, shape)),
  };
}
