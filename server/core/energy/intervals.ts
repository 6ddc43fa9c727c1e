/** 90 % intervals as quantiles over scenarios. */
import type { Interval90 } from './types.js';

/**
 * The 5 % and 95 % quantiles of equally likely values, widened where needed to contain the point.
 * Only the values at the two ends are put in order: this runs for every row and every turn that is looked at.
 */
export function interval90(values: Float64Array, point: number): Interval90 {
  const n = values.length;
  if (n === 0) return [point, point];
  const wanted = Math.min(n, Math.floor(0.05 * n - 0.5) + 2);
  if (!(wanted > 1)) {
    const sorted = values.slice().sort();
    return [Math.min(point, quantileOf(sorted, 0.05)), Math.max(point, quantileOf(sorted, 0.95))];
  }
  const low = smallest(values, wanted, 1);
  const high = smallest(values, wanted, -1);
  const share = 0.05 * n - 0.5 - (wanted - 2);
  const between = (ends: Float64Array): number => ends[wanted - 2]! + share * (ends[wanted - 1]! - ends[wanted - 2]!);
  return [Math.min(point, between(low)), Math.max(point, -between(high))];
}

/** The `count` smallest of `sign` x values, in order. */
function smallest(values: Float64Array, count: number, sign: 1 | -1): Float64Array {
  const ends = new Float64Array(count).fill(Infinity);
  const last = count - 1;
  for (let k = 0; k < values.length; k++) {
    const value = sign * values[k]!;
    if (value >= ends[last]!) continue;
    let at = last;
    while (at > 0 && ends[at - 1]! > value) {
      ends[at] = ends[at - 1]!;
      at--;
    }
    ends[at] = value;
  }
  return ends;
}

/** Quantile of sorted values, linear between them. */
export function quantileOf(sorted: Float64Array, u: number): number {
  const at = u * sorted.length - 0.5;
  const below = Math.min(sorted.length - 1, Math.max(0, Math.floor(at)));
  const above = Math.min(sorted.length - 1, below + 1);
  const share = Math.min(1, Math.max(0, at - below));
  return sorted[below]! + share * (sorted[above]! - sorted[below]!);
}
