/** Runs two requests in turn, so that they can be compared: A B, B A, ... */
import { evenPairs, mean, orderOf, pairedDifference, plannedLooks, SIGNIFICANCE } from '../core/index.js';
import { LiveError } from './errors.js';
import { measure } from './measure.js';
import type { MeasuredRun, MeasureHooks, MeasureOutcome, MeasurePlan, Stopped } from './measureTypes.js';
import type { Meter } from './meters/meter.js';
import { responseMeter } from './meters/responseMeter.js';
import { summarize } from './summarize.js';

type Side = 'a' | 'b';

/** How much to run. */
export interface CompareOptions {
  /** Pairs of runs; made even, so that a steady drift cancels. */
  readonly pairs: number;
  /** Looks half way too, and ends where the difference is clear there. */
  readonly stopEarly: boolean;
  /** Limit for all runs in seconds. */
  readonly budgetSeconds?: number | undefined;
}

/** Two series whose runs belong together one by one. */
export interface CompareOutcome {
  /** Complete pairs alone; `measured` is null where there is none. */
  readonly a: MeasureOutcome;
  readonly b: MeasureOutcome;
  readonly plannedPairs: number;
  /** What the look that ended the comparison may spend of the 5 %. */
  readonly alpha: number;
  readonly stopped: Stopped | null;
  readonly warnings: readonly string[];
  readonly raw: readonly string[];
}

interface Series {
  readonly runs: MeasuredRun[];
  reply: string;
  reasoning: string;
}

/**
 * One run of each goes before and does not count. Cancelling, a failure or the end of the budget keeps the pairs done
 * before and says so in `stopped`. Rejects with LiveError where not one pair was completed.
 */
export async function compare(
  plans: { readonly a: MeasurePlan; readonly b: MeasurePlan },
  options: CompareOptions,
  hooks: MeasureHooks = {},
): Promise<CompareOutcome> {
  const now = hooks.now ?? (() => performance.now() / 1000);
  const start = now();
  const planned = evenPairs(options.pairs);
  const looks = plannedLooks(planned, options.stopEarly);
  const meter = preparedOnce(plans.a.meter ?? responseMeter());
  const series: Record<Side, Series> = {
    a: { runs: [], reply: '', reasoning: '' },
    b: { runs: [], reply: '', reasoning: '' },
  };
  const warnings = new Set<string>();
  const raw: string[] = [];
  const total = 2 * planned + 2;
  let sent = 0;
  let done = 0;
  let alpha = looks.at(-1)?.alpha ?? SIGNIFICANCE;
  let stopped: Stopped | null = null;

  async function one(side: Side, what: string): Promise<MeasureOutcome> {
    const left = (options.budgetSeconds ?? Infinity) - (now() - start);
    hooks.onProgress?.({ fraction: sent / total, message: `${what}${soFar(series)}` });
    const plan: MeasurePlan = {
      ...plans[side],
      meter,
      repeats: 1,
      warmUp: false,
      timeoutSeconds: Math.min(plans[side].timeoutSeconds, left),
    };
    const { onProgress: _, ...quiet } = hooks;
    const outcome = await measure(plan, quiet);
    sent += 1;
    raw.push(`=== ${side.toUpperCase()}, ${what}`, ...outcome.raw);
    outcome.warnings.forEach((warning) => warnings.add(warning));
    return outcome;
  }

  /** Seconds that a pair is expected to take. */
  const expected = (): number => (sent === 0 ? 0 : (2 * (now() - start)) / sent);

  try {
    for (const side of ['a', 'b'] as const) {
      const { measured, stopped: why } = await one(side, 'warm-up');
      if (measured === null && why?.reason === 'noEnergy') {
        stopped = why;
        break;
      }
    }
    for (let pair = 0; stopped === null && done < planned; pair++) {
      if (done > 0 && now() - start + expected() > (options.budgetSeconds ?? Infinity)) {
        stopped = budgetStop(done, planned, options.budgetSeconds);
        break;
      }
      const pairRuns: Partial<Record<Side, MeasureOutcome>> = {};
      for (const side of orderOf(pair)) {
        pairRuns[side] = await one(side, `pair ${done + 1} of ${planned}, ${side.toUpperCase()}`);
      }
      if (!keep(series, pairRuns.a, pairRuns.b)) {
        warnings.add('A pair in which a run gave no figure, or one of another kind, does not count.');
        if (pair + 1 - done > planned) {
          stopped = { reason: 'failed', message: `Stopped: ${pair + 1 - done} pairs had no figures to compare.` };
        }
        continue;
      }
      done += 1;
      const look = looks.find(({ pairs }) => pairs === done);
      if (look && done < planned && difference(series, look.alpha).isReal === true) {
        alpha = look.alpha;
        break;
      }
    }
  } catch (error) {
    if (!(error instanceof LiveError) || done === 0) throw error;
    raw.push(...(error.details.raw ?? []), error.message);
    stopped = stopFor(error, done, planned);
  }
  if (stopped !== null && stopped.reason !== 'noEnergy') warnings.add(stopped.message);
  hooks.onProgress?.({ fraction: 1, message: `${done} of ${planned} pairs done` });
  const side = ({ runs, reply, reasoning }: Series): MeasureOutcome => ({
    measured: summarize(runs).measured,
    runs,
    reply,
    reasoning,
    stopped,
    warnings: [...warnings],
    raw: [],
  });
  return { a: side(series.a), b: side(series.b), plannedPairs: planned, alpha, stopped, warnings: [...warnings], raw };
}

/** Adds a pair; false where one of its runs has no figure, or figures of different kinds would be set side by side. */
function keep(series: Record<Side, Series>, a: MeasureOutcome | undefined, b: MeasureOutcome | undefined): boolean {
  if (!a?.measured || !b?.measured) return false;
  const kind = series.a.runs[0] ?? a.measured;
  const alike = [a.measured, b.measured].every(
    ({ provenance, scope }) => provenance === kind.provenance && scope === kind.scope,
  );
  if (!alike) return false;
  const runA = a.runs.find(isWhole);
  const runB = b.runs.find(isWhole);
  if (!runA || !runB) return false;
  if (series.a.runs.length === 0) {
    Object.assign(series.a, { reply: a.reply, reasoning: a.reasoning });
    Object.assign(series.b, { reply: b.reply, reasoning: b.reasoning });
  }
  series.a.runs.push(runA);
  series.b.runs.push(runB);
  return true;
}

const isWhole = ({ kind, joules, discarded }: MeasuredRun): boolean =>
  kind === 'run' && joules !== null && discarded === undefined;

/** The same meter, prepared once for all the runs. Its owner lets go of it. */
function preparedOnce(meter: Meter): Meter {
  let prepared: Promise<readonly string[]> | null = null;
  return {
    id: meter.id,
    ...(meter.isBeside === undefined ? {} : { isBeside: meter.isBeside }),
    prepare: (context) => (prepared ??= meter.prepare?.(context) ?? Promise.resolve([])),
    start: (signal) => meter.start(signal),
  };
}

/** With the idle power of the devices while the request ran, where the meter knows it, as a prediction holds it too. */
const joulesOf = ({ runs }: Series): number[] =>
  runs.flatMap(({ joules, grossJoules }) => (joules === null ? [] : [grossJoules ?? joules]));

function difference(series: Record<Side, Series>, alpha: number): ReturnType<typeof pairedDifference> {
  const b = joulesOf(series.b);
  return pairedDifference(
    joulesOf(series.a).map((joules, pair) => [joules, b[pair] ?? joules]),
    alpha,
  );
}

/** ` · A 48.1 J, B 47.3 J so far`. */
function soFar(series: Record<Side, Series>): string {
  const [a, b] = [joulesOf(series.a), joulesOf(series.b)];
  if (a.length === 0 || b.length === 0) return '';
  const text = (values: readonly number[]): string => `${Number(mean(values).toPrecision(3))} J`;
  return ` · A ${text(a)}, B ${text(b)} so far`;
}

function budgetStop(done: number, planned: number, seconds: number | undefined): Stopped {
  return {
    reason: 'budget',
    message: `Stopped after ${done} of ${planned} pairs: the budget of ${seconds} s is used up.`,
  };
}

function stopFor(error: LiveError, done: number, planned: number): Stopped {
  if (error.code === 'cancelled') {
    return { reason: 'cancelled', message: `Cancelled after ${done} of ${planned} pairs.`, error };
  }
  return { reason: 'failed', message: `Stopped after ${done} of ${planned} pairs: ${error.message}`, error };
}
