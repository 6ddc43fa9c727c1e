/** Numbers and table rows that the benchmarks report. */

/** One line of the report. */
export interface Row {
  what: string;
  figure: string;
  /** A ratio that must hold: `actual` at most `limit`. */
  ratio?: { actual: number; limit: number; of: string };
}

/** The value below which `share` of the values lie (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** `12.3 ms`, `4.56 s`. Input in milliseconds. */
export function time(milliseconds: number): string {
  return milliseconds < 1000 ? `${Number(milliseconds.toPrecision(3))} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}
