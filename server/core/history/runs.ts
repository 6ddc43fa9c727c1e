/** Which of a record's runs its figure is the mean of. */
import type { HistoryRecord, HistoryRun } from './record.js';

/**
 * The joules that stand beside a prediction: with the idle power of the devices while the request ran, where the meter
 * knows it, as a prediction holds it too.
 */
export function shownJoules({
  joules,
  grossJoules,
}: {
  readonly joules: number;
  readonly grossJoules?: unknown;
}): number {
  return typeof grossJoules === 'number' ? grossJoules : joules;
}

/** The same of the runs that count, in the order they were run. */
export const shownRuns = (record: HistoryRecord): number[] =>
  countedRuns(record).flatMap(({ joules, grossJoules }) =>
    joules === null ? [] : [shownJoules({ joules, grossJoules })],
  );

/** In the order they were run: those with a figure, of the record's provenance, neither set aside nor cut to one token. */
export function countedRuns({ runs, measured }: HistoryRecord): HistoryRun[] {
  return runs.filter((run) => {
    const { kind = 'run', discarded, provenance } = run;
    const isSame = provenance === undefined || provenance === null || provenance === measured.provenance;
    return run.joules !== null && kind === 'run' && (discarded === undefined || discarded === null) && isSame;
  });
}
