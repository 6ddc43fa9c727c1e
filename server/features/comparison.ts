/** Two series of runs in pairs as a verdict: which prompt costs more, by how much, and whether that is real. */
import { countedRuns, shownJoules, shownRuns } from '../core/history/index.js';
import type { HistoryRecord, HistoryRun } from '../core/history/index.js';
import { pairedDifference, SIGNIFICANCE } from '../core/statistics/index.js';
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
    notes: notesOf(a, b, pairs, planned, alpha),
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

/** `+3.1 J (+1.2 J to +5 J)`. */
const differenceText = ({ mean, interval }: Difference): string =>
  `${signedJoules(mean)}${interval ? ` (${signedJoules(interval[0])} to ${signedJoules(interval[1])})` : ''}`;

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

/** `95`, or `99` of a look that spends 1 %. */
const levelText = (alpha: number): string => String(Number((100 * (1 - alpha)).toFixed(1)));

/** `B takes 3.1 J more than A (+6 %), 95 % interval +1.2 J to +5 J: a real difference (p = 0.004, 10 pairs).` */
export function verdictText({ mean, interval, p, isReal, n }: Difference, joulesA: number, alpha: number): string {
  const share = joulesA > 0 ? ` (${signed(Number(((100 * mean) / joulesA).toPrecision(2)))} %)` : '';
  const by = `B takes ${joulesText(Math.abs(mean))} ${mean < 0 ? 'less' : 'more'} than A${share}`;
  if (interval === null || p === null) {
    const why =
      n < 2
        ? `one pair says nothing about the spread`
        : 'all pairs differ by the same, so nothing says what the spread is';
    return `${by} in ${pairsText(n)}: no verdict, ${why}.`;
  }
  const range = `${levelText(alpha)} % interval ${signedJoules(interval[0])} to ${signedJoules(interval[1])}`;
  const chance = `p ${p < 0.001 ? '< 0.001' : `= ${Number(p.toPrecision(2))}`}, ${pairsText(n)}`;
  return isReal === true
    ? `${by}, ${range}: a real difference (${chance}).`
    : `No difference was found (${chance}): B minus A has the ${range}, which holds 0. A difference smaller than that may be there.`;
}

const pairsText = (n: number): string => `${n} ${n === 1 ? 'pair' : 'pairs'}`;
const signed = (value: number): string => (value > 0 ? `+${value}` : String(value).replace('-', '−'));
const signedJoules = (joules: number): string => `${joules < 0 ? '−' : '+'}${joulesText(Math.abs(joules))}`;

/** More tokens of reply than this share apart, and the prompts are not the only thing that differs. */
const unlikeReplies = 0.05;

function notesOf(a: HistoryRecord, b: HistoryRecord, pairs: number, planned: number, alpha: number): string[] {
  const { tokensOut: outA } = a.measured;
  const { tokensOut: outB } = b.measured;
  return [
    'Paired t-test: A and B were run next to each other (A B, B A, …), so that what drifts meanwhile is nearly the same in both.',
    ...(alpha !== SIGNIFICANCE
      ? [
          `Judged at ${Number((100 * alpha).toPrecision(2))} %: a look half way and one at the end share 5 %, so that equal prompts are called different in 5 % of comparisons at most.`,
        ]
      : []),
    ...(pairs < planned
      ? [`${pairs} of ${planned} pairs are complete. The verdict holds where the figures were not the reason to stop.`]
      : []),
    ...(Math.abs(outA - outB) > unlikeReplies * Math.max(outA, outB)
      ? [
          `The replies differ in length (${Math.round(outA)} and ${Math.round(outB)} tokens): joules a token are beside the joules.`,
        ]
      : []),
    ...(a.measured.provenance === 'simulated' ? ['The meter is simulated: nothing was measured.'] : []),
  ];
}
