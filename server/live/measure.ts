/** Runs a request several times against an endpoint and reports its energy. */
import { mean } from '../core/index.js';
import { chat } from './chat.js';
import type { ChatExchange } from './chatTypes.js';
import { timeoutsFor, travelsInClear } from './endpoint.js';
import { LiveError } from './errors.js';
import type { MeasuredRun, MeasureHooks, MeasureOutcome, MeasurePlan, Stopped } from './measureTypes.js';
import type { Meter, MeterResult } from './meters/meter.js';
import { responseMeter } from './meters/responseMeter.js';
import { randomNonce, withNonce } from './nonce.js';
import { runFrom, runWarnings } from './runs.js';
import { halfWidth95 } from './statistics.js';
import { budgetStop, failureStop, noEnergyStop, preciseStop } from './stops.js';
import { summarize } from './summarize.js';
import { asOne, partOf } from './together.js';

/** One request of a series. */
interface Step {
  readonly kind: 'warmUp' | 'oneToken' | 'run';
  /** From 1. */
  readonly number: number;
}

/** What a series gathers. */
interface Series {
  readonly plan: MeasurePlan;
  readonly meter: Meter;
  readonly hooks: MeasureHooks;
  /** Fires when the user cancels or the budget is used up. */
  readonly signal: AbortSignal | undefined;
  readonly quirks: Set<string>;
  readonly warnings: Set<string>;
  readonly runs: MeasuredRun[];
  readonly raw: string[];
  reply: ChatExchange | null;
}

/** A narrow interval of two runs may be chance. */
const fewestForPrecision = 3;

/**
 * Measures one request. Cancelling, a failure in a later run or the end of the budget keeps the runs done before and
 * says so in `stopped`. Rejects with LiveError only where not one run was completed.
 */
export async function measure(asked: MeasurePlan, hooks: MeasureHooks = {}): Promise<MeasureOutcome> {
  const meter = asked.meter ?? responseMeter();
  const plan = meter.isBeside === true ? asked : { ...asked, atOnce: 1 };
  const now = hooks.now ?? (() => performance.now() / 1000);
  const start = now();
  const budget = plan.budgetSeconds === undefined ? null : AbortSignal.timeout(plan.budgetSeconds * 1000);
  const series: Series = {
    plan,
    meter,
    hooks,
    signal: budget === null ? hooks.signal : AbortSignal.any([budget, ...(hooks.signal ? [hooks.signal] : [])]),
    quirks: new Set(),
    warnings: new Set(openingWarnings(plan)),
    runs: [],
    raw: [],
    reply: null,
  };
  const { runs, raw, warnings } = series;
  const isOver = (): boolean => now() - start >= (plan.budgetSeconds ?? Infinity);
  const steps = stepsOf(plan);
  let fraction = 0;
  let label = '';
  let stopped: Stopped | null = null;
  const report = (message: string): void => hooks.onProgress?.({ fraction, message });

  try {
    const prepared = await series.meter.prepare?.({
      endpoint: plan.endpoint,
      signal: series.signal,
      onProgress: (message) => report(label === '' ? message : `${label} · ${message}`),
    });
    prepared?.forEach((warning) => warnings.add(warning));
  } catch (error) {
    throw isBudget(error, hooks.signal, isOver()) ? budgetError(error as LiveError, plan) : error;
  }
  for (const [index, step] of steps.entries()) {
    const left = (plan.budgetSeconds ?? Infinity) - (now() - start);
    const done = countOf(runs, plan);
    if (done > 0 && (now() - start) / index > left) {
      stopped = budgetStop(plan, done);
      break;
    }
    fraction = index / steps.length;
    label = progressText(step, plan.repeats, runs);
    report(label);
    try {
      const { exchanges, result } = await runOnce(series, step, Math.min(plan.timeoutSeconds, left));
      const [exchange] = exchanges;
      raw.push(`--- ${stepName(step, plan)}`, ...exchange.raw);
      for (const warning of [...exchange.warnings, ...result.warnings, ...(result.reading?.warnings ?? [])]) {
        warnings.add(warning);
      }
      const saysNothing = result.reading === null && result.discarded === undefined;
      if (step.kind === 'warmUp' && (series.meter.isBeside === true || !saysNothing)) {
        continue;
      }
      const part = partOf(result, exchanges.length);
      for (const each of exchanges) {
        const run = runFrom(each, part, step.kind === 'oneToken' ? 'oneToken' : 'run');
        runs.push(run);
        if (step.kind !== 'oneToken') {
          series.reply ??= each;
          runWarnings(plan, each, run).forEach((warning) => warnings.add(warning));
        }
      }
      if (saysNothing && runs.length === exchanges.length) {
        // More requests would cost energy and money and report nothing either.
        stopped = noEnergyStop(plan, exchange.url, series.meter);
        break;
      }
      if (step.kind === 'run' && countOf(runs, plan) < plan.repeats && isPrecise(runs, plan.stopWithin)) {
        stopped = preciseStop(plan, countOf(runs, plan));
        break;
      }
    } catch (error) {
      if (!(error instanceof LiveError) || done === 0) {
        throw isBudget(error, hooks.signal, isOver()) ? budgetError(error as LiveError, plan) : error;
      }
      raw.push(`--- ${stepName(step, plan)}`, ...(error.details.raw ?? []), error.message);
      const wasBudget = isBudget(error, hooks.signal, isOver());
      stopped = wasBudget ? budgetStop(plan, done) : failureStop(error, plan, done);
      break;
    }
  }
  const { measured, warnings: left, refusal } = summarize(runs);
  left.forEach((warning) => warnings.add(warning));
  if (stopped !== null && stopped.reason !== 'noEnergy' && stopped.reason !== 'precise') {
    warnings.add(stopped.message);
  }
  hooks.onProgress?.({ fraction: 1, message: `${countOf(runs, plan)} of ${plan.repeats} runs done` });
  return {
    measured,
    runs,
    reply: series.reply?.text ?? '',
    reasoning: series.reply?.reasoning ?? '',
    stopped: stopped ?? refusal,
    warnings: [...warnings],
    raw,
  };
}

function stepsOf({ warmUp, repeats, oneTokenRuns }: MeasurePlan): Step[] {
  const steps: Step[] = warmUp === true ? [{ kind: 'warmUp', number: 1 }] : [];
  for (let number = 1; number <= repeats; number++) {
    // Interleaved, so that a drift of temperature or clocks touches both alike.
    steps.push(...(oneTokenRuns === true ? [{ kind: 'oneToken', number } as const] : []), { kind: 'run', number });
  }
  return steps;
}

async function runOnce(
  { plan, meter, hooks, signal, quirks }: Series,
  step: Step,
  limitSeconds: number,
): Promise<{ exchanges: readonly [ChatExchange, ...ChatExchange[]]; result: MeterResult }> {
  const nonce = hooks.nonce ?? randomNonce;
  const send = (): Promise<ChatExchange> =>
    chat(
      {
        endpoint: plan.endpoint,
        model: plan.model,
        messages: plan.keepCache ? plan.messages : withNonce(plan.messages, nonce()),
        maxTokens: step.kind === 'oneToken' ? 1 : plan.maxTokens,
        // The same reply each time, as far as the endpoint can.
        temperature: 0,
        seed: 1,
      },
      { timeouts: timeoutsFor(limitSeconds), signal: hooks.signal, quirks },
    );
  const requests = plan.atOnce ?? 1;
  if (step.kind === 'warmUp' && meter.isBeside === true) {
    return { exchanges: await all(requests, send), result: { reading: null, warnings: [] } };
  }
  const run = await meter.start(signal, requests);
  try {
    const exchanges = await all(requests, send);
    return { exchanges, result: await run.finish(asOne(exchanges)) };
  } catch (error) {
    run.abandon();
    throw error;
  }
}

/** All at once; none is left running where one fails. */
async function all(
  requests: number,
  send: () => Promise<ChatExchange>,
): Promise<readonly [ChatExchange, ...ChatExchange[]]> {
  const work = Array.from({ length: requests }, send);
  await Promise.allSettled(work);
  const [first, ...rest] = await Promise.all(work);
  return [first!, ...rest];
}

/** Runs of the series proper, whether they count or not; requests at once are one run. */
function countOf(runs: readonly MeasuredRun[], { atOnce = 1 }: MeasurePlan): number {
  return runs.filter(({ kind }) => kind === 'run').length / atOnce;
}

function isPrecise(runs: readonly MeasuredRun[], stopWithin: number | undefined): boolean {
  const joules = clean(runs);
  const half = halfWidth95(joules);
  return (
    stopWithin !== undefined &&
    joules.length >= fewestForPrecision &&
    half !== null &&
    half <= stopWithin * mean(joules)
  );
}

function clean(runs: readonly MeasuredRun[]): number[] {
  return runs.flatMap(({ kind, joules, discarded }) =>
    kind === 'run' && joules !== null && discarded === undefined ? [joules] : [],
  );
}

/** Whether an error only means that the time is up. */
function isBudget(error: unknown, user: AbortSignal | undefined, isOver: boolean): boolean {
  return (
    error instanceof LiveError &&
    isOver &&
    user?.aborted !== true &&
    (error.code === 'timeout' || error.code === 'cancelled')
  );
}

function budgetError(error: LiveError, plan: MeasurePlan): LiveError {
  return new LiveError(
    'timeout',
    error.url,
    `${error.url}: no run was complete within the budget of ${plan.budgetSeconds} s; raise the budget, or lower the maximum of tokens.`,
    error.details,
  );
}

function openingWarnings(plan: MeasurePlan): string[] {
  const hasKey = plan.endpoint.apiKey !== undefined && plan.endpoint.apiKey !== '';
  return hasKey && travelsInClear(plan.endpoint.baseUrl)
    ? ['The key is sent unencrypted (plain http to another machine); prefer https.']
    : [];
}

function progressText({ kind, number }: Step, repeats: number, runs: readonly MeasuredRun[]): string {
  if (kind === 'warmUp') {
    return 'warm-up';
  }
  const joules = clean(runs);
  const half = halfWidth95(joules);
  const soFar =
    joules.length === 0
      ? ''
      : ` · ${Number(mean(joules).toPrecision(3))} J${half === null ? '' : ` ± ${Number(half.toPrecision(2))}`} so far`;
  return `${kind === 'oneToken' ? 'one token, ' : ''}run ${number} of ${repeats}${soFar}`;
}

function stepName({ kind, number }: Step, plan: MeasurePlan): string {
  return kind === 'warmUp'
    ? 'warm-up'
    : `${kind === 'oneToken' ? 'run of one token' : 'run'} ${number} of ${plan.repeats}`;
}
