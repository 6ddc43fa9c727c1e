/** 90 % intervals as quantiles over scenarios. */
import type { Interval90 } from './types.js';

/**
 * The 5 % and 95 % quantiles of equally likely values, widened where needed to contain the point.
 * `values` is sorted in place.
 */
export function interval90(values: Float64Array, point: number): Interval90 {
  if (values.length === 0) return [point, point];
  values.sort();
  return [Math.min(point, quantileOf(values, 0.05)), Math.max(point, quantileOf(values, 0.95))];
}

/** Quantile of sorted values, linear between them. */
export function quantileOf(sorted: Float64Array, u: number): number {
  const at = u * sorted.length - 0.5;
  const below = Math.min(sorted.length - 1, Math.max(0, Math.floor(at)));
  const above = Math.min(sorted.length - 1, below + 1);
  const share = Math.min(1, Math.max(0, at - below));
  return sorted[below]! + share * (sorted[above]! - sorted[below]!);
}
