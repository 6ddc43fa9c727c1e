/** Two requests measured in turn: the JSON of `measure --against --json`, and the same for people. Pure. */
import {
  comparisonNotes,
  differenceText,
  pairedDifference,
  signedJoules,
  verdictText,
  type Difference,
} from '../core/index.js';
import type { CompareOutcome, MeasuredRun } from '../live/index.js';
import { figureText, type MeasureReport } from './measureReport.js';

/** The difference, B minus A, and what it rests on. */
export interface Comparison {
  readonly pairs: number;
  readonly plannedPairs: number;
  /** What the look that ended it may spend of the 5 %: the interval is at the rest. */
  readonly alpha: number;
  /** Of the request. */
  readonly joules: Difference;
  /** Of a token of the reply; null where the endpoint counts none. */
  readonly perOutputToken: Difference | null;
  /** As predicted at the tokens of the runs. */
  readonly predictedJoules: number;
  readonly verdict: string;
  readonly notes: readonly string[];
}

/** `measure --against --json`. */
export interface ComparisonReport {
  /** What stands against. */
  readonly a: MeasureReport;
  /** The file that was named. */
  readonly b: MeasureReport;
  /** Null without a complete pair. */
  readonly comparison: Comparison | null;
  readonly warnings: readonly string[];
  readonly stopped: MeasureReport['stopped'];
}

/** Puts the two sides next to each other. Both hold the runs of complete pairs alone. */
export function comparisonReport(a: MeasureReport, b: MeasureReport, outcome: CompareOutcome): ComparisonReport {
  return {
    a,
    b,
    comparison: comparisonOf(a, b, outcome),
    warnings: [...new Set([...a.warnings, ...b.warnings])],
    stopped: b.stopped,
  };
}

function comparisonOf(
  { runs: runsA, measured: measuredA, predicted: predictedA }: MeasureReport,
  { runs: runsB, measured: measuredB, predicted: predictedB }: MeasureReport,
  { alpha, plannedPairs }: CompareOutcome,
): Comparison | null {
  if (measuredA === null || measuredB === null) return null;
  const pairs = runsA.map((run, index) => [run, runsB[index]!] as const);
  const joules = pairedDifference(
    pairs.map(([a, b]) => [shownJoules(a), shownJoules(b)]),
    alpha,
  );
  const tokens = pairs.flat().map(({ tokensOut }) => tokensOut ?? 0);
  const perToken = (run: MeasuredRun): number => shownJoules(run) / run.tokensOut!;
  return {
    pairs: pairs.length,
    plannedPairs,
    alpha,
    joules,
    perOutputToken: tokens.every((count) => count > 0)
      ? pairedDifference(
          pairs.map(([a, b]) => [perToken(a), perToken(b)]),
          alpha,
        )
      : null,
    predictedJoules: predictedB.joules - predictedA.joules,
    verdict: verdictText(joules, measuredA.grossJoules ?? measuredA.joules, alpha),
    notes: comparisonNotes({
      alpha,
      pairs: pairs.length,
      plannedPairs,
      tokensOut: [measuredA.tokensOut ?? 0, measuredB.tokensOut ?? 0],
      isSimulated: measuredA.provenance === 'simulated',
    }),
  };
}

/** With the idle power of the devices while the request ran, where the meter knows it, as a prediction holds it too. */
const shownJoules = ({ joules, grossJoules }: MeasuredRun): number => grossJoules ?? joules ?? 0;

/** The report for people. */
export function comparisonReportText({ a, b, comparison, warnings }: ComparisonReport): string {
  const side = (name: string, report: MeasureReport): string => `${name} ${report.file}: ${figureText(report)}`;
  return [
    `${b.endpointModel} at ${b.endpoint}`,
    side('A', a),
    side('B', b),
    ...(comparison === null
      ? []
      : [
          comparison.verdict,
          `  B minus A: ${differenceText(comparison.joules)}, predicted ${signedJoules(comparison.predictedJoules)}${
            comparison.perOutputToken === null
              ? ''
              : `; a token of the reply ${differenceText(comparison.perOutputToken)}`
          }`,
          ...comparison.notes.map((note) => `  ${note}`),
        ]),
    ...warnings.map((warning) => `  warning: ${warning}`),
  ].join('\n');
}
