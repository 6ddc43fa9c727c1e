/** Sends the planned requests, so many at a time as the plan says, and keeps what each of them cost. */
import { readRow, type MeasuredRequest } from '../core/calibration/endpoint/measuredRequests.js';
import type { CalibrationPlan, PlannedRequests } from '../core/calibration/endpoint/plan.js';
import type { LiveEndpoint, LiveOutcome, LivePort, LiveRun } from './livePort.js';
import { promptOf } from './calibrationPrompts.js';

export interface PlanRun {
  readonly requests: readonly MeasuredRequest[];
  /** Why it ended before its last request; null where it did not. */
  readonly stopped: string | null;
  /** What went wrong with single requests, or was left out, one sentence each. */
  readonly notes: readonly string[];
}

export interface RunOptions {
  readonly endpoint: LiveEndpoint;
  /** Name of the model at the endpoint. */
  readonly model: string;
  /** Model of the prediction. */
  readonly predictedModel: string;
  readonly timeoutSeconds: number;
  /** As Measure takes them; `response` where absent. */
  readonly meter?: string | undefined;
  readonly extractor?: string | undefined;
  readonly signal: AbortSignal;
  /** ISO 8601. */
  readonly now: () => string;
  readonly onProgress: (fraction: number, message: string) => void;
}

/** Failures in a row after which the endpoint is given up. */
const MOST_FAILURES = 3;

/** @throws the endpoint's error where not one request was answered with a usable figure; an Error with one clear line else */
export async function runPlan(
  plan: CalibrationPlan,
  live: Pick<LivePort, 'measure'>,
  options: RunOptions,
): Promise<PlanRun> {
  const done: MeasuredRequest[] = [];
  const notes = new Set<string>();
  let sent = 0;
  let failures = 0;
  const stop = (stopped: string | null): PlanRun => ({ requests: done, stopped, notes: [...notes] });
  const ended = (why: string): PlanRun => stop(`${why} after ${done.length} of ${plan.requests} requests.`);

  // A counter beside the endpoint is warmed up with each series.
  const isBeside = !['response', 'simulated'].includes(options.meter ?? 'response');
  if (!isBeside) {
    options.onProgress(0, 'warm-up');
    const { rows, refused } = rowsOf([await send(live, options, plan.steps[0]!, 0, 1)], options);
    // Said before more is sent that could not be used either.
    if (rows.length === 0 && refused.length > 0) throw new Error(refused[0]);
  }
  for (const step of plan.steps) {
    if (step.concurrency > 1 && !isBeside && done.some(({ scope }) => !isShare(scope))) {
      notes.add(
        `Requests at once were left out: the endpoint's figure (scope ${done[0]!.scope}) is no share of one request.`,
      );
      return stop(null);
    }
    // Alone, or under one window of a counter, all rounds are one series; else each round is sent at once.
    const isSeries = step.concurrency === 1 || isBeside;
    const groups = isSeries ? [step.rounds] : Array.from({ length: step.rounds }, () => 1);
    const series = isSeries ? 1 : step.concurrency;
    for (const repeats of groups) {
      if (options.signal.aborted) return cancelledAfter(done, ended);
      if (!isSeries) {
        options.onProgress(sent / plan.requests, progressText(step, sent, plan.requests, done));
      }
      const first = sent;
      const outcomes = await Promise.allSettled(
        Array.from({ length: series }, (_, i) =>
          send(live, options, step, 1 + first + i, repeats, (fraction) => {
            const now = first + Math.floor(fraction * repeats) * step.concurrency;
            if (isSeries && now < first + repeats * step.concurrency) {
              options.onProgress(now / plan.requests, progressText(step, now, plan.requests, done));
            }
          }),
        ),
      );
      sent += step.concurrency * repeats;
      const answered = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      if (options.signal.aborted && answered.length < series) return cancelledAfter(done, ended);
      const read = isBeside && step.concurrency > 1 ? windowRows(answered, step, options) : rowsOf(answered, options);
      if (read.refused.length > 0 && read.rows.length + done.length === 0) throw new Error(read.refused[0]);
      for (const refused of read.refused) notes.add(refused);
      // A group that lost some of its requests ran at another concurrency than planned.
      if (failed.length === 0) done.push(...read.rows);
      failures = failed.length > 0 ? failures + 1 : 0;
      if (failed.length > 0 && done.length === 0) throw failed[0];
      if (failed.length > 0) notes.add(`A request of ${step.tokensIn} tokens failed: ${messageOf(failed[0])}`);
      if (options.signal.aborted) return cancelledAfter(done, ended);
      if (failures >= MOST_FAILURES) return ended('Given up: the endpoint failed again and again');
    }
  }
  return stop(null);
}

function cancelledAfter(done: readonly MeasuredRequest[], ended: (why: string) => PlanRun): PlanRun {
  if (done.length === 0) throw Object.assign(new Error('Cancelled.'), { code: 'cancelled' });
  return ended('Cancelled');
}

const isShare = (scope: string): boolean => /attributed|request|share/i.test(scope);

const send = (
  live: Pick<LivePort, 'measure'>,
  options: RunOptions,
  step: PlannedRequests,
  seed: number,
  repeats: number,
  onProgress: (fraction: number) => void = () => undefined,
): Promise<LiveOutcome> =>
  live.measure(
    {
      endpoint: options.endpoint,
      model: options.model,
      messages: promptOf(step.tokensIn, seed),
      repeats,
      maxTokens: step.tokensOut,
      timeoutSeconds: options.timeoutSeconds,
      keepCache: false,
      meter: options.meter,
      extractor: options.extractor,
      atOnce: step.concurrency,
    },
    { signal: options.signal, onProgress: ({ fraction }) => onProgress(fraction) },
  );

/** The figures of series that ran at once, each run at the mean number that ran beside it; and why others are no rows. */
function rowsOf(outcomes: readonly LiveOutcome[], options: RunOptions): { rows: MeasuredRequest[]; refused: string[] } {
  const rows: MeasuredRequest[] = [];
  const refused: string[] = [];
  const { baseUrl } = options.endpoint;
  const seconds = outcomes.map(({ measured }) => measured?.seconds ?? 0);
  outcomes.forEach(({ measured, runs, stopped }, i) => {
    if (measured === null) {
      const why = runs.find(({ discarded }) => discarded !== undefined)?.discarded;
      refused.push(stopped?.message ?? `${baseUrl}: ${why ?? 'replied, but reported no energy'}.`);
      return;
    }
    const own = Math.max(1e-9, seconds[i]!);
    const atOnce = seconds.reduce((sum, each) => sum + Math.min(each, own) / own, 0);
    const { provenance, scope, method } = measured;
    for (const run of runs) {
      if (run.tokensIn === null || run.tokensOut === null) {
        refused.push(`${baseUrl}: reported no token counts (usage), so its figures cannot be calibrated to.`);
        continue;
      }
      const about = { provenance, scope, method, model: options.predictedModel, batch: Math.max(1, atOnce) };
      const row = readRow({ ...about, ...run, at: options.now() }, `request of ${run.tokensIn} tokens`);
      if ('message' in row) refused.push(`${baseUrl}: ${row.message}.`);
      else rows.push(row);
    }
  });
  return { rows, refused };
}

/** Requests that were decoded at once, over those that were sent at once: below this it was not that batch that was measured. */
const FEWEST_AT_ONCE = 0.75;

/**
 * One row for each window in which requests of one shape ran at once: the joules of one of them, at the mean of their
 * tokens and the number that decoded at once. Nobody knows how a window parts between its requests, so the parts are no
 * rows of their own; of requests alike their mean is what one cost.
 */
function windowRows(
  outcomes: readonly LiveOutcome[],
  { concurrency }: PlannedRequests,
  options: RunOptions,
): { rows: MeasuredRequest[]; refused: string[] } {
  const { baseUrl } = options.endpoint;
  const [outcome] = outcomes;
  const { measured, runs } = outcome ?? {};
  if (!measured || !runs) return outcome ? rowsOf([outcome], options) : { rows: [], refused: [] };
  const rows: MeasuredRequest[] = [];
  const refused: string[] = [];
  for (let at = 0; at < runs.length; at += concurrency) {
    const group = runs.slice(at, at + concurrency);
    const counted = group.filter(({ tokensIn, tokensOut }) => tokensIn !== null && tokensOut !== null);
    if (counted.length < concurrency) {
      refused.push(`${baseUrl}: reported no token counts (usage), so its figures cannot be calibrated to.`);
      continue;
    }
    const batch = decodedAtOnce(group);
    if (batch < FEWEST_AT_ONCE * concurrency) {
      refused.push(
        `${baseUrl}: of ${concurrency} requests sent at once ${Number(batch.toPrecision(2))} were served at once in the mean; left out.`,
      );
      continue;
    }
    const mean = (of: (run: LiveRun) => number): number => group.reduce((sum, run) => sum + of(run), 0) / concurrency;
    const { provenance, scope, method } = measured;
    const row = readRow(
      {
        provenance,
        scope,
        method,
        model: options.predictedModel,
        batch: Math.max(1, batch),
        ...group[0],
        tokensIn: Math.round(mean(({ tokensIn }) => tokensIn!)),
        tokensOut: Math.round(mean(({ tokensOut }) => tokensOut!)),
        tokensCached: Math.floor(mean(({ tokensCached }) => tokensCached ?? 0)),
        at: options.now(),
      },
      `${concurrency} requests of ${group[0]!.tokensIn} tokens at once`,
    );
    if ('message' in row) refused.push(`${baseUrl}: ${row.message}.`);
    else rows.push(row);
  }
  return { rows, refused };
}

/** Mean number of requests that decoded while any did; all were sent at the same moment. */
function decodedAtOnce(runs: readonly LiveRun[]): number {
  const spans = runs
    .map(({ seconds, secondsToFirstToken }) => [secondsToFirstToken ?? 0, seconds] as const)
    .sort(([a], [b]) => a - b);
  let covered = 0;
  let until = 0;
  let total = 0;
  for (const [from, to] of spans) {
    total += to - from;
    covered += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return covered > 0 ? total / covered : runs.length;
}

function progressText(step: PlannedRequests, sent: number, all: number, done: readonly MeasuredRequest[]): string {
  const joules = done.reduce((sum, each) => sum + each.joules, 0);
  const soFar = done.length === 0 ? '' : ` · ${Number(joules.toPrecision(3))} J so far`;
  const atOnce = step.concurrency === 1 ? '' : `, ${step.concurrency} at once`;
  return `request ${sent + 1} of ${all} (${step.tokensIn} in, ${step.tokensOut} out${atOnce})${soFar}`;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
