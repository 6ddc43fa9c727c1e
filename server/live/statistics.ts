/** The 95 % interval of a few runs. */
import { mean, twoSidedQuantile } from '../core/index.js';

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
