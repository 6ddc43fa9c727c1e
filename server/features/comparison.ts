/** Two series of runs in pairs as a verdict: which prompt costs more, by how much, and whether that is real. */
import { countedRuns, shownJoules, shownRuns } from '../core/history/index.js';
import type { HistoryRecord, HistoryRun } from '../core/history/index.js';
import {
  comparisonNotes,
  differenceText,
  pairedDifference,
  SIGNIFICANCE,
  signedJoules,
  verdictText,
} from '../core/statistics/index.js';
import type { Difference } from '../core/statistics/index.js';
import type { ComparisonDto, ComparisonSideDto, ComparisonTexts, DifferenceDto } from '../protocol/history.js';
import { keptOf } from './historyRecord.js';
import { measuredFigure } from './turnText.js';
import { joulesText } from './words.js';

/** The comparison of two records; null where they are not the two sides of one, or are of different kinds. */
export function comparisonOf(
  a: HistoryRecord,
  b: HistoryRecord,
  uriOf: (record: HistoryRecord) => string | null,
): ComparisonDto | null {
  const id = a.comparison?.id;
  if (id === undefined || b.comparison?.id !== id) return null;
  // Figures of different provenance or boundary are never set against each other.
  if (a.measured.provenance !== b.measured.provenance || a.measured.scope !== b.measured.scope) return null;
  const [runsA, runsB] = [countedRuns(a), countedRuns(b)];
  const pairs = Math.min(runsA.length, runsB.length);
  const alpha = numberOf(a.comparison?.['alpha']) ?? SIGNIFICANCE;
  const planned = numberOf(a.comparison?.['plannedPairs']) ?? pairs;
  const joules = pairedDifference(pairsOf(runsA, runsB, pairs, shownOf)!, alpha);
  const perToken = pairsOf(runsA, runsB, pairs, (run) => {
    const shown = shownOf(run);
    return shown !== null && typeof run.tokensOut === 'number' && run.tokensOut > 0 ? shown / run.tokensOut : null;
  });
  return {
    id,
    at: b.at,
    provenance: a.measured.provenance,
    a: sideOf(a, uriOf(a)),
    b: sideOf(b, uriOf(b)),
    pairs,
    plannedPairs: planned,
    alpha,
    joules: dto(joules),
    perOutputToken: perToken && dto(pairedDifference(perToken, alpha)),
    predictedJoules: b.predicted.joules - a.predicted.joules,
    verdict: verdictText(joules, shownJoules(a.measured), alpha),
    notes: comparisonNotes({
      alpha,
      pairs,
      plannedPairs: planned,
      tokensOut: [a.measured.tokensOut, b.measured.tokensOut],
      isSimulated: a.measured.provenance === 'simulated',
    }),
    texts: textsOf(a, b, joules, perToken && pairedDifference(perToken, alpha)),
  };
}

function textsOf(a: HistoryRecord, b: HistoryRecord, joules: Difference, perToken: Difference | null): ComparisonTexts {
  const perTokenText = (record: HistoryRecord): string => {
    const { tokensOut } = record.measured;
    return tokensOut > 0 ? joulesText(shownJoules(record.measured) / tokensOut) : '';
  };
  return {
    a: sideText(a),
    b: sideText(b),
    joules: differenceText(joules),
    predictedA: joulesText(a.predicted.joules),
    predictedB: joulesText(b.predicted.joules),
    predicted: signedJoules(b.predicted.joules - a.predicted.joules),
    perTokenA: perTokenText(a),
    perTokenB: perTokenText(b),
    perToken: perToken ? differenceText(perToken) : '',
  };
}

/** `52.3 J ± 1.1`: all sides have as many runs as there are pairs. */
const sideText = (record: HistoryRecord): string =>
  measuredFigure(keptOf(record).measurement).replace(/ \(n=\d+\)$|(?<=\()n=\d+, /, '');

/** The figure of a run that stands beside a prediction; null where it has none. */
const shownOf = ({ joules, grossJoules }: HistoryRun): number | null =>
  joules === null ? null : shownJoules({ joules, grossJoules });

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** Null where a run lacks the figure. */
function pairsOf<R>(
  a: readonly R[],
  b: readonly R[],
  count: number,
  of: (run: R) => number | null,
): [number, number][] | null {
  const pairs: [number, number][] = [];
  for (let index = 0; index < count; index++) {
    const [left, right] = [of(a[index]!), of(b[index]!)];
    if (left === null || right === null) return null;
    pairs.push([left, right]);
  }
  return pairs;
}

const dto = ({ mean, interval, p, isReal }: Difference): DifferenceDto => ({
  mean,
  interval: interval && [interval[0], interval[1]],
  p,
  isReal,
});

function sideOf(record: HistoryRecord, uri: string | null): ComparisonSideDto {
  const label = record.comparison?.['label'];
  return {
    label: typeof label === 'string' ? label : record.file,
    uri,
    conversation: record.conversation,
    replyTurn: record.replyTurn,
    requestHash: record.requestHash,
    joules: shownJoules(record.measured),
    ci95: record.measured.ci95,
    tokensIn: record.measured.tokensIn,
    tokensOut: record.measured.tokensOut,
    predictedJoules: record.predicted.joules,
    runs: shownRuns(record),
  };
}
