import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createCatalogue } from '../../../server/core/energy/catalogue.js';
import { COEFFICIENTS, parameters } from '../../../server/core/energy/coefficients.js';
import { errorModel } from '../../../server/core/energy/errorModel.js';
import { gpuById } from '../../../server/core/energy/gpus.js';
import { evaluateRequest, PhysicsError, prepare, type Deployment } from '../../../server/core/energy/physics.js';

const catalogue = createCatalogue();
const archOf = (id: string) => {
  const match = catalogue.find(id);
  assert.ok(match.ok, id);
  return match.model.arch;
};
const deployment = (over: Partial<Deployment> = {}): Deployment => ({
  gpu: gpuById('h100-sxm'),
  gpus: 1,
  tp: 1,
  ep: 1,
  pp: 1,
  engine: 'vllm-0.11',
  precision: 'bf16',
  batch: 8,
  ...over,
});
const llama = archOf('meta-llama/Llama-3.1-8B-Instruct');
const gemma = archOf('google/gemma-3-12b-it');
const moe = archOf('Qwen/Qwen3-30B-A3B');
const shapeOf = (tokensIn: number, tokensOut: number, tokensCached = 0) => ({ tokensIn, tokensCached, tokensOut });
const total = (r: { prefill: { joules: number }; decode: { joules: number } }): number =>
  r.prefill.joules + r.decode.joules;

describe('energy equation', () => {
  it('gives the same figures whatever the same model was asked before', () => {
    const cases: [Deployment, typeof COEFFICIENTS][] = [
      [deployment(), COEFFICIENTS],
      [deployment({ batch: 64 }), COEFFICIENTS],
      [deployment({ precision: 'fp8' }), COEFFICIENTS],
      [deployment({ gpus: 2, ep: 2 }), COEFFICIENTS],
      [deployment({ gpus: 2, tp: 2 }), COEFFICIENTS],
      [deployment({ engine: 'vllm-0.5' }), COEFFICIENTS],
      [deployment({ gpu: gpuById('h200-sxm') }), COEFFICIENTS],
      [deployment(), { ...COEFFICIENTS, base: { ...COEFFICIENTS.base, staticWatts: 400 } }],
    ];
    const shape = shapeOf(500, 300);
    // A copy of the architecture has never been asked anything.
    const fresh = cases.map(([dep, coefs]) => total(evaluateRequest({ ...moe }, dep, shape, coefs)));
    for (const order of [cases, [...cases].reverse(), cases])
      for (const one of order) {
        assert.equal(total(evaluateRequest(moe, one[0], shape, one[1])), fresh[cases.indexOf(one)]);
      }
    assert.equal(new Set(fresh).size, fresh.length);
  });

  it('stays finite, positive and below the power cap over models, batches and shapes', () => {
    const shapes = fc.record({
      in: fc.integer({ min: 1, max: 20_000 }),
      out: fc.integer({ min: 1, max: 8_000 }),
      cachedShare: fc.double({ min: 0, max: 1, noNaN: true }),
      batch: fc.double({ min: 1, max: 1024, noNaN: true }),
      model: fc.constantFrom(llama, gemma, moe),
      engine: fc.constantFrom('vllm-0.11', 'vllm-0.5', 'tgi', 'transformers', 'tensorrt-llm') as fc.Arbitrary<
        Deployment['engine']
      >,
    });
    fc.assert(
      fc.property(shapes, ({ in: tokensIn, out, cachedShare, batch, model, engine }) => {
        const dep = deployment({ batch, engine });
        const shape = shapeOf(tokensIn, out, Math.floor(cachedShare * (tokensIn - 1)));
        const r = evaluateRequest(model, dep, shape);
        for (const phase of [r.prefill, r.decode]) {
          assert.ok(Number.isFinite(phase.joules) && phase.joules > 0);
          assert.ok(phase.seconds >= phase.replicaSeconds * 0.999);
          const watts = phase.joules / phase.replicaSeconds;
          assert.ok(watts <= 700 * 1.001, `${watts} W`);
          assert.ok(watts > 50, `${watts} W`);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('gives joules that do not fall with more context or longer replies', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8000 }),
        fc.integer({ min: 1, max: 4000 }),
        fc.constantFrom(llama, gemma, moe),
        (n, m, model) => {
          const p = prepare(model, deployment({ batch: 2 }));
          assert.ok(p.decode(shapeOf(n + 50, m)).joules >= p.decode(shapeOf(n, m)).joules);
          assert.ok(p.prefill(shapeOf(n + 50, m)).joules > p.prefill(shapeOf(n, m)).joules);
          assert.ok(p.decode(shapeOf(n, m + 1)).joules > p.decode(shapeOf(n, m)).joules);
          assert.ok(p.prefill(shapeOf(n + 64, m, 64)).joules <= p.prefill(shapeOf(n + 64, m, 0)).joules);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('states slopes that equal finite differences, across a window edge too', () => {
    for (const model of [llama, gemma]) {
      for (const tokensIn of [200, 900, 1023, 5000]) {
        const p = prepare(model, deployment());
        const shape = shapeOf(tokensIn, 400);
        const h = 0.01;
        const numeric = (p.decode(shapeOf(tokensIn + h, 400)).joules - p.decode(shape).joules) / h;
        const { decodePerContextToken } = p.slopes(shape);
        assert.ok(Math.abs(decodePerContextToken / numeric - 1) < 1e-3, `${decodePerContextToken} ${numeric}`);
      }
    }
  });

  it('reads sliding windows piecewise: context beyond the window costs only the full layers', () => {
    const p = prepare(gemma, deployment());
    const inside = p.slopes(shapeOf(100, 1)).decodePerContextToken;
    const beyond = p.slopes(shapeOf(5000, 1)).decodePerContextToken;
    const full = gemma.attention.find((g) => g.kind === 'full')!.layers;
    assert.ok(Math.abs(beyond / inside - full / gemma.layers) < 0.01);
  });

  it('lengthens time under the power cap instead of dropping energy', () => {
    const hot = { ...COEFFICIENTS, base: { ...COEFFICIENTS.base, weightJoulesPerByte: 1e-9 } };
    const cool = evaluateRequest(llama, deployment({ batch: 1 }), shapeOf(200, 100));
    const capped = evaluateRequest(llama, deployment({ batch: 1 }), shapeOf(200, 100), hot);
    assert.ok(capped.decode.seconds > cool.decode.seconds * 2);
    const watts = capped.decode.joules / capped.decode.replicaSeconds;
    assert.ok(Math.abs(watts - 0.99 * 700) < 1, `${watts} W`);
  });

  it('clamps the batch where the KV cache ends, and says so', () => {
    const dep = deployment({ batch: 2000 });
    const r = evaluateRequest(llama, dep, shapeOf(2000, 500));
    assert.match(r.warnings.join(), /exceeds the KV cache: \d+ sequences/);
    const p = prepare(llama, dep);
    const fits = p.effectiveBatch(shapeOf(2000, 500));
    assert.ok(fits < 400 && fits > 100);
    const same = evaluateRequest(llama, deployment({ batch: fits }), shapeOf(2000, 500));
    assert.ok(Math.abs(total(r) / total(same) - 1) < 0.02);
  });

  it('refuses what does not fit or is no number, naming the field', () => {
    const field = (run: () => unknown): string => {
      try {
        run();
      } catch (error) {
        assert.ok(error instanceof PhysicsError);
        assert.ok(!error.message.includes('\n'));
        return error.field;
      }
      return 'no error';
    };
    const large = archOf('meta-llama/Llama-3.1-405B-Instruct');
    assert.equal(
      field(() => prepare(large, deployment())),
      'gpus',
    );
    assert.equal(
      field(() => evaluateRequest(llama, deployment(), shapeOf(900_000, 10))),
      'gpus',
    );
    assert.equal(
      field(() => prepare(llama, deployment({ batch: Number.NaN }))),
      'batch',
    );
    assert.equal(
      field(() => prepare(llama, deployment({ gpus: 0 }))),
      'gpus',
    );
    assert.equal(
      field(() => prepare(llama, deployment()).prefill(shapeOf(-1, 1))),
      'in',
    );
    assert.equal(
      field(() => prepare(llama, deployment()).prefill(shapeOf(5, 1, 6))),
      'cached',
    );
    assert.equal(
      field(() => prepare(llama, deployment()).decode(shapeOf(5, Number.POSITIVE_INFINITY))),
      'out',
    );
  });

  it('charges nothing for no tokens', () => {
    const p = prepare(llama, deployment());
    assert.equal(p.prefill(shapeOf(0, 10)).joules, 0);
    assert.equal(p.decode(shapeOf(10, 0)).joules, 0);
  });

  it('orders precisions as the hardware does: FP8 below bf16 below FP32, bitsandbytes above bf16 in decode', () => {
    const at = (precision: Deployment['precision'], engine: Deployment['engine'] = 'vllm-0.11') =>
      evaluateRequest(llama, deployment({ precision, engine, batch: 1 }), shapeOf(1000, 200));
    assert.ok(total(at('fp8')) < total(at('bf16')));
    assert.ok(total(at('bf16')) < total(at('fp32')));
    assert.equal(total(at('fp16')), total(at('bf16')));
    assert.ok(at('int8-bnb', 'transformers').decode.joules > 1.5 * at('bf16', 'transformers').decode.joules);
  });

  it('touches more experts, and so costs more a step, with a larger batch', () => {
    const step = (batch: number): number =>
      evaluateRequest(moe, deployment({ batch }), shapeOf(200, 100)).decode.joules * batch;
    assert.ok(step(64) > 1.8 * step(8) * 0.9 && step(64) < 8 * step(8));
  });

  it('widens the interval outside the calibrated domain and says why', () => {
    const shape = shapeOf(300, 300);
    const home = errorModel(llama, deployment(), shape);
    assert.match(home.confidence, /^calibrated/);
    for (const over of [
      { precision: 'int4' },
      { gpu: gpuById('a100-80gb') },
      { engine: 'tgi' },
      { batch: 1 },
    ] as const) {
      const away = errorModel(llama, deployment(over), shape);
      assert.ok(away.logSigma > home.logSigma);
      assert.ok(away.reasons.length > 0);
    }
    assert.ok(errorModel(llama, deployment(), shapeOf(100_000, 10)).logSigma > home.logSigma);
    const width = home.quantile(0.95) / home.quantile(0.05);
    assert.ok(Math.abs(Math.log(width) - 2 * 1.6449 * home.logSigma) < 1e-3);
    assert.equal(home.quantile(0.5), 1);
  });

  it('moves constants within their ranges by standard normal draws', () => {
    const up = parameters(COEFFICIENTS, { staticWatts: 1.645, nothing: 1 });
    assert.ok(up.base.staticWatts > COEFFICIENTS.base.staticWatts);
    assert.deepEqual(parameters(COEFFICIENTS, { staticWatts: 0 }).base, COEFFICIENTS.base);
  });
});
