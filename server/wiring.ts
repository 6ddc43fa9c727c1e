/** The server's ports, tied to the core and the network. */
import { predictShape } from './core/index.js';
import type { JouleService } from './core/index.js';
import type { ServerDeps } from './deps.js';
import { createMeter, findTokenizer, hashRequest, LiveError, listModels, measure, resolveModel } from './live/index.js';
import type { LivePort } from './features/livePort.js';

export function serverDeps(service: JouleService, counter: ServerDeps['tokens']): ServerDeps {
  return {
    service,
    tokens: counter,
    live: { findTokenizer, hashRequest, listModels, measure: measureWithMeter, resolveModel },
    predict: predictShape,
    async countTokens(figures, text) {
      const [count] = await counter.count(figures.choice.tokens.tokenizer.vocabulary, [text]);
      return count ?? 0;
    },
    now: () => new Date().toISOString(),
  };
}

/** Makes the meter that the plan names, and lets go of it whatever happens. */
const measureWithMeter: LivePort['measure'] = async ({ meter: name = 'response', extractor, ...plan }, hooks) => {
  const made = createMeter(name, { env: process.env, extractor });
  if ('problem' in made) throw new LiveError('meter', name, made.problem);
  const { meter } = made;
  try {
    // An engine of one's own beside a counter may be cold.
    return await measure({ ...plan, meter, warmUp: meter.isBeside === true }, hooks);
  } finally {
    meter.close?.();
  }
};
