/** Mean and 95 % interval of a few runs. */
import { twoSidedQuantile } from '../core/index.js';

/** Arithmetic mean. Needs one value or more. */
export function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/** Half-width of the 95 % t-interval of the mean, in the unit of the values; null for fewer than two. */
export function halfWidth95(values: readonly number[]): number | null {
  const n = values.length;
  if (n < 2) {
    return null;
  }
  const centre = mean(values);
  const variance = values.reduce((total, value) => total + (value - centre) ** 2, 0) / (n - 1);
  return twoSidedQuantile(0.05, n - 1) * Math.sqrt(variance / n);
}
