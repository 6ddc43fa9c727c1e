/** Runs a request several times against an endpoint and reports its energy. */
import { chat } from './chat.js';
import type { ChatExchange } from './chatTypes.js';
import { timeoutsFor, travelsInClear } from './endpoint.js';
import { LiveError } from './errors.js';
import type { MeasuredRun, MeasureHooks, MeasureOutcome, MeasurePlan, Stopped } from './measureTypes.js';
import type { Meter, MeterResult } from './meters/meter.js';
import { responseMeter } from './meters/responseMeter.js';
import { randomNonce, withNonce } from './nonce.js';
import { mean } from './statistics.js';
import { summarize } from './summarize.js';

/**
 * Measures one request. Cancelling, a failure in a later run or the end of the budget keeps the runs done before and
 * says so in `stopped`. Rejects with LiveError only where not one run was completed.
 */
export async function measure(plan: MeasurePlan, hooks: MeasureHooks = {}): Promise<MeasureOutcome> {
  const now = hooks.now ?? (() => performance.now() / 1000);
  const start = now();
  const meter = plan.meter ?? responseMeter();
  const warnings = new Set<string>(openingWarnings(plan));
  const quirks = new Set<string>();
  const runs: MeasuredRun[] = [];
  const raw: string[] = [];
  let reply: ChatExchange | null = null;
  let stopped: Stopped | null = null;
  const warmUps = plan.warmUp === true ? 1 : 0;
  const total = plan.repeats + warmUps;

  for (let index = 0; index < total; index++) {
    const elapsed = now() - start;
    const left = (plan.budgetSeconds ?? Infinity) - elapsed;
    const expected = runs.length > 0 ? mean(runs.map((run) => run.seconds)) : 0;
    if (runs.length > 0 && expected > left) {
      stopped = budgetStop(plan, runs.length);
      break;
    }
    hooks.onProgress?.({ fraction: index / total, message: progressText(index, warmUps, plan.repeats, runs) });
    try {
      const { exchange, result } = await runOnce(plan, meter, Math.min(plan.timeoutSeconds, left), quirks, hooks);
      raw.push(
        `--- run ${index + 1 - warmUps} of ${plan.repeats}${index < warmUps ? ' (warm-up)' : ''}`,
        ...exchange.raw,
      );
      for (const warning of [...exchange.warnings, ...result.warnings, ...(result.reading?.warnings ?? [])]) {
        warnings.add(warning);
      }
      if (index < warmUps) {
        continue;
      }
      const run = runFrom(exchange, result);
      reply ??= exchange;
      runs.push(run);
      runWarnings(plan, exchange, run).forEach((warning) => warnings.add(warning));
      if (run.joules === null && runs.length === 1) {
        // More requests would cost energy and money and report nothing either.
        stopped = noEnergyStop(plan, exchange.url, meter);
        break;
      }
    } catch (error) {
      if (!(error instanceof LiveError) || runs.length === 0) {
        throw error;
      }
      raw.push(`--- run ${index + 1 - warmUps} of ${plan.repeats}`, ...(error.details.raw ?? []), error.message);
      stopped = stopFor(error, plan, runs.length, now() - start);
      break;
    }
  }
  const summary = summarize(runs);
  summary.warnings.forEach((warning) => warnings.add(warning));
  if (stopped !== null && stopped.reason !== 'noEnergy') {
    warnings.add(stopped.message);
  }
  hooks.onProgress?.({ fraction: 1, message: `${runs.length} of ${plan.repeats} runs done` });
  return {
    measured: summary.measured,
    runs,
    reply: reply?.text ?? '',
    reasoning: reply?.reasoning ?? '',
    stopped,
    warnings: [...warnings],
    raw,
  };
}

async function runOnce(
  plan: MeasurePlan,
  meter: Meter,
  limitSeconds: number,
  quirks: Set<string>,
  hooks: MeasureHooks,
): Promise<{ exchange: ChatExchange; result: MeterResult }> {
  const nonce = hooks.nonce ?? randomNonce;
  const run = await meter.start(hooks.signal);
  try {
    const exchange = await chat(
      {
        endpoint: plan.endpoint,
        model: plan.model,
        messages: plan.keepCache ? plan.messages : withNonce(plan.messages, nonce()),
        maxTokens: plan.maxTokens,
        // The same reply each time, as far as the endpoint can.
        temperature: 0,
        seed: 1,
      },
      { timeouts: timeoutsFor(limitSeconds), signal: hooks.signal, quirks },
    );
    return { exchange, result: await run.finish(exchange) };
  } catch (error) {
    run.abandon();
    throw error;
  }
}

function runFrom(exchange: ChatExchange, { reading }: MeterResult): MeasuredRun {
  return {
    joules: reading?.joules ?? null,
    provenance: reading?.provenance ?? null,
    scope: reading?.scope ?? null,
    method: reading?.method ?? null,
    field: reading?.field ?? null,
    ...(reading?.prefillJoules === undefined ? {} : { prefillJoules: reading.prefillJoules }),
    ...(reading?.decodeJoules === undefined ? {} : { decodeJoules: reading.decodeJoules }),
    tokensIn: exchange.usage?.tokensIn ?? null,
    tokensOut: exchange.usage?.tokensOut ?? null,
    tokensCached: exchange.usage?.tokensCached ?? null,
    seconds: exchange.seconds,
    secondsToFirstToken: exchange.secondsToFirstToken,
    finishReason: exchange.finishReason,
  };
}

function openingWarnings(plan: MeasurePlan): string[] {
  const hasKey = plan.endpoint.apiKey !== undefined && plan.endpoint.apiKey !== '';
  return hasKey && travelsInClear(plan.endpoint.baseUrl)
    ? ['The key is sent unencrypted (plain http to another machine); prefer https.']
    : [];
}

/** Tokens that any two prompts share: the template's opening, in blocks of the cache. */
const sharedOpeningTokens = 64;

function runWarnings(plan: MeasurePlan, exchange: ChatExchange, run: MeasuredRun): string[] {
  return [
    ...(exchange.usage === null
      ? ['The endpoint reported no token counts (usage); the prediction cannot be taken at the same tokens.']
      : []),
    ...(exchange.hasToolCalls ? ['The reply calls a tool; its text is only part of it.'] : []),
    ...(!plan.keepCache && (run.tokensCached ?? 0) > sharedOpeningTokens
      ? [`The endpoint served ${run.tokensCached} prompt tokens from its cache in spite of the nonce.`]
      : []),
  ];
}

function progressText(index: number, warmUps: number, repeats: number, runs: readonly MeasuredRun[]): string {
  if (index < warmUps) {
    return 'warm-up';
  }
  const joules = runs.flatMap((run) => (run.joules === null ? [] : [run.joules]));
  const soFar = joules.length === 0 ? '' : ` · ${Number(mean(joules).toPrecision(3))} J so far`;
  return `run ${index + 1 - warmUps} of ${repeats}${soFar}`;
}

function noEnergyStop(plan: MeasurePlan, url: string, meter: Meter): Stopped {
  const rest = plan.repeats > 1 ? `; the other ${plan.repeats - 1} runs were not sent` : '';
  return {
    reason: 'noEnergy',
    message: `${url}: replied, but reported no energy (meter "${meter.id}": body, chunks, comments, headers and trailers were searched)${rest}.`,
  };
}

function budgetStop(plan: MeasurePlan, done: number): Stopped {
  return {
    reason: 'budget',
    message: `Stopped after ${done} of ${plan.repeats} runs: the budget of ${plan.budgetSeconds} s is used up.`,
  };
}

function stopFor(error: LiveError, plan: MeasurePlan, done: number, elapsedSeconds: number): Stopped {
  if (error.code === 'cancelled') {
    return { reason: 'cancelled', message: `Cancelled after ${done} of ${plan.repeats} runs.`, error };
  }
  if (error.code === 'timeout' && elapsedSeconds >= (plan.budgetSeconds ?? Infinity)) {
    return budgetStop(plan, done);
  }
  return { reason: 'failed', message: `Stopped after ${done} of ${plan.repeats} runs: ${error.message}`, error };
}
