/** Mean and 95 % interval of a few runs. */

/**
 * Two-sided 95 % quantiles of Student's t for 1..30 degrees of freedom (standard table, e.g. NIST/SEMATECH e-Handbook
 * of Statistical Methods, section 1.3.6.7.2).
 */
const t975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** The t quantile for `freedom` degrees; beyond the table the Cornish-Fisher terms, good to 0.001 there. */
export function tQuantile975(freedom: number): number {
  const z = 1.959964;
  return t975[freedom - 1] ?? z + (z ** 3 + z) / (4 * freedom);
}

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
  return tQuantile975(n - 1) * Math.sqrt(variance / n);
}
