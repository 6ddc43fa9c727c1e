/**
 * Instructions that stand before every request of some tool: what their prefill costs over many requests, from the
 * start each time and with a warm prefix cache.
 */
import { energyFigure, hostJoulesOf, nodeJoules, scenarioJoules } from './energyFigure.js';
import type { RequestShape } from './physics.js';
import type { Pricer } from './pricer.js';
import { CACHE_BLOCK } from './requests.js';
import type { Energy } from './types.js';

/** Standing prompts are priced for so many requests. */
export const STANDING_REQUESTS = 1000;

/** GPU joules of the prefill of a standing prompt. What its tokens add to the decode of each reply is not in it. */
export interface StandingEnergy {
  readonly requests: number;
  /** Tokens that each request carries, template included. */
  readonly tokens: number;
  /** Prefilled from the start each time. */
  readonly energy: Energy;
  /** With its whole blocks found in the prefix cache each time; null where the profile has no prefix cache. */
  readonly cached: Energy | null;
}

/**
 * Linear in `requests`: each of them is priced as one prompt of these tokens.
 * @throws PhysicsError where the prompt does not fit the GPUs.
 */
export function priceStanding(pricer: Pricer, tokens: number, requests = STANDING_REQUESTS): StandingEnergy {
  const blocks = CACHE_BLOCK * Math.floor(tokens / CACHE_BLOCK);
  const tokensCached = Math.max(0, Math.min(blocks, tokens - 1));
  const prefill = (cached: number): Energy => prefillEnergy(pricer, tokens, cached, requests);
  return {
    requests,
    tokens,
    energy: prefill(0),
    cached: pricer.assumptions.prefixCache ? prefill(tokensCached) : null,
  };
}

function prefillEnergy(pricer: Pricer, tokensIn: number, tokensCached: number, requests: number): Energy {
  const shape: RequestShape = { tokensIn, tokensCached, tokensOut: 0 };
  const { joules, replicaSeconds } = pricer.central.prefill(shape);
  const parts = {
    prefillJoules: requests * joules,
    rereadJoules: 0,
    decodeJoules: 0,
    hostJoules: requests * hostJoulesOf(pricer.assumptions, replicaSeconds),
  };
  return energyFigure(pricer, parts, (joules) =>
    scenarioJoules(pricer, [nodeJoules(pricer, shape)], requests, 0, joules),
  );
}
