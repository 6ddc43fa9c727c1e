/**
 * The energy of a conversation: each request once, split over its turns, so that turns add up to requests and requests
 * to the total. Points are figured at the central scenario; intervals on demand, from scenario sums.
 */
import type { ConversationParameters } from '../transcript/model.js';
import type { ResolvedModel } from './catalogue.js';
import type { Coefficients } from './coefficients.js';
import {
  energyFigure,
  hostJoulesOf,
  nodeJoules,
  scenarioJoules,
  sumNodeJoules,
  type EnergyParts,
  type NodeJoules,
} from './energyFigure.js';
import { priceNext, type ReplyContext } from './nextReply.js';
import { createPricer, type Pricer } from './pricer.js';
import type { ReplyLengthTable } from './replyLength.js';
import { allTokens, conversationRequests, type ConversationRequest, type PricedTurn } from './requests.js';
import { laterSlopes, requestTurns } from './turns.js';
import type { Assumptions, ConversationEnergy, Energy, RequestEnergy } from './types.js';

export type { PricedTurn } from './requests.js';

export interface PriceInput {
  readonly turns: readonly PricedTurn[];
  /** Tokens of the generation prompt of the request about to be made. */
  readonly pendingLead: number;
  /** False for instructions that no reply follows of their own: then `next` is null. Default true. */
  readonly expectsReply?: boolean;
  readonly assumptions: Assumptions;
  readonly model: ResolvedModel;
  readonly coefs?: Coefficients;
  /** One made before for these assumptions and this model. */
  readonly pricer?: Pricer;
  readonly lengths: ReplyLengthTable;
  readonly parameters?: ConversationParameters;
  /** Text of the last input turns, for limits that it states and for thanks. */
  readonly lastUserText?: string;
}

/** One request, priced at the central scenario; at every batch node when somebody asks. */
export interface PricedRequest {
  readonly request: ConversationRequest;
  readonly parts: EnergyParts;
  readonly nodes: () => NodeJoules;
}

/**
 * Prices a conversation. Linear in its turns at most: requests, turns, the total, the next reply and all intervals are
 * worked out when they are first read, so that a reader of one turn pays for its request.
 * @throws PhysicsError where the weights, or the weights and the longest request, do not fit the GPUs.
 */
export function priceConversation(input: PriceInput): ConversationEnergy {
  const pricer = input.pricer ?? createPricer(input.assumptions, input.model, input.coefs);
  const requests = conversationRequests(input.turns, input.pendingLead, input.assumptions.prefixCache);
  const priced = requests.map((request) => priceRequest(pricer, request));
  // What fits for the longest fits for all: said here, not when a figure is read.
  const longest = longestOf(priced);
  const warnings = longest ? pricer.central.warnings(longest.request) : [];
  void longest?.parts;
  const last = priced.at(-1);
  const pending = last !== undefined && last.request.replyTurn === null ? last : null;
  const slopes = once(() => laterSlopes(pricer, priced));
  const turnsOf = priced.map((each, r) => once(() => requestTurns(pricer, input.turns, each, () => slopes()[r]!)));
  const all = once(() => turnsOf.flatMap((make) => make()));
  const requestEnergies = once(() => priced.map((each) => requestEnergy(pricer, each)));
  const next = once(() =>
    pending === null || input.expectsReply === false
      ? null
      : priceNext(pricer, pending, replyContext(input, requests, pending.request.tokensIn)),
  );
  const total = once(() => ({
    tokens: input.turns.reduce((sum, turn) => sum + allTokens(turn.tokens), 0),
    energy: totalOf(pricer, priced),
  }));
  return {
    get turns() {
      return all();
    },
    turn(index) {
      const r = requestOf(requests, index);
      return r === null ? null : turnsOf[r]!()[index - requests[r]!.firstTurn]!;
    },
    get requests() {
      return requestEnergies();
    },
    get next() {
      return next();
    },
    get total() {
      return total();
    },
    *slices() {
      for (const each of priced) {
        void each.parts;
        each.nodes();
        yield;
      }
    },
    confidence: pricer.confidence(last?.request ?? { tokensIn: 0, tokensCached: 0, tokensOut: 0 }),
    warnings,
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Index of the request that a turn belongs to; null where there is no such turn. */
function requestOf(requests: readonly ConversationRequest[], turn: number): number | null {
  let low = 0;
  let high = requests.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (requests[middle]!.lastTurn < turn) low = middle + 1;
    else high = middle;
  }
  const request = requests[low];
  return request && request.firstTurn <= turn && turn <= request.lastTurn ? low : null;
}

function longestOf(priced: readonly PricedRequest[]): PricedRequest | undefined {
  let longest: PricedRequest | undefined;
  const length = ({ request }: PricedRequest): number => request.tokensIn + request.tokensOut;
  for (const each of priced) if (longest === undefined || length(each) > length(longest)) longest = each;
  return longest;
}

function priceRequest(pricer: Pricer, request: ConversationRequest): PricedRequest {
  const nodes = once(() => nodeJoules(pricer, request));
  const parts = once(() => partsOf(pricer, request));
  return {
    request,
    nodes,
    get parts() {
      return parts();
    },
  };
}

function partsOf(pricer: Pricer, request: ConversationRequest): EnergyParts {
  const { assumptions, central } = pricer;
  const prefill = central.prefill(request);
  const decode = central.decode(request);
  const fresh = freshJoules(pricer, request, prefill.joules);
  return {
    prefillJoules: fresh,
    rereadJoules: prefill.joules - fresh,
    decodeJoules: decode.joules,
    hostJoules: hostJoulesOf(assumptions, prefill.replicaSeconds + decode.replicaSeconds),
  };
}

/** Prefill of the new tokens alone, the rest being cached: what is over it is re-reading. */
function freshJoules({ central }: Pricer, request: ConversationRequest, prefillJoules: number): number {
  const known = request.tokensIn - request.tokensNew;
  if (known <= 0 || request.tokensIn === 0) return prefillJoules;
  const tokensCached = Math.min(known, request.tokensIn - 1);
  if (tokensCached <= request.tokensCached) return prefillJoules;
  return Math.min(prefillJoules, central.prefill({ ...request, tokensCached }).joules);
}

function requestEnergy(pricer: Pricer, { request, parts, nodes }: PricedRequest): RequestEnergy {
  return {
    turns: [request.firstTurn, request.lastTurn],
    tokensIn: request.tokensIn,
    tokensCached: request.tokensCached,
    tokensOut: request.tokensOut,
    energy: energyFigure(pricer, parts, () => scenarioJoules(pricer, [nodes()])),
  };
}

function totalOf(pricer: Pricer, priced: readonly PricedRequest[]): Energy {
  const parts = { prefillJoules: 0, rereadJoules: 0, decodeJoules: 0, hostJoules: 0 };
  for (const each of priced) {
    parts.prefillJoules += each.parts.prefillJoules;
    parts.rereadJoules += each.parts.rereadJoules;
    parts.decodeJoules += each.parts.decodeJoules;
    parts.hostJoules += each.parts.hostJoules;
  }
  return energyFigure(pricer, parts, () => scenarioJoules(pricer, sumNodeJoules(priced.map((each) => each.nodes()))));
}

function replyContext(input: PriceInput, requests: readonly ConversationRequest[], tokensIn: number): ReplyContext {
  return {
    table: input.lengths,
    ownReplies: requests.filter((each) => each.replyTurn !== null).map((each) => each.tokensOut),
    tokensIn,
    ...(input.parameters?.maxTokens === undefined ? {} : { maxTokens: input.parameters.maxTokens }),
    ...(input.lastUserText === undefined ? {} : { lastUserText: input.lastUserText }),
  };
}
