/** Requests that run at once under one meter that knows nothing of requests: as one exchange, and back to each. Pure. */
import type { ChatExchange, Usage } from './chatTypes.js';
import type { MeterResult } from './meters/meter.js';

/** The exchange that the meter sees: from the first that was sent to the last that ended, all tokens together. */
export function asOne(exchanges: readonly [ChatExchange, ...ChatExchange[]]): ChatExchange {
  const [first] = exchanges;
  if (exchanges.length === 1) return first;
  const start = Math.min(...exchanges.map(({ startSeconds }) => startSeconds));
  const end = Math.max(...exchanges.map(({ startSeconds, seconds }) => startSeconds + seconds));
  const usages = exchanges.flatMap(({ usage }) => usage ?? []);
  return {
    ...first,
    startSeconds: start,
    seconds: end - start,
    usage: usages.length === exchanges.length ? usages.reduce(added) : null,
    // An engine's times are those of one request: they say nothing of where the phases of all lie.
    chunks: [],
    comments: [],
  };
}

const added = (a: Usage, b: Usage): Usage => ({
  tokensIn: a.tokensIn + b.tokensIn,
  tokensOut: a.tokensOut + b.tokensOut,
  tokensCached: a.tokensCached === null || b.tokensCached === null ? null : a.tokensCached + b.tokensCached,
});

/** One request's part of what the meter saw: they are the same request but for a mark, so all parts are equal. */
export function partOf(result: MeterResult, requests: number): MeterResult {
  const { reading } = result;
  if (reading === null || requests === 1) return result;
  const { prefillJoules: _prefill, decodeJoules: _decode, ...whole } = reading;
  return {
    ...result,
    reading: {
      ...whole,
      joules: reading.joules / requests,
      ...(reading.grossJoules === undefined ? {} : { grossJoules: reading.grossJoules / requests }),
      method: `${reading.method}, one of ${requests} requests at once`,
    },
  };
}
