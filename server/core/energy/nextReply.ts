/** The reply to come: its length as a distribution, carried to joules by the scenarios. */
import type { PricedRequest } from './accounting.js';
import { energyFigure, hostJoulesOf, scenarioJoules } from './energyFigure.js';
import type { RequestShape } from './physics.js';
import type { Pricer } from './pricer.js';
import { replyLengths, type ReplyLengthTable } from './replyLength.js';
import { SCENARIO_SET, SCENARIOS } from './scenarios.js';
import type { NextReply } from './types.js';

export interface ReplyContext {
  readonly table: ReplyLengthTable;
  /** Tokens of the conversation's replies so far, in order. */
  readonly ownReplies: readonly number[];
  readonly tokensIn: number;
  readonly maxTokens?: number;
  readonly lastUserText?: string;
}

/** No reply is longer, whatever the context allows. */
const LONGEST_REPLY = 1_000_000;

/** Decode of the reply to come, and prefill + decode of its request. */
export function priceNext(pricer: Pricer, pending: PricedRequest, context: ReplyContext): NextReply {
  const { assumptions, central, nodes, nodeOfScenario, model } = pricer;
  const contextRoom = Math.max(1, roomForReply(pricer, pending.request));
  const lengths = replyLengths(context.table, { ...context, modelId: model.id, contextRoom });
  const [p10, p50, p90] = [lengths.quantile(0.1), lengths.quantile(0.5), lengths.quantile(0.9)].map(Math.round) as [
    number,
    number,
    number,
  ];
  const { tokensIn, tokensCached } = pending.request;
  const shapeOf = (tokensOut: number): RequestShape => ({ tokensIn, tokensCached, tokensOut });
  const decode = central.decode(shapeOf(p50));
  const hostJoules = hostJoulesOf(assumptions, decode.replicaSeconds);
  let decodes: Float64Array | undefined;
  const decodeScenarios = (): Float64Array => {
    if (decodes) return decodes;
    decodes = new Float64Array(SCENARIOS);
    for (let k = 0; k < SCENARIOS; k++) {
      const tokens = lengths.quantile(SCENARIO_SET.lengthAt[k]!, SCENARIO_SET.lengthDeviate[k]!);
      const shape = shapeOf(Math.max(1, Math.round(tokens)));
      const node = nodes[nodeOfScenario[k]!]!;
      decodes[k] = pricer.factors(pricer.bucketOf(shape)).decode[k]! * node.decode(shape).joules;
    }
    return decodes;
  };
  const requestScenarios = (joules: Float64Array): Float64Array => {
    const replies = decodeScenarios();
    scenarioJoules(pricer, [pending.nodes()], 1, 0, joules);
    for (let k = 0; k < SCENARIOS; k++) joules[k] = joules[k]! + replies[k]!;
    return joules;
  };
  return {
    tokens: { p10, p50, p90 },
    energy: energyFigure(
      pricer,
      { prefillJoules: 0, rereadJoules: 0, decodeJoules: decode.joules, hostJoules },
      decodeScenarios,
    ),
    request: energyFigure(
      pricer,
      { ...pending.parts, decodeJoules: decode.joules, hostJoules: pending.parts.hostJoules + hostJoules },
      requestScenarios,
    ),
    lengthSource: lengths.source,
  };
}

/** Tokens that the model's context and the GPUs' memory leave for a reply; the memory's is found by halving. */
function roomForReply({ central, model }: Pricer, request: RequestShape): number {
  const room = Math.min(LONGEST_REPLY, (model.arch.maxContextTokens ?? Infinity) - request.tokensIn);
  const fits = (tokensOut: number): boolean => {
    try {
      central.effectiveBatch({ ...request, tokensOut });
      return true;
    } catch {
      return false;
    }
  };
  if (fits(Math.max(1, room))) return room;
  let [lo, hi] = [0, room];
  while (hi - lo > 16) {
    const middle = Math.floor((lo + hi) / 2);
    if (fits(middle)) lo = middle;
    else hi = middle;
  }
  return lo;
}
