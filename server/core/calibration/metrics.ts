/** How good predictions are: errors, coverage of intervals, and how sure that is. */
import { mean } from '../statistics/index.js';

/** Errors of predictions against measurements, in percent of the measured value. */
export interface ErrorSummary {
  readonly n: number;
  readonly mapePercent: number;
  readonly medianPercent: number;
  readonly p90Percent: number;
  /** Geometric mean of predicted over measured, minus one. */
  readonly biasPercent: number;
}

/** One prediction beside its measurement. */
export interface Pair {
  readonly predicted: number;
  readonly measured: number;
}

/** Signed error in percent of what was measured (or printed). */
export const percentOff = (predicted: number, measured: number): number => 100 * (predicted / measured - 1);

/** @returns zeros for no pairs. */
export function summarizeErrors(pairs: readonly Pair[]): ErrorSummary {
  if (pairs.length === 0) return { n: 0, mapePercent: 0, medianPercent: 0, p90Percent: 0, biasPercent: 0 };
  const errors = pairs.map((p) => Math.abs(percentOff(p.predicted, p.measured)));
  const logs = pairs.map((p) => Math.log(p.predicted / p.measured));
  return {
    n: pairs.length,
    mapePercent: mean(errors),
    medianPercent: quantile(errors, 0.5),
    p90Percent: quantile(errors, 0.9),
    biasPercent: 100 * (Math.exp(mean(logs)) - 1),
  };
}

/** Quantile by linear interpolation between order statistics (type 7). */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}

/** A measurement and the 90 % interval given for it. */
export interface IntervalPair {
  readonly lo: number;
  readonly hi: number;
  readonly measured: number;
}

/** Share of measurements inside their intervals, in percent. */
export const coveragePercent = (pairs: readonly IntervalPair[]): number =>
  100 * mean(pairs.map((p) => (p.measured >= p.lo && p.measured <= p.hi ? 1 : 0)));

/**
 * Interval score at 90 % (Gneiting and Raftery 2007) of the logarithms, mean: width, plus 20 times what a measurement
 * lies outside. Smaller is better.
 */
export function intervalScore(pairs: readonly IntervalPair[]): number {
  return mean(
    pairs.map(({ lo, hi, measured }) => {
      const [a, b, y] = [Math.log(lo), Math.log(hi), Math.log(measured)];
      return b - a + 20 * Math.max(0, a - y) + 20 * Math.max(0, y - b);
    }),
  );
}

/** Half of an interval's width over its geometric middle, in percent. */
export const halfWidthPercent = (lo: number, hi: number): number => 100 * (Math.sqrt(hi / lo) - 1);

/**
 * 90 % bootstrap interval of a statistic when whole groups are drawn with replacement: rows of one model are not
 * independent. Deterministic (a fixed linear congruential sequence).
 */
export function groupBootstrap<T>(
  items: readonly T[],
  groupOf: (item: T) => string,
  statistic: (sample: readonly T[]) => number,
  rounds = 400,
): readonly [lo: number, hi: number] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = groupOf(item);
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [item]);
    else list.push(item);
  }
  const lists = [...groups.values()];
  let state = 20_260_101;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const results: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const sample: T[] = [];
    for (let i = 0; i < lists.length; i++) sample.push(...lists[Math.floor(next() * lists.length)]!);
    results.push(statistic(sample));
  }
  return [quantile(results, 0.05), quantile(results, 0.95)];
}
