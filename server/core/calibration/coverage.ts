/** Whether intervals hold: each architecture judged by widths from the residuals of the others. */
import type { Coefficients } from '../energy/coefficients.js';
import { errorModel } from '../energy/errorModel.js';
import { errorWidths, type Residual } from './errorWidths.js';
import type { HeldOut } from './folds.js';
import {
  coveragePercent,
  groupBootstrap,
  halfWidthPercent,
  intervalScore,
  quantile,
  type IntervalPair,
} from './metrics.js';

/** A held-out row with the interval that was given for it. */
export interface CoveredRow extends IntervalPair {
  readonly held: HeldOut;
  /** Constant width for its class, from the same residuals: what a simpler interval would be. */
  readonly flatLo: number;
  readonly flatHi: number;
}

export interface CoverageSummary {
  readonly n: number;
  readonly coveragePercent: number;
  /** 90 % by bootstrap over architectures. */
  readonly coverageRange: readonly [number, number];
  readonly medianHalfWidthPercent: number;
  readonly intervalScore: number;
  readonly flatIntervalScore: number;
  readonly flatCoveragePercent: number;
}

const residualOf = ({ row, logRatio }: HeldOut): Residual => ({
  kind: row.kind,
  group: row.group,
  batch: row.batch,
  gpus: row.gpus,
  logRatio,
});

/** Intervals for rows whose residuals are out of sample, widths from other architectures' residuals alone. */
export function coverRows(rows: readonly HeldOut[], coefficients: Coefficients): CoveredRow[] {
  return [...new Set(rows.map(({ row }) => row.group))].flatMap((group) => {
    const own = rows.filter(({ row }) => row.group === group);
    const others = rows.filter(({ row }) => row.group !== group);
    const widths = errorWidths(others.map(residualOf), coefficients.error);
    const trial = { ...coefficients, error: { ...coefficients.error, ...widths } };
    return own.map((held): CoveredRow => {
      const { row, prediction } = held;
      const model = errorModel(row.arch, row.deployment, row.shape, trial);
      const sameKind = others.filter((other) => other.row.kind === row.kind).map(({ logRatio }) => Math.abs(logRatio));
      const flat = Math.exp(quantile(sameKind, 0.9));
      const at = prediction.joulesPerToken;
      return {
        held,
        measured: row.joulesPerToken,
        lo: at * model.quantile(0.05),
        hi: at * model.quantile(0.95),
        flatLo: at / flat,
        flatHi: at * flat,
      };
    });
  });
}

/** Zero rows are not allowed. */
export function summarizeCoverage(rows: readonly CoveredRow[]): CoverageSummary {
  const flat = rows.map((r) => ({ lo: r.flatLo, hi: r.flatHi, measured: r.measured }));
  return {
    n: rows.length,
    coveragePercent: coveragePercent(rows),
    coverageRange: groupBootstrap(rows, (r) => r.held.row.group, coveragePercent),
    medianHalfWidthPercent: quantile(
      rows.map((r) => halfWidthPercent(r.lo, r.hi)),
      0.5,
    ),
    intervalScore: intervalScore(rows),
    flatIntervalScore: intervalScore(flat),
    flatCoveragePercent: coveragePercent(flat),
  };
}
