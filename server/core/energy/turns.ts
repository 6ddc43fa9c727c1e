/** Each request split over its turns: prefill by tokens, re-reading to the last input turn, decode to the reply. */
import type { PricedRequest } from './accounting.js';
import { scenarioJoules, turnFigure, type EnergyParts } from './energyFigure.js';
import type { PhaseSlopes, PreparedModel } from './physics.js';
import type { Pricer } from './pricer.js';
import { allTokens, CACHE_BLOCK, laterTokens, type ConversationRequest, type PricedTurn } from './requests.js';
import type { Energy } from './types.js';

/**
 * The figures of one request's turns, in order.
 *
 * @param later what one token costs in the requests after this one, worked out when it is first read
 */
export function requestTurns(
  pricer: Pricer,
  turns: readonly PricedTurn[],
  each: PricedRequest,
  later: () => number,
): Energy[] {
  const { firstTurn, lastTurn, replyTurn } = each.request;
  const { prefillJoules, rereadJoules, decodeJoules } = each.parts;
  const endOfInput = replyTurn ?? lastTurn + 1;
  const energies: Energy[] = [];
  let whole = 0;
  for (let i = firstTurn; i < endOfInput; i++) whole += allTokens(turns[i]!.tokens);
  for (let i = firstTurn; i < endOfInput; i++) {
    const { tokens } = turns[i]!;
    const share = whole > 0 ? allTokens(tokens) / whole : 1 / (endOfInput - firstTurn);
    const reread = i === endOfInput - 1 ? rereadJoules : 0;
    energies.push(shareOf(pricer, each, share * prefillJoules, reread, 0, () => laterTokens(tokens) * later()));
  }
  if (replyTurn === null) return energies;
  const carries = endOfInput === firstTurn ? 1 : 0;
  const { tokens } = turns[replyTurn]!;
  const reply = shareOf(pricer, each, carries * prefillJoules, carries * rereadJoules, decodeJoules, () => {
    return laterTokens(tokens) * later();
  });
  return [...energies, reply];
}

/** One turn's part of a request; the host follows the GPUs' joules. */
function shareOf(
  pricer: Pricer,
  priced: PricedRequest,
  prefillJoules: number,
  rereadJoules: number,
  decodeJoules: number,
  laterJoules: () => number,
): Energy {
  const { parts } = priced;
  const prefill = parts.prefillJoules + parts.rereadJoules;
  const gpu = prefill + parts.decodeJoules;
  const own = prefillJoules + rereadJoules;
  const hostJoules = gpu > 0 ? (parts.hostJoules * (own + decodeJoules)) / gpu : 0;
  const figure: EnergyParts = { prefillJoules, rereadJoules, decodeJoules, hostJoules };
  return turnFigure(pricer, figure, laterJoules, (joules) =>
    scenarioJoules(pricer, [priced.nodes()], prefill > 0 ? own / prefill : 0, decodeJoules > 0 ? 1 : 0, joules),
  );
}

/** Joules that one token of request `r`'s turns costs in all later requests, by suffix sums. */
export function laterSlopes({ central, assumptions }: Pricer, priced: readonly PricedRequest[]): Float64Array {
  const later = new Float64Array(priced.length);
  let sum = 0;
  for (let r = priced.length - 1; r >= 0; r--) {
    later[r] = sum;
    const slopes = slopesOf(central, priced[r]!.request);
    sum += slopes.decodePerContextToken;
    sum += assumptions.prefixCache ? slopes.prefillPerCachedToken : slopes.prefillPerNewToken;
  }
  return later;
}

/** Slopes need room for one token more; where memory ends exactly there, those one block before stand for them. */
function slopesOf(central: PreparedModel, request: ConversationRequest): PhaseSlopes {
  try {
    return central.slopes(request);
  } catch {
    const { tokensIn, tokensCached } = request;
    return central.slopes({
      ...request,
      tokensIn: Math.max(0, tokensIn - CACHE_BLOCK),
      tokensCached: Math.max(0, tokensCached - CACHE_BLOCK),
    });
  }
}
