import assert from 'node:assert/strict';
import fc from 'fast-check';
import models from '../../../server/core/data/models.json';
import { createPredictor, ROW_FIELDS, type PredictionRow } from '../../../server/core/energy/predict.js';

const predict = createPredictor();
function ok(row: unknown): PredictionRow {
  const result = predict(row);
  assert.ok(!('error' in result), JSON.stringify(result));
  return result;
}
const errorOf = (row: unknown): string => {
  const result = predict(row);
  assert.ok('error' in result, JSON.stringify(result));
  return result.error;
};
const LLAMA = { model: 'llama-3.1-8b', in: 220, out: 300 };
const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

describe('predict, row by row', () => {
  it('gives the fields of the contract, and no others', () => {
    assert.deepEqual(Object.keys(ok(LLAMA)), [
      'prefillJoules',
      'decodeJoules',
      'gpuJoules',
      'hostJoules',
      'totalJoules',
      'joulesPerOutputToken',
      'interval90',
      'secondsPrefill',
      'secondsPerOutputToken',
      'confidence',
      'assumptions',
      'warnings',
    ]);
  });

  it('adds up', () => {
    const row = ok(LLAMA);
    assert.ok(near(row.gpuJoules, row.prefillJoules + row.decodeJoules));
    assert.ok(near(row.totalJoules, 1.15 * (row.gpuJoules + row.hostJoules)));
    assert.ok(near(row.joulesPerOutputToken!, row.gpuJoules / 300));
  });

  it('gives the same for a model and for its config', () => {
    for (const id of ['meta-llama/Llama-3.1-8B-Instruct', 'openai/gpt-oss-120b', 'deepseek-ai/DeepSeek-V3']) {
      const { config } = models.open.find((row) => row.id === id)!;
      const [a, b] = [ok({ model: id, in: 500, out: 200 }), ok({ config, in: 500, out: 200 })];
      assert.equal(a.gpuJoules, b.gpuJoules);
      assert.deepEqual(a.interval90, b.interval90);
      assert.equal(a.assumptions.precision, b.assumptions.precision);
    }
  });

  it('has null where nothing is put out', () => {
    const row = ok({ ...LLAMA, out: 0 });
    assert.deepEqual([row.joulesPerOutputToken, row.secondsPerOutputToken, row.decodeJoules], [null, null, 0]);
  });

  it('takes null for left out, and says which fields it does not know', () => {
    const row = ok({ ...LLAMA, batch: null, gpus: null, cached: null, batsch: 4 });
    assert.equal(row.gpuJoules, ok(LLAMA).gpuJoules);
    assert.ok(row.warnings.some((warning) => warning.includes('batsch')));
  });

  it('makes a batch range wider than a batch', () => {
    const width = ([lo, hi]: readonly [number, number]): number => hi / lo;
    assert.ok(
      width(ok({ ...LLAMA, batch: [8, 128] }).interval90) > 1.5 * width(ok({ ...LLAMA, batch: 32 }).interval90),
    );
    assert.equal(ok({ ...LLAMA, batch: [32, 32] }).gpuJoules, ok({ ...LLAMA, batch: 32 }).gpuJoules);
    assert.ok(ok({ ...LLAMA, batch: 31.94 }).gpuJoules > ok({ ...LLAMA, batch: 32 }).gpuJoules);
  });

  it('widens the interval of a closed model, and says why', () => {
    const row = ok({ model: 'gpt-4o', in: 200, out: 300 });
    assert.ok(row.interval90[1] / row.interval90[0] > 6);
    assert.match(row.confidence, /guessed size/);
    assert.ok(row.assumptions.notes.some((note) => note.includes('closed')));
  });

  it('saves what the prefix cache holds', () => {
    const cold = ok({ ...LLAMA, in: 4000 });
    const warm = ok({ ...LLAMA, in: 4000, cached: 3968 });
    assert.ok(warm.prefillJoules < 0.2 * cold.prefillJoules);
    assert.ok(near(warm.decodeJoules, cold.decodeJoules));
    assert.equal(
      ok({ ...LLAMA, in: 100, cached: 100 }).prefillJoules,
      ok({ ...LLAMA, in: 100, cached: 99 }).prefillJoules,
    );
  });

  const bad: [name: string, row: unknown, says: RegExp][] = [
    ['nothing', undefined, /^row: /],
    ['a list', [], /^row: /],
    ['a number', 3, /^row: /],
    ['neither model nor config', { in: 1, out: 1 }, /^model: missing/],
    ['an unknown model', { ...LLAMA, model: 'lama-3.1-8b' }, /^model: .*meta-llama\/Llama-3\.1-8B-Instruct/],
    ['a model that is no text', { ...LLAMA, model: 8 }, /^model: /],
    ['a config that is no object', { config: 'x', in: 1, out: 1 }, /^config: /],
    ['an empty config', { config: {}, in: 1, out: 1 }, /^config: hidden_size/],
    ['no in', { model: 'llama-3.1-8b', out: 1 }, /^in: missing/],
    ['zero in', { ...LLAMA, in: 0 }, /^in: .*\(it is 0\)/],
    ['negative in', { ...LLAMA, in: -4 }, /^in: .*\(it is -4\)/],
    ['negative out', { ...LLAMA, out: -1 }, /^out: /],
    ['text for out', { ...LLAMA, out: '300' }, /^out: .*"300"/],
    ['huge in', { ...LLAMA, in: 1e300 }, /^in: /],
    ['more cached than in', { ...LLAMA, cached: 221 }, /^cached: /],
    ['zero batch', { ...LLAMA, batch: 0 }, /^batch: /],
    ['a range backwards', { ...LLAMA, batch: [64, 8] }, /^batch: /],
    ['a range of three', { ...LLAMA, batch: [1, 2, 3] }, /^batch: /],
    ['half a GPU', { ...LLAMA, gpus: 0.5 }, /^gpus: /],
    ['an unknown GPU', { ...LLAMA, gpu: 'h100' }, /^gpu: .*h100-sxm/],
    ['an unknown precision', { ...LLAMA, precision: 'fp9' }, /^precision: .*fp8/],
    ['an unknown engine', { ...LLAMA, engine: 'vllm' }, /^engine: .*vllm-0\.11/],
    ['tp that does not divide', { ...LLAMA, gpus: 4, tp: 3 }, /^tp: /],
    ['weights that do not fit', { model: 'llama-3.1-70b', in: 1, out: 1, gpus: 1 }, /do not fit/],
    ['a sequence that does not fit', { ...LLAMA, in: 5e8 }, /KV cache/],
  ];
  for (const [name, row, says] of bad) it(`refuses ${name} in one line`, () => {
    const error = errorOf(row);
    assert.match(error, says);
    assert.ok(!error.includes('\n') && error.length < 400, error);
  }); // prettier-ignore

  it('never throws, and never gives NaN or infinity', () => {
    const any = fc.oneof(
      fc.constantFrom<unknown>(null, 0, -1, 1, 1.5, 1e9, 1e308, NaN, Infinity, '', 'x', 'fp8', 'b200', [], [1, 8], {}, true),
      fc.integer({ min: 1, max: 100_000 }),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const rows = fc.record(Object.fromEntries(ROW_FIELDS.map((name) => [name, any])), { requiredKeys: [] });
    const ids = fc.constantFrom(...models.open.map((each) => each.id), ...models.closed.map((each) => each.id));
    const likely = fc.record(
      {
        model: ids,
        in: fc.integer({ min: 1, max: 200_000 }),
        out: fc.integer({ min: 0, max: 20_000 }),
        batch: fc.oneof(fc.double({ min: 1, max: 2000, noNaN: true }), fc.constant([1, 1024])),
        gpus: fc.constantFrom(1, 2, 4, 8, 16),
        gpu: fc.constantFrom('h100-sxm', 'b200', 'rtx-4090', 'a100-40gb'),
        precision: fc.constantFrom('bf16', 'fp32', 'fp8', 'int4', 'int8-bnb', 'mxfp4'),
        engine: fc.constantFrom('vllm-0.11', 'vllm-0.5', 'transformers', 'llama.cpp'),
      },
      { requiredKeys: ['model', 'in', 'out'] },
    );
    let priced = 0;
    fc.assert(
      fc.property(fc.oneof(likely, rows, fc.jsonValue()), (row) => {
        const result = predict(row);
        if ('error' in result) {
          assert.ok(result.error.length > 0 && !/undefined|NaN|\[object/.test(result.error), result.error);
          return;
        }
        priced++;
        const figures = Object.values(result).flat().filter((each) => typeof each === 'number');
        for (const figure of figures) assert.ok(Number.isFinite(figure) && figure >= 0, JSON.stringify(result));
        assert.ok(result.interval90[0] <= result.gpuJoules && result.gpuJoules <= result.interval90[1]);
        assert.ok(result.gpuJoules > 0);
      }),
      { numRuns: 150, seed: 5 },
    );
    assert.ok(priced > 20, `${priced} rows were priced`);
  }); // prettier-ignore
});
