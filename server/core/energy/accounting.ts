/**
 * The energy of a conversation: each request once, split over its turns, so that turns add up to requests and requests
 * to the total. Points are figured at the central scenario; intervals on demand, from scenario sums.
 */
import type { ConversationParameters } from '../transcript/model.js';
import type { ResolvedModel } from './catalogue.js';
import type { Coefficients } from './coefficients.js';
import {
  energyFigure,
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
import { priceTurns } from './turns.js';
import type { Assumptions, ConversationEnergy, Energy, NextReply, RequestEnergy } from './types.js';

export type { PricedTurn } from './requests.js';

export interface PriceInput {
  readonly turns: readonly PricedTurn[];
  /** Tokens of the generation prompt of the request about to be made. */
  readonly pendingLead: number;
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
 * Prices a conversation. Linear in its turns; turns, requests, the next reply and all intervals are worked out when
 * they are first read, so that a reader of the total pays for the total.
 * @throws PhysicsError where the weights, or the weights and the longest request, do not fit the GPUs.
 */
export function priceConversation(input: PriceInput): ConversationEnergy {
  const pricer = input.pricer ?? createPricer(input.assumptions, input.model, input.coefs);
  const requests = conversationRequests(input.turns, input.pendingLead, input.assumptions.prefixCache);
  const priced = requests.map((request) => priceRequest(pricer, request));
  const last = priced.at(-1);
  const pending = last !== undefined && last.request.replyTurn === null ? last : null;
  let turnEnergies: Energy[] | undefined;
  let requestEnergies: RequestEnergy[] | undefined;
  let next: NextReply | null | undefined = pending === null ? null : undefined;
  return {
    get turns() {
      return (turnEnergies ??= priceTurns(pricer, input.turns, priced));
    },
    get requests() {
      return (requestEnergies ??= priced.map((each) => requestEnergy(pricer, each)));
    },
    get next() {
      if (next === undefined)
        next = priceNext(pricer, pending!, replyContext(input, requests, pending!.request.tokensIn));
      return next;
    },
    total: {
      tokens: input.turns.reduce((sum, turn) => sum + allTokens(turn.tokens), 0),
      energy: totalOf(pricer, priced),
    },
    *slices() {
      for (const each of priced) {
        each.nodes();
        yield;
      }
    },
    confidence: pricer.confidence(last?.request ?? { tokensIn: 0, tokensCached: 0, tokensOut: 0 }),
    warnings: warningsOf(pricer, requests),
  };
}

function priceRequest(pricer: Pricer, request: ConversationRequest): PricedRequest {
  const { assumptions, central } = pricer;
  const prefill = central.prefill(request);
  const decode = central.decode(request);
  const fresh = freshJoules(pricer, request, prefill.joules);
  let nodes: NodeJoules | undefined;
  return {
    request,
    nodes: () => (nodes ??= nodeJoules(pricer, request)),
    parts: {
      prefillJoules: fresh,
      rereadJoules: prefill.joules - fresh,
      decodeJoules: decode.joules,
      hostJoules: assumptions.hostWattsPerGpu * assumptions.gpus * (prefill.replicaSeconds + decode.replicaSeconds),
    },
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

/** Warnings of the longest request stand for all: they come with length. */
function warningsOf(pricer: Pricer, requests: readonly ConversationRequest[]): string[] {
  let longest: ConversationRequest | undefined;
  for (const each of requests) {
    if (longest === undefined || each.tokensIn + each.tokensOut > longest.tokensIn + longest.tokensOut) longest = each;
  }
  return longest === undefined ? [] : pricer.central.warnings(longest);
}
