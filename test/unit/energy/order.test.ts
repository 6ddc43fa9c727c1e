/** Figures are a function of what is asked alone, to the last digit: never of what the process priced before. */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { createPredictor } from '../../../server/core/energy/predict.js';

const CORE = path.resolve(__dirname, '../../../server/core');

/** The predictor of a process that has priced nothing yet: every module of the core is loaded anew. */
function freshPredictor(): ReturnType<typeof createPredictor> {
  const forget = (): [string, NodeJS.Module][] =>
    Object.entries(require.cache).flatMap(([name, module]) => {
      if (!name.startsWith(CORE) || !module) return [];
      Reflect.deleteProperty(require.cache, name);
      return [[name, module]];
    });
  const kept = forget();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a module's second life
  const loaded = require(path.join(CORE, 'energy/predict.js')) as { createPredictor: typeof createPredictor };
  forget();
  for (const [name, module] of kept) require.cache[name] = module;
  return loaded.createPredictor();
}

describe('figures', () => {
  const rows = [
    { model: 'meta-llama/Llama-3.1-8B-Instruct', in: 300, out: 200, batch: [8, 128] },
    { model: 'Qwen/Qwen3-235B-A22B', in: 3000, out: 500, batch: 40, gpus: 8 },
    { model: 'meta-llama/Llama-3.1-70B-Instruct', in: 50, out: 900, batch: 2, precision: 'int4', engine: 'llama.cpp' },
    { model: 'openai/gpt-oss-120b', in: 900, out: 90, batch: 16 },
  ];

  it('are the same whatever was asked before', () => {
    const first = freshPredictor();
    const there = rows.map((row) => JSON.stringify(first(row)));
    const second = freshPredictor();
    const back = [...rows].reverse().map((row) => JSON.stringify(second(row)));
    assert.deepEqual(back.reverse(), there);
    assert.ok(there.every((each) => each.includes('gpuJoules')));
  });
});
