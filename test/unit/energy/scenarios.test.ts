import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BUILT_IN_PROFILES } from '../../../server/core/data/index.js';
import { deploymentOf, resolveAssumptions } from '../../../server/core/energy/assumptions.js';
import { createCatalogue } from '../../../server/core/energy/catalogue.js';
import { errorModel } from '../../../server/core/energy/errorModel.js';
import { createPricer } from '../../../server/core/energy/pricer.js';
import { interval90, quantileOf } from '../../../server/core/energy/intervals.js';
import { batchNodes, SCENARIO_SET, SCENARIOS, sizeFactorAt } from '../../../server/core/energy/scenarios.js';

describe('scenarios', () => {
  it('have even margins and no correlation between dimensions', () => {
    const { errorAt, sizeAt, lengthAt, prefillDeviate, batchNode } = SCENARIO_SET;
    for (const u of [errorAt, sizeAt, lengthAt]) {
      assert.deepEqual(
        [...u].sort((a, b) => a - b).map((x) => x * SCENARIOS - 0.5),
        [...u.keys()],
      );
    }
    const columns = [errorAt, sizeAt, lengthAt, prefillDeviate, Float64Array.from(batchNode)];
    for (const [i, a] of columns.entries()) {
      for (const b of columns.slice(i + 1)) assert.ok(Math.abs(correlation(a, b)) < 0.12, String(correlation(a, b)));
    }
    assert.equal(Math.max(...batchNode), 11);
  });

  it('spread batches evenly in the logarithm of the range', () => {
    assert.deepEqual(batchNodes(7.5), [7.5]);
    assert.deepEqual(batchNodes([4, 4]), [4]);
    const nodes = batchNodes([8, 128]);
    assert.ok(nodes[0]! > 8 && nodes.at(-1)! < 128);
    const product = nodes.reduce((all, batch) => all * batch, 1);
    assert.ok(Math.abs(product ** (1 / nodes.length) - 32) < 1e-9);
  });

  it('put the range of a closed model at 5 and 95 %', () => {
    assert.ok(Math.abs(sizeFactorAt([0.25, 5], 0.05) - 0.25) < 1e-3);
    assert.ok(Math.abs(sizeFactorAt([0.25, 5], 0.95) - 5) < 1e-2);
    assert.equal(sizeFactorAt([0.25, 5], 0.5), 1);
    assert.equal(sizeFactorAt(null, 0.99), 1);
  });
});

describe('error factors of a pricer', () => {
  it('are the quantiles of the error model, for every kind of model and deployment', () => {
    const catalogue = createCatalogue();
    for (const id of ['llama-3.1-8b', 'gpt-oss-120b', 'nemotron-nano-9b-v2', 'deepseek-v3']) {
      const match = catalogue.find(id);
      assert.ok(match.ok);
      for (const batch of [1, 32, [8, 128]] as const) {
        const assumptions = resolveAssumptions(BUILT_IN_PROFILES[0]!, match.model, { overrides: { batch } });
        const pricer = createPricer(assumptions, match.model);
        const batches = batchNodes(batch);
        const { decode } = pricer.factors(0);
        for (let k = 0; k < SCENARIOS; k += 9) {
          const deployment = deploymentOf(assumptions, batches[pricer.nodeOfScenario[k]!]!);
          const error = errorModel(match.model.arch, deployment, { tokensIn: 100, tokensCached: 0, tokensOut: 100 });
          const wanted = error.quantile(SCENARIO_SET.errorAt[k]!);
          assert.ok(Math.abs(decode[k]! / wanted - 1) < 1e-9, `${id} ${k}: ${decode[k]} against ${wanted}`);
        }
      }
    }
  });
});

describe('intervals', () => {
  it('are the 5 and 95 % quantiles, widened to hold the point', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => 100 - i);
    assert.deepEqual(interval90(values, 50), [5.5, 95.5]);
    assert.deepEqual(interval90(values, 1), [1, 95.5]);
    assert.deepEqual(interval90(values, 200), [5.5, 200]);
    assert.deepEqual(interval90(new Float64Array(0), 3), [3, 3]);
  });
  it('equal the quantiles of sorted values, whatever their order and number', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 140 }), (list) => {
        const sorted = Float64Array.from(list).sort();
        const [lo, hi] = interval90(Float64Array.from(list), sorted[0]!);
        assert.equal(lo, Math.min(sorted[0]!, quantileOf(sorted, 0.05)));
        assert.ok(Math.abs(hi - quantileOf(sorted, 0.95)) <= 1e-9 * hi);
      }),
    );
    const mixed = Float64Array.from({ length: 128 }, (_, i) => (i * 37) % 128);
    const sorted = mixed.slice().sort();
    assert.deepEqual(interval90(mixed, 64), [quantileOf(sorted, 0.05), quantileOf(sorted, 0.95)]);
  });
  it('interpolate between values and stop at the ends', () => {
    const sorted = Float64Array.of(1, 2, 3, 4);
    assert.deepEqual(
      [0, 0.5, 1].map((u) => quantileOf(sorted, u)),
      [1, 2.5, 4],
    );
  });
});

function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (x: Float64Array): number => x.reduce((sum, each) => sum + each, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((x, i) => {
    ab += (x - ma) * (b[i]! - mb);
    aa += (x - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  });
  return ab / Math.sqrt(aa * bb);
}
