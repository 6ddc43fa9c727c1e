/** The server's ports, tied to the core and the network. */
import { predictShape } from './core/index.js';
import type { JouleService } from './core/index.js';
import type { ServerDeps } from './deps.js';
import { findTokenizer, hashRequest, listModels, measure, resolveModel } from './live/index.js';

export function serverDeps(service: JouleService, counter: ServerDeps['tokens']): ServerDeps {
  return {
    service,
    tokens: counter,
    live: { findTokenizer, hashRequest, listModels, measure, resolveModel },
    predict: predictShape,
    async countTokens(figures, text) {
      const [count] = await counter.count(figures.choice.tokens.tokenizer.vocabulary, [text]);
      return count ?? 0;
    },
    now: () => new Date().toISOString(),
  };
}
