/**
 * Calibration to one model's own rows: two scalars on top of a fit that never saw its architecture.
 *
 * The scalars are a level (how this model's kernels and this node differ) and a growth beyond batch 64 (where the cost
 * of sequences, caches and expert tiles outgrows that of weights). Both in logarithms, held to 0 by a loose prior, and
 * robust to a single bad row.
 */
import type { HeldOut } from './folds.js';
import type { MeasuredRow } from './rows.js';

/** How rows of a series count for the row that is predicted. */
export type Weighting =
  /** Alike: the same two scalars at every batch. */
  | 'alike'
  /** Rows near in batch more: the scalars change along the batch, so this is a smooth curve, not two constants. */
  | 'near';

/** Rows that a series needs before two scalars of its own can be judged. */
const ENOUGH_ROWS = 5;
/** Batch where the second scalar begins. */
const BEND_BATCH = 64;
/** Standard deviation of the prior of each scalar, and of a row, in logarithms. */
const PRIOR_DEVIATION = 0.3;
const ROW_DEVIATION = 0.02;
/** Huber: a row counts less beyond this many of its deviations. */
const ROBUST_DEVIATIONS = 1.5;
const ROBUST_ROUNDS = 8;
/** Width of the nearness, in logarithms of batch: a row at half or double the batch counts 0.6. */
const NEAR_WIDTH = 0.7;

/** Rows of one model, task and GPU count: one laboratory run over batches. */
export function series<T extends { readonly row: MeasuredRow }>(rows: readonly T[]): T[][] {
  const byKey = new Map<string, T[]>();
  for (const one of rows) {
    const key = `${one.row.model} ${one.row.task} ${one.row.gpus}`;
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [one]);
    else list.push(one);
  }
  return [...byKey.values()].map((list) => [...list].sort((a, b) => a.row.batch - b.row.batch));
}

/**
 * Each row of a series of five or more, predicted by two scalars from the others.
 * @param held rows with predictions of fits that left their architecture out.
 * @param folds 0: each row alone is left out; else every n-th row at a time.
 */
export function calibratePerModel(held: readonly HeldOut[], weighting: Weighting, folds = 0): HeldOut[] {
  return series(held)
    .filter((list) => list.length >= ENOUGH_ROWS)
    .flatMap((list) =>
      list.map((one, i): HeldOut => {
        const others = list.filter((_, j) => (folds === 0 ? j !== i : j % folds !== i % folds));
        const correction = correctionAt(others, one.row.batch, weighting);
        const joulesPerToken = one.prediction.joulesPerToken * Math.exp(correction);
        return { ...one, prediction: { ...one.prediction, joulesPerToken }, logRatio: one.logRatio - correction };
      }),
    );
}

/** ln of the factor that rows suggest at a batch. */
function correctionAt(rows: readonly HeldOut[], batch: number, weighting: Weighting): number {
  const bend = (b: number): number => Math.max(0, Math.log(b / BEND_BATCH));
  const points = rows.map(({ row, logRatio }) => ({
    x: bend(row.batch),
    y: logRatio,
    near: weighting === 'alike' ? 1 : Math.exp(-0.5 * (Math.log(row.batch / batch) / NEAR_WIDTH) ** 2),
  }));
  // Only the ratio between rows matters: the nearest counts whole.
  const nearest = Math.max(...points.map((p) => p.near));
  const ridge = (ROW_DEVIATION / PRIOR_DEVIATION) ** 2;
  let robust = points.map(() => 1);
  let [level, growth] = [0, 0];
  for (let round = 0; round < ROBUST_ROUNDS; round++) {
    let [sw, sx, sxx, sy, sxy] = [ridge, 0, ridge, 0, 0];
    points.forEach((p, i) => {
      const w = (robust[i]! * p.near) / nearest;
      sw += w;
      sx += w * p.x;
      sxx += w * p.x * p.x;
      sy += w * p.y;
      sxy += w * p.x * p.y;
    });
    const determinant = sw * sxx - sx * sx;
    level = (sy * sxx - sxy * sx) / determinant;
    growth = (sw * sxy - sx * sy) / determinant;
    robust = points.map((p) => {
      const deviations = Math.abs(p.y - level - growth * p.x) / ROW_DEVIATION;
      return deviations <= ROBUST_DEVIATIONS ? 1 : ROBUST_DEVIATIONS / deviations;
    });
  }
  return level + growth * bend(batch);
}

/**
 * What rows themselves allow: each inner row of a series by the straight line, in logarithms, between the two rows next
 * to it. A run that does not repeat (other node, other power) shows here whatever the predictor.
 */
export function betweenNeighbours(held: readonly HeldOut[]): HeldOut[] {
  return series(held)
    .filter((list) => list.length >= ENOUGH_ROWS)
    .flatMap((list) =>
      list.slice(1, -1).map((one, i): HeldOut => {
        const [before, after] = [list[i]!, list[i + 2]!];
        const span = Math.log(after.row.batch / before.row.batch);
        const share = span > 0 ? Math.log(one.row.batch / before.row.batch) / span : 0.5;
        const correction = (1 - share) * before.logRatio + share * after.logRatio;
        const joulesPerToken = one.prediction.joulesPerToken * Math.exp(correction);
        return { ...one, prediction: { ...one.prediction, joulesPerToken }, logRatio: one.logRatio - correction };
      }),
    );
}
