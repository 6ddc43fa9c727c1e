/** The out-of-sample tests: what is left out, and what the rest predicts for it. */
import type { Coefficients } from '../energy/coefficients.js';
import { engineFactor, withSoftwareFactor } from './calibrate.js';
import { fitCoefficients } from './fit.js';
import { holdOut, leaveOut, type HeldOut } from './folds.js';
import type { Pair } from './metrics.js';
import { parameterValues } from './parameters.js';
import type { MeasuredRow } from './rows.js';

/** Joules per output token, predicted beside measured. */
export const energyPairs = (rows: readonly HeldOut[]): Pair[] =>
  rows.map(({ row, prediction }) => ({ predicted: prediction.joulesPerToken, measured: row.joulesPerToken }));

/** Seconds between tokens, for rows where they were measured. */
export const latencyPairs = (rows: readonly HeldOut[]): Pair[] =>
  rows.flatMap(({ row, prediction }) =>
    row.interTokenSeconds === null
      ? []
      : [{ predicted: prediction.interTokenSeconds, measured: row.interTokenSeconds }],
  );

/** Each value of a property (laboratory, task, GPUs, precision) left out in turn. */
export const heldOutBy = (
  v3: readonly MeasuredRow[],
  keyOf: (row: MeasuredRow) => string,
  whole: Coefficients,
): HeldOut[] => leaveOut(v3, keyOf, whole).flatMap((fold) => fold.rows);

/** Fitted on batches up to 64, judged beyond, and the other way round. */
export function extrapolateBatch(
  v3: readonly MeasuredRow[],
  whole: Coefficients,
): { readonly up: HeldOut[]; readonly down: HeldOut[] } {
  const from = parameterValues(whole);
  const small = v3.filter((row) => row.batch <= 64.5);
  const large = v3.filter((row) => row.batch > 64.5);
  return {
    up: holdOut(large, fitCoefficients(small, whole, from)),
    down: holdOut(small, fitCoefficients(large, whole, from)),
  };
}

/** The 2024 rows: one factor from all of them, and one from all other architectures than the row's own. */
export function olderEngine(
  v2: readonly MeasuredRow[],
  whole: Coefficients,
): {
  readonly oneFactor: HeldOut[];
  readonly factorOfOthers: HeldOut[];
  readonly untouched: HeldOut[];
  readonly factor: number;
} {
  const factor = engineFactor(v2, whole);
  const groups = [...new Set(v2.map((row) => row.group))];
  const current = v2.map((row) => ({ ...row, deployment: { ...row.deployment, engine: 'vllm-0.11' as const } }));
  return {
    factor,
    oneFactor: holdOut(v2, withSoftwareFactor(whole, factor)),
    factorOfOthers: groups.flatMap((group) => {
      const others = v2.filter((row) => row.group !== group);
      const own = v2.filter((row) => row.group === group);
      return holdOut(own, withSoftwareFactor(whole, engineFactor(others, whole)));
    }),
    untouched: holdOut(current, whole),
  };
}
