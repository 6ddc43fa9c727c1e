/** Fits that each leave something out, and what they predict for what was left out. */
import type { Coefficients } from '../energy/coefficients.js';
import { fitCoefficients, predictRow, type RowPrediction } from './fit.js';
import { parameterValues } from './parameters.js';
import type { MeasuredRow } from './rows.js';

/** A row and what a fit that never saw its like says of it. */
export interface HeldOut {
  readonly row: MeasuredRow;
  readonly prediction: RowPrediction;
  /** ln(measured / predicted) of joules per output token. */
  readonly logRatio: number;
}

/** One fit of a series, and what it was not shown. */
export interface Fold {
  readonly leftOut: string;
  readonly coefficients: Coefficients;
  readonly rows: readonly HeldOut[];
}

/** Predicts rows with fixed coefficients. */
export function holdOut(rows: readonly MeasuredRow[], coefficients: Coefficients): HeldOut[] {
  return rows.map((row) => {
    const prediction = predictRow(row, coefficients);
    return { row, prediction, logRatio: Math.log(row.joulesPerToken / prediction.joulesPerToken) };
  });
}

/** One fold per distinct key: fitted on all other rows, starting at the solution of the whole (`whole`). */
export function leaveOut(
  rows: readonly MeasuredRow[],
  keyOf: (row: MeasuredRow) => string,
  whole: Coefficients,
): Fold[] {
  const from = parameterValues(whole);
  return [...new Set(rows.map(keyOf))].map((key) => {
    const coefficients = fitCoefficients(
      rows.filter((row) => keyOf(row) !== key),
      whole,
      from,
    );
    return {
      leftOut: key,
      coefficients,
      rows: holdOut(
        rows.filter((row) => keyOf(row) === key),
        coefficients,
      ),
    };
  });
}
