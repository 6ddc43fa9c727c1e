/** The server's ports, tied to the core and the network. */
import { randomUUID } from 'node:crypto';
import { predictShape } from './core/index.js';
import type { JouleService } from './core/index.js';
import type { ServerDeps } from './deps.js';
import {
  compare,
  createMeter,
  findTokenizer,
  hashRequest,
  LiveError,
  listModels,
  measure,
  resolveModel,
  type Meter,
} from './live/index.js';
import type { LivePlan, LivePort } from './features/livePort.js';
import { openHistory } from './runtime/history/historyFolder.js';

export function serverDeps(service: JouleService, counter: ServerDeps['tokens']): ServerDeps {
  return {
    service,
    tokens: counter,
    live: {
      compare: compareWithMeter,
      findTokenizer,
      hashRequest,
      listModels,
      measure: measureWithMeter,
      resolveModel,
    },
    predict: predictShape,
    async countTokens(figures, text) {
      const [count] = await counter.count(figures.choice.tokens.tokenizer.vocabulary, [text]);
      return count ?? 0;
    },
    now: () => new Date().toISOString(),
    newId: () => randomUUID(),
    openHistory: (folder) => openHistory(folder),
  };
}

/** Makes the meter that a plan names, and lets go of it whatever happens. */
async function withMeter<T>(
  { meter: name = 'response', extractor }: LivePlan,
  work: (meter: Meter) => Promise<T>,
): Promise<T> {
  const made = createMeter(name, { env: process.env, extractor });
  if ('problem' in made) throw new LiveError('meter', name, made.problem);
  try {
    return await work(made.meter);
  } finally {
    made.meter.close?.();
  }
}

const measureWithMeter: LivePort['measure'] = (plan, hooks) =>
  // An engine of one's own beside a counter may be cold.
  withMeter(plan, (meter) => measure({ ...plan, meter, warmUp: meter.isBeside === true }, hooks));

/** Both sides by one meter, that of A's plan. */
const compareWithMeter: LivePort['compare'] = ({ a, b }, options, hooks) =>
  withMeter(a, (meter) => compare({ a: { ...a, meter }, b: { ...b, meter } }, options, hooks));
