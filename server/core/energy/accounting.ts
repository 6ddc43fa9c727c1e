/**
 * The energy of a conversation: each request once, split over its turns, so that turns add up to requests and requests
 * to the total. Points are figured at the central scenario; intervals on demand, from scenario sums.
 */
import type { TurnTokens } from '../tokens/types.js';
import type { ConversationParameters } from '../transcript/model.js';
import { energyFigure, addSums, newSums, type EnergyParts, type NodeSums } from './energyFigure.js';
import { priceNext, type ReplyContext } from './nextReply.js';
import { createPricer, type Pricer } from './pricer.js';
import type { ReplyLengthTable } from './replyLength.js';
import { allTokens, conversationRequests, type ConversationRequest, type PricedTurn } from './requests.js';
import type { Coefficients } from './coefficients.js';
import type { ResolvedModel } from './catalogue.js';
import type { Assumptions, ConversationEnergy, Energy, RequestEnergy } from './types.js';

export type { PricedTurn } from './requests.js';

export interface PriceInput {
  readonly turns: readonly PricedTurn[];
  /** Tokens of the generation prompt of the request about to be made. */
  readonly pendingLead: number;
  readonly assumptions: Assumptions;
  readonly model: ResolvedModel;
  readonly coefs?: Coefficients;
  readonly lengths: ReplyLengthTable;
  readonly parameters?: ConversationParameters;
  /** Text of the last input turns, for limits that it states and for thanks. */
  readonly lastUserText?: string;
}

/** One request, priced at the central scenario and at every batch node. */
export interface PricedRequest {
  readonly request: ConversationRequest;
  readonly parts: EnergyParts;
  readonly sums: NodeSums;
}

/**
 * Prices a conversation. Linear in its turns.
 * @throws PhysicsError where the weights, or the weights and the longest request, do not fit the GPUs.
 */
export function priceConversation(input: PriceInput): ConversationEnergy {
  const pricer = createPricer(input.assumptions, input.model, input.coefs);
  const requests = conversationRequests(input.turns, input.pendingLead, input.assumptions.prefixCache);
  const priced = requests.map((request) => priceRequest(pricer, request));
  const turns = priceTurns(pricer, input.turns, priced);
  const total = totalOf(pricer, priced);
  const last = priced.at(-1);
  const pending = last !== undefined && last.request.replyTurn === null ? last : null;
  return {
    turns,
    requests: priced.map((each) => requestEnergy(pricer, each)),
    next: pending === null ? null : priceNext(pricer, pending, replyContext(input, requests, pending.request.tokensIn)),
    total: { tokens: input.turns.reduce((sum, turn) => sum + allTokens(turn.tokens), 0), energy: total },
    confidence: pricer.confidence(shapeOf(last?.request)),
    warnings: warningsOf(pricer, requests),
  };
}

const shapeOf = (request: ConversationRequest | undefined) => request ?? { tokensIn: 0, tokensCached: 0, tokensOut: 0 };

function priceRequest(pricer: Pricer, request: ConversationRequest): PricedRequest {
  const { assumptions, central, nodes } = pricer;
  const hostWatts = assumptions.hostWattsPerGpu * assumptions.gpus;
  const prefill = central.prefill(request);
  const decode = central.decode(request);
  const fresh = freshJoules(pricer, request, prefill.joules);
  const sums = newSums(nodes.length);
  const bucket = sums.bucket(pricer.bucketOf(request));
  nodes.forEach((node, j) => {
    bucket.prefill[j] = node.prefill(request).joules;
    bucket.decode[j] = node.decode(request).joules;
  });
  return {
    request,
    sums,
    parts: {
      prefillJoules: fresh,
      rereadJoules: prefill.joules - fresh,
      decodeJoules: decode.joules,
      hostJoules: hostWatts * (prefill.replicaSeconds + decode.replicaSeconds),
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

function requestEnergy(pricer: Pricer, { request, parts, sums }: PricedRequest): RequestEnergy {
  return {
    turns: [request.firstTurn, request.lastTurn],
    tokensIn: request.tokensIn,
    tokensCached: request.tokensCached,
    tokensOut: request.tokensOut,
    energy: energyFigure(pricer, parts, [{ sums, prefillShare: 1, decodeShare: 1 }]),
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
  const sums = newSums(pricer.nodes.length);
  for (const each of priced) addSums(sums, each.sums);
  return energyFigure(pricer, parts, [{ sums, prefillShare: 1, decodeShare: 1 }]);
}

/** Splits each request over its turns: prefill by tokens, re-reading to the last input turn, decode to the reply. */
function priceTurns(pricer: Pricer, turns: readonly PricedTurn[], priced: readonly PricedRequest[]): Energy[] {
  const later = laterSlopes(pricer, priced);
  const energies: Energy[] = [];
  priced.forEach((each, r) => {
    const { request, parts, sums } = each;
    const inputs = turns.slice(request.firstTurn, request.replyTurn ?? request.lastTurn + 1);
    const weights = inputs.map((turn) => allTokens(turn.tokens));
    const whole = weights.reduce((sum, weight) => sum + weight, 0);
    const prefill = parts.prefillJoules + parts.rereadJoules;
    const gpu = prefill + parts.decodeJoules;
    const push = (tokens: TurnTokens, own: Omit<EnergyParts, 'hostJoules'>): void => {
      const joules = own.prefillJoules + own.rereadJoules + own.decodeJoules;
      energies.push(
        energyFigure(
          pricer,
          { ...own, hostJoules: gpu > 0 ? (parts.hostJoules * joules) / gpu : 0 },
          [
            {
              sums,
              prefillShare: prefill > 0 ? (own.prefillJoules + own.rereadJoules) / prefill : 0,
              decodeShare: own.decodeJoules > 0 ? 1 : 0,
            },
          ],
          allTokens(tokens) * later[r]!,
        ),
      );
    };
    inputs.forEach((turn, i) => {
      const share = whole > 0 ? weights[i]! / whole : 1 / inputs.length;
      const rereadJoules = i === inputs.length - 1 ? parts.rereadJoules : 0;
      push(turn.tokens, { prefillJoules: share * parts.prefillJoules, rereadJoules, decodeJoules: 0 });
    });
    if (request.replyTurn === null) return;
    const carriesPrefill = inputs.length === 0;
    push(turns[request.replyTurn]!.tokens, {
      prefillJoules: carriesPrefill ? parts.prefillJoules : 0,
      rereadJoules: carriesPrefill ? parts.rereadJoules : 0,
      decodeJoules: parts.decodeJoules,
    });
  });
  return energies;
}

/** Joules that one token of request `r`'s turns costs in all later requests, by suffix sums. */
function laterSlopes({ central, assumptions }: Pricer, priced: readonly PricedRequest[]): Float64Array {
  const later = new Float64Array(priced.length);
  let sum = 0;
  for (let r = priced.length - 1; r >= 0; r--) {
    later[r] = sum;
    const slopes = central.slopes(priced[r]!.request);
    sum += slopes.decodePerContextToken;
    sum += assumptions.prefixCache ? slopes.prefillPerCachedToken : slopes.prefillPerNewToken;
  }
  return later;
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
