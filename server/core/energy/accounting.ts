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
import type { Assumptions, ConversationEnergy, Energy, NextReply, RequestEnergy } from './types.js';

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
export class PricedRequest {
  readonly #pricer: Pricer;
  #parts: EnergyParts | undefined;
  #nodes: NodeJoules | undefined;

  constructor(
    pricer: Pricer,
    readonly request: ConversationRequest,
  ) {
    this.#pricer = pricer;
  }

  get parts(): EnergyParts {
    return (this.#parts ??= partsOf(this.#pricer, this.request));
  }

  nodes(): NodeJoules {
    return (this.#nodes ??= nodeJoules(this.#pricer, this.request));
  }
}

/**
 * Prices a conversation. Linear in its turns at most: requests, turns, the total, the next reply and all intervals are
 * worked out when they are first read, so that a reader of one turn pays for its request.
 * @throws PhysicsError where the weights, or the weights and the longest request, do not fit the GPUs.
 */
export const priceConversation = (input: PriceInput): ConversationEnergy => new PricedConversation(input);

/** A class, whose getters are made once: see `energyFigure.ts`. */
class PricedConversation implements ConversationEnergy {
  readonly confidence: string;
  readonly warnings: readonly string[];
  readonly #input: PriceInput;
  readonly #pricer: Pricer;
  readonly #requests: readonly ConversationRequest[];
  readonly #priced: readonly PricedRequest[];
  /** By request. */
  readonly #turns: (Energy[] | undefined)[] = [];
  #slopes: Float64Array | undefined;
  #allTurns: Energy[] | undefined;
  #requestEnergies: RequestEnergy[] | undefined;
  #next: NextReply | null | undefined;
  #total: ConversationEnergy['total'] | undefined;

  constructor(input: PriceInput) {
    const pricer = input.pricer ?? createPricer(input.assumptions, input.model, input.coefs);
    this.#input = input;
    this.#pricer = pricer;
    this.#requests = conversationRequests(input.turns, input.pendingLead, input.assumptions.prefixCache);
    this.#priced = this.#requests.map((request) => new PricedRequest(pricer, request));
    // What fits for the longest fits for all: said here, not when a figure is read.
    const longest = longestOf(this.#priced);
    this.warnings = longest ? pricer.central.warnings(longest.request) : [];
    void longest?.parts;
    this.confidence = pricer.confidence(this.#priced.at(-1)?.request ?? { tokensIn: 0, tokensCached: 0, tokensOut: 0 });
  }

  get turns(): readonly Energy[] {
    return (this.#allTurns ??= this.#priced.flatMap((_, r) => this.#turnsOf(r)));
  }

  turn(index: number): Energy | null {
    const r = requestOf(this.#requests, index);
    return r === null ? null : this.#turnsOf(r)[index - this.#requests[r]!.firstTurn]!;
  }

  get requests(): readonly RequestEnergy[] {
    return (this.#requestEnergies ??= this.#priced.map((each) => requestEnergy(this.#pricer, each)));
  }

  get next(): NextReply | null {
    if (this.#next === undefined) {
      const last = this.#priced.at(-1);
      this.#next =
        last === undefined || last.request.replyTurn !== null || this.#input.expectsReply === false
          ? null
          : priceNext(this.#pricer, last, replyContext(this.#input, this.#requests, last.request.tokensIn));
    }
    return this.#next;
  }

  get total(): ConversationEnergy['total'] {
    return (this.#total ??= {
      tokens: this.#input.turns.reduce((sum, turn) => sum + allTokens(turn.tokens), 0),
      energy: totalOf(this.#pricer, this.#priced),
    });
  }

  *slices(): Generator<void, void> {
    for (const each of this.#priced) {
      void each.parts;
      each.nodes();
      yield;
    }
  }

  #turnsOf(r: number): Energy[] {
    return (this.#turns[r] ??= requestTurns(
      this.#pricer,
      this.#input.turns,
      this.#priced[r]!,
      () => (this.#slopes ??= laterSlopes(this.#pricer, this.#priced))[r]!,
    ));
  }
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

function requestEnergy(pricer: Pricer, priced: PricedRequest): RequestEnergy {
  const { request, parts } = priced;
  return {
    turns: [request.firstTurn, request.lastTurn],
    tokensIn: request.tokensIn,
    tokensCached: request.tokensCached,
    tokensOut: request.tokensOut,
    energy: energyFigure(pricer, parts, (joules) => scenarioJoules(pricer, [priced.nodes()], 1, 1, joules)),
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
  return energyFigure(pricer, parts, (joules) =>
    scenarioJoules(pricer, sumNodeJoules(priced.map((each) => each.nodes())), 1, 1, joules),
  );
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
