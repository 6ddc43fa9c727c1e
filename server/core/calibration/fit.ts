/**
 * The fit: energy, throughput and inter-token latency together, as logarithms, robustly, with priors. Constants are
 * fitted as logarithms, so none can be negative. Deterministic: no randomness, a fixed number of rounds.
 */
import { levenbergMarquardt } from 'ml-levenberg-marquardt';
import type { Coefficients } from '../energy/coefficients.js';
import { prepare } from '../energy/physics.js';
import { FITTED_PARAMETERS, withParameters } from './parameters.js';
import type { MeasuredRow } from './rows.js';

/** What the equation says for a measured row. */
export interface RowPrediction {
  readonly joulesPerToken: number;
  readonly interTokenSeconds: number;
  /** Seconds of the replica per output token: one over its throughput. */
  readonly replicaSecondsPerToken: number;
}

/** @throws PhysicsError where the row cannot be served so. */
export function predictRow(row: MeasuredRow, coefficients: Coefficients): RowPrediction {
  const model = prepare(row.arch, row.deployment, coefficients);
  const prefill = model.prefill(row.shape);
  const decode = model.decode(row.shape);
  return {
    joulesPerToken: (prefill.joules + decode.joules) / row.tokensOut,
    interTokenSeconds: decode.seconds / row.tokensOut,
    replicaSecondsPerToken: (prefill.replicaSeconds + decode.replicaSeconds) / row.tokensOut,
  };
}

/** Weights of the three kinds of residual: energy is the product; times keep watts sane. */
const ENERGY_WEIGHT = 1;
const THROUGHPUT_WEIGHT = 0.7;
const LATENCY_WEIGHT = 0.5;
/** Weight of the priors against the rows. */
const PRIOR_WEIGHT = 0.15;
/** Residual at which a row begins to count less (pseudo-Huber). */
const ROBUST_SCALE = 0.15;
const ROBUST_ROUNDS = 6;
/** Rounds when the start is a nearby solution. */
const NEARBY_ROUNDS = 3;

/**
 * Weight of each row: the square root of its group's fair share, so that a model with many rows does not outvote others.
 */
function groupWeights(rows: readonly MeasuredRow[]): number[] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.group, (counts.get(row.group) ?? 0) + 1);
  return rows.map((row) => Math.sqrt(rows.length / counts.size / counts.get(row.group)!));
}

/** Square roots of pseudo-Huber weights: 1 near zero, falling beyond the robust scale. */
const robustWeights = (residuals: readonly number[]): number[] =>
  residuals.map((r) => Math.pow(1 + (r / ROBUST_SCALE) ** 2, -0.25));

/**
 * Fits the constants of `FITTED_PARAMETERS` to rows; all others stay as in `start`. Start values are the priors, or
 * `from` (values in the same order) where a nearby solution is known.
 */
export function fitCoefficients(
  rows: readonly MeasuredRow[],
  start: Coefficients,
  from?: readonly number[],
): Coefficients {
  const weights = groupWeights(rows);
  const priors = FITTED_PARAMETERS;
  let robust = new Array<number>(rows.length * 3).fill(1);

  const raw = (logs: readonly number[]): number[] => {
    const coefficients = withParameters(
      start,
      logs.map((u, i) => priors[i]!.prior * Math.exp(u)),
    );
    const residuals: number[] = [];
    rows.forEach((row, i) => {
      const p = predictRow(row, coefficients);
      const w = weights[i]!;
      residuals.push(w * ENERGY_WEIGHT * Math.log(p.joulesPerToken / row.joulesPerToken));
      residuals.push(w * THROUGHPUT_WEIGHT * Math.log(p.replicaSecondsPerToken * row.tokensPerSecond));
      residuals.push(
        row.interTokenSeconds === null ? 0 : w * LATENCY_WEIGHT * Math.log(p.interTokenSeconds / row.interTokenSeconds),
      );
    });
    return residuals;
  };
  const all = (logs: readonly number[]): number[] => [
    ...raw(logs).map((r, i) => r * robust[i]!),
    ...logs.map((u, i) => (PRIOR_WEIGHT * u) / priors[i]!.looseness),
  ];

  let logs = from === undefined ? priors.map(() => 0) : from.map((value, i) => Math.log(value / priors[i]!.prior));
  // A nearby solution's residuals weight the rows from the first round on.
  if (from !== undefined) robust = robustWeights(raw(logs));
  const points = rows.length * 3 + priors.length;
  const data = { x: Array.from({ length: points }, (_, i) => i), y: new Array<number>(points).fill(0) };
  const rounds = from === undefined ? ROBUST_ROUNDS : NEARBY_ROUNDS;
  for (let round = 0; round < rounds; round++) {
    const fit = levenbergMarquardt(
      data,
      (candidate: number[]) => {
        const residuals = all(candidate);
        return (i: number) => residuals[i]!;
      },
      { initialValues: logs, gradientDifference: 1e-4, damping: 1e-3, maxIterations: 15, errorTolerance: 1e-9 },
    );
    logs = fit.parameterValues;
    robust = robustWeights(raw(logs));
  }
  return withParameters(
    start,
    logs.map((u, i) => priors[i]!.prior * Math.exp(u)),
  );
}
