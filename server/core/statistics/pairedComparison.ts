/**
 * Whether B differs from A, from runs in pairs.
 *
 * The test is the paired t-test: the two runs of a pair follow each other, so what drifts (temperature, other load)
 * is nearly the same in both and leaves their difference. A test that compares the two series (Welch's) would count the
 * drift as noise. The difference is always B minus A.
 */
import { twoSidedP, twoSidedQuantile } from './studentT.js';

/** Share of comparisons of equal things that may be called different. */
export const SIGNIFICANCE = 0.05;

/** The mean difference and how sure it is; in the unit of the values. */
export interface Difference {
  readonly mean: number;
  /** Null for fewer than two pairs, and where all differ by the same, so that nothing says what their noise is. */
  readonly interval: readonly [lo: number, hi: number] | null;
  /** Two-sided; null where the interval is. */
  readonly p: number | null;
  /** Whether the interval leaves out 0; null where there is none. */
  readonly isReal: boolean | null;
  /** Pairs. */
  readonly n: number;
}

/**
 * The difference B - A over pairs. With `alpha` 0.05 the interval is the 95 % interval.
 */
export function pairedDifference(
  pairs: readonly (readonly [a: number, b: number])[],
  alpha = SIGNIFICANCE,
): Difference {
  const differences = pairs.map(([a, b]) => b - a);
  const n = differences.length;
  const mean = n === 0 ? 0 : differences.reduce((sum, each) => sum + each, 0) / n;
  if (n < 2) return { mean, interval: null, p: null, isReal: null, n };
  const error = Math.sqrt(differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (n - 1) / n);
  if (error === 0 && mean !== 0) return { mean, interval: null, p: null, isReal: null, n };
  const half = twoSidedQuantile(alpha, n - 1) * error;
  const p = error === 0 ? 1 : twoSidedP(mean / error, n - 1);
  return { mean, interval: [mean - half, mean + half], p, isReal: p < alpha, n };
}

/**
 * Looks at the data before the last pair, and what each may spend of the 5 %: the shares add up to it, so that the
 * chance of calling equal things different stays below 5 % however the looks hang together (Bonferroni's inequality).
 * Looking more often, or at 5 % each time, would not be a test at 5 %.
 */
export interface Look {
  /** After so many pairs. */
  readonly pairs: number;
  readonly alpha: number;
}

/** Of 5 %, what the look half way may spend. */
const halfWayAlpha = 0.01;
/** Fewer pairs half way than this are not looked at. */
const fewestPairs = 4;

/** The planned looks at a series of `pairs`: at its end alone, or also half way. */
export function plannedLooks(pairs: number, stopEarly: boolean): readonly Look[] {
  const half = evenPairs(Math.floor(pairs / 2));
  if (!stopEarly || half < fewestPairs || half >= pairs) return [{ pairs, alpha: SIGNIFICANCE }];
  return [
    { pairs: half, alpha: halfWayAlpha },
    { pairs, alpha: SIGNIFICANCE - halfWayAlpha },
  ];
}

/** Rounded up to a whole number of AB BA blocks: a steady drift cancels over each. At least one block. */
export const evenPairs = (pairs: number): number => Math.max(2, 2 * Math.ceil(pairs / 2));

/** Which of a pair is run first: A B, B A, A B, ... */
export const orderOf = (pair: number): readonly ['a', 'b'] | readonly ['b', 'a'] =>
  pair % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
