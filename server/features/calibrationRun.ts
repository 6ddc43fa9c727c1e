/** Sends the planned requests, so many at a time as the plan says, and keeps what each of them cost. */
import { readRow, type MeasuredRequest } from '../core/calibration/endpoint/measuredRequests.js';
import type { CalibrationPlan, PlannedRequests } from '../core/calibration/endpoint/plan.js';
import type { LiveEndpoint, LiveOutcome, LivePort } from './livePort.js';
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
  if ((options.meter ?? 'response') === 'response') {
    options.onProgress(0, 'warm-up');
    const { rows, refused } = rowsOf([await send(live, options, plan.steps[0]!, 0, 1)], options);
    // Said before more is sent that could not be used either.
    if (rows.length === 0 && refused.length > 0) throw new Error(refused[0]);
  }
  for (const step of plan.steps) {
    if (step.concurrency > 1 && done.some(({ scope }) => !isShare(scope))) {
      notes.add(
        `Requests at once were left out: the endpoint's figure (scope ${done[0]!.scope}) is no share of one request.`,
      );
      return stop(null);
    }
    // Alone, all rounds are one series; together, each round is sent at once.
    const groups = step.concurrency === 1 ? [step.rounds] : Array.from({ length: step.rounds }, () => 1);
    for (const repeats of groups) {
      if (options.signal.aborted) return cancelledAfter(done, ended);
      if (step.concurrency > 1) {
        options.onProgress(sent / plan.requests, progressText(step, sent, plan.requests, done));
      }
      const first = sent;
      const outcomes = await Promise.allSettled(
        Array.from({ length: step.concurrency }, (_, i) =>
          send(live, options, step, 1 + first + i, repeats, (fraction) => {
            const now = first + Math.floor(fraction * repeats);
            if (step.concurrency === 1 && now < first + repeats) {
              options.onProgress(now / plan.requests, progressText(step, now, plan.requests, done));
            }
          }),
        ),
      );
      sent += step.concurrency * repeats;
      const answered = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      if (options.signal.aborted && answered.length < step.concurrency) return cancelledAfter(done, ended);
      const read = rowsOf(answered, options);
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

function progressText(step: PlannedRequests, sent: number, all: number, done: readonly MeasuredRequest[]): string {
  const joules = done.reduce((sum, each) => sum + each.joules, 0);
  const soFar = done.length === 0 ? '' : ` · ${Number(joules.toPrecision(3))} J so far`;
  const atOnce = step.concurrency === 1 ? '' : `, ${step.concurrency} at once`;
  return `request ${sent + 1} of ${all} (${step.tokensIn} in, ${step.tokensOut} out${atOnce})${soFar}`;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
