/** The server's ports, tied to the core and the network. */
import { energyFigure, newSums } from './core/energy/energyFigure.js';
import { createPricer } from './core/energy/pricer.js';
import type { ConversationFigures, JouleService, TokenCounter } from './core/index.js';
import type { ServedShape } from './features/measure.js';
import type { ServerDeps } from './deps.js';
import { hashRequest, listModels, measure, resolveModel } from './live/index.js';

export function serverDeps(service: JouleService, counter: TokenCounter): ServerDeps {
  return {
    service,
    live: { hashRequest, listModels, measure, resolveModel },
    predict,
    async countTokens(figures: ConversationFigures, text) {
      const [count] = await counter.count(figures.choice.tokens.tokenizer.vocabulary, [text]);
      return count ?? 0;
    },
    now: () => new Date().toISOString(),
  };
}

/** One request as it was served, under the assumptions of its conversation's figures. */
function predict({ assumptions, choice }: ConversationFigures, shape: ServedShape) {
  if (!assumptions) return null;
  const pricer = createPricer(assumptions, choice.model);
  const [prefill, decode] = [pricer.central.prefill(shape), pricer.central.decode(shape)];
  const sums = newSums(pricer.nodes.length);
  const bucket = sums.bucket(pricer.bucketOf(shape));
  pricer.nodes.forEach((node, index) => {
    bucket.prefill[index] = node.prefill(shape).joules;
    bucket.decode[index] = node.decode(shape).joules;
  });
  const hostWatts = assumptions.hostWattsPerGpu * assumptions.gpus;
  return energyFigure(
    pricer,
    {
      prefillJoules: prefill.joules,
      rereadJoules: 0,
      decodeJoules: decode.joules,
      hostJoules: hostWatts * (prefill.replicaSeconds + decode.replicaSeconds),
    },
    [{ sums, prefillShare: 1, decodeShare: 1 }],
  );
}
