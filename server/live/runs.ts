/** From one exchange and what the meter says of it to one run. Pure. */
import type { ChatExchange } from './chatTypes.js';
import type { MeasuredRun, MeasurePlan } from './measureTypes.js';
import type { MeterResult } from './meters/meter.js';
import { serverTimings } from './serverTimings.js';

/** Plain data of one run. */
export function runFrom(
  exchange: ChatExchange,
  { reading, discarded }: MeterResult,
  kind: MeasuredRun['kind'],
): MeasuredRun {
  const timings = serverTimings(exchange.chunks);
  return {
    kind,
    joules: reading?.joules ?? null,
    provenance: reading?.provenance ?? null,
    scope: reading?.scope ?? null,
    method: reading?.method ?? null,
    field: reading?.field ?? null,
    ...(discarded === undefined ? {} : { discarded }),
    ...(reading?.boundary === undefined ? {} : { boundary: reading.boundary }),
    ...(reading?.prefillJoules === undefined ? {} : { prefillJoules: reading.prefillJoules }),
    ...(reading?.decodeJoules === undefined ? {} : { decodeJoules: reading.decodeJoules }),
    ...(reading?.grossJoules === undefined ? {} : { grossJoules: reading.grossJoules }),
    ...(reading?.idleWatts === undefined ? {} : { idleWatts: reading.idleWatts }),
    ...(reading?.range === undefined ? {} : { range: reading.range }),
    ...(reading?.windowSeconds === undefined ? {} : { windowSeconds: reading.windowSeconds }),
    ...(timings === null ? {} : { secondsPrefill: timings.prefillSeconds, secondsDecode: timings.decodeSeconds }),
    tokensIn: exchange.usage?.tokensIn ?? null,
    tokensOut: exchange.usage?.tokensOut ?? null,
    tokensCached: exchange.usage?.tokensCached ?? null,
    seconds: exchange.seconds,
    secondsToFirstToken: exchange.secondsToFirstToken,
    finishReason: exchange.finishReason,
  };
}

/** Tokens that any two prompts share: the template's opening, in blocks of the cache. */
const sharedOpeningTokens = 64;

/** What must be said of a run beside its figure. */
export function runWarnings(plan: MeasurePlan, exchange: ChatExchange, run: MeasuredRun): string[] {
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
