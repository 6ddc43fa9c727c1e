import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createCatalogue } from '../../../server/core/energy/catalogue.js';
import {
  attendedPairs,
  contextGroups,
  meanWindowedContext,
  meanWindowedSlope,
  recurrentStateBytes,
} from '../../../server/core/energy/terms/context.js';
import {
  busiestRankRatio,
  expertCoverage,
  paddedExpertFlops,
  tileRule,
} from '../../../server/core/energy/terms/experts.js';
import { weightBytes } from '../../../server/core/energy/terms/precision.js';
import { expectedMaximum, replySpread } from '../../../server/core/energy/terms/replies.js';

const catalogue = createCatalogue();
const archOf = (id: string) => {
  const match = catalogue.find(id);
  assert.ok(match.ok, id);
  return match.model.arch;
};
const near = (a: number, b: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${a} ${b}`);

describe('context terms', () => {
  it('mean windowed context equals the sum over positions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 1, max: 400 }),
        fc.option(fc.integer({ min: 1, max: 300 }), { nil: null }),
        (from, tokens, window) => {
          // Continuous integral of min(position, window): the midpoint rule on a fine grid.
          const steps = 4000;
          let sum = 0;
          for (let i = 0; i < steps; i++) sum += Math.min(from + ((i + 0.5) / steps) * tokens, window ?? Infinity);
          near(meanWindowedContext(from, tokens, window), sum / steps, 1e-4);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('slope is the derivative of the mean', () => {
    for (const [from, tokens, window] of [
      [10, 100, null],
      [10, 100, 60],
      [200, 100, 60],
      [0, 50, 60],
    ] as const) {
      const h = 1e-4;
      const numeric = (meanWindowedContext(from + h, tokens, window) - meanWindowedContext(from, tokens, window)) / h;
      near(meanWindowedSlope(from, tokens, window), numeric, 1e-5);
    }
  });

  it('pairs of prefill are quadratic without a window and linear beyond it', () => {
    near(attendedPairs(0, 1000, null), 500_000);
    near(attendedPairs(1000, 2000, null), 1_500_000);
    near(attendedPairs(4000, 5000, 100), 100_000);
    assert.equal(attendedPairs(10, 10, null), 0);
  });

  it('tensor parallelism beyond the KV heads copies the cache', () => {
    const qwen = archOf('Qwen/Qwen3-235B-A22B');
    const bytes = (shards: number): number => contextGroups(qwen, 2, shards)[0]!.kvBytesPerToken;
    near(bytes(4), bytes(1));
    near(bytes(8), 2 * bytes(1));
    near(bytes(1), 94 * 2 * 4 * 128 * 2);
  });

  it('recurrent state of Nemotron Nano 9B is 27 layers of 128 heads x 80 x 128, and convolutions, in fp32', () => {
    const state = recurrentStateBytes(archOf('nvidia/NVIDIA-Nemotron-Nano-9B-v2'));
    assert.ok(state > 27 * 128 * 80 * 128 * 4 && state < 27 * 128 * 80 * 128 * 4 * 1.1, String(state));
    assert.equal(recurrentStateBytes(archOf('Qwen/Qwen3-8B')), 0);
  });
});

describe('expert terms', () => {
  it('coverage starts at k/E, grows with tokens, ends at 1', () => {
    near(expertCoverage(128, 8, 1), 8 / 128);
    assert.equal(expertCoverage(128, 8, 0), 0);
    assert.ok(expertCoverage(128, 8, 64) > 0.98);
    assert.equal(expertCoverage(0, 0, 5), 0);
    assert.ok(expertCoverage(8, 8, 1) === 1);
  });

  it('the busiest of several ranks has more than the mean, less as all experts are touched', () => {
    assert.equal(busiestRankRatio(1, 128, 0.4, 1), 1);
    assert.ok(busiestRankRatio(8, 128, 0.4, 1) > busiestRankRatio(8, 128, 0.95, 1));
    near(busiestRankRatio(8, 128, 1, 1), 1);
    assert.ok(busiestRankRatio(8, 128, 0.001, 50) <= 8);
  });

  it('tiles follow the launch rule, and padding never falls below the real rows', () => {
    const bf16 = archOf('Qwen/Qwen3-30B-A3B');
    const block = archOf('Qwen/Qwen3-235B-A22B-Instruct-2507-FP8');
    const channel = archOf('meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8');
    const meanRows = (arch: typeof bf16, precision: 'bf16' | 'fp8', tokens: number, ranks: number): number => {
      const rule = tileRule(arch, precision, tokens, ranks);
      return rule.smallRows + (rule.largeRows - rule.smallRows) * rule.largeShare;
    };
    assert.ok(meanRows(bf16, 'bf16', 60, 2) < 20);
    assert.ok(meanRows(bf16, 'bf16', 96, 2) > 60);
    assert.equal(meanRows(block, 'fp8', 8, 8), 64);
    assert.equal(meanRows(channel, 'fp8', 8, 8), 16);
    const perRow = (2 * bf16.expertParams) / bf16.experts;
    for (const tokens of [1, 8, 64, 512, 4096]) {
      const coverage = expertCoverage(bf16.experts, bf16.expertsPerToken, tokens);
      assert.ok(paddedExpertFlops(bf16, 'bf16', tokens, 1, coverage) >= tokens * bf16.expertsPerToken * perRow * 0.999);
    }
    assert.equal(paddedExpertFlops(archOf('Qwen/Qwen3-8B'), 'bf16', 8, 1, 0), 0);
  });
});

describe('weight bytes', () => {
  it('hold two bytes a parameter in bf16, four in fp32', () => {
    const llama = archOf('meta-llama/Llama-3.1-8B-Instruct');
    near(weightBytes(llama, 'bf16').stored, 2 * llama.totalParams);
    near(weightBytes(llama, 'fp32').stored, 4 * llama.totalParams);
    assert.ok(weightBytes(llama, 'bf16').shared < weightBytes(llama, 'bf16').stored);
  });

  it('keep in 16 bit what the checkpoint keeps: attention of Llama 3.1 405B FP8, all but the experts of gpt-oss', () => {
    const fp8 = archOf('meta-llama/Llama-3.1-405B-Instruct-FP8');
    const stored = weightBytes(fp8, 'fp8').stored / fp8.totalParams;
    assert.ok(stored > 1.15 && stored < 1.3, String(stored));
    const oss = weightBytes(archOf('openai/gpt-oss-120b'), 'mxfp4');
    assert.ok(oss.stored > 60e9 && oss.stored < 70e9, String(oss.stored));
  });
});

describe('reply terms', () => {
  it('spread falls from 1 to 0.4 as replies get long', () => {
    assert.equal(replySpread(50), 1);
    assert.equal(replySpread(1000), 1);
    near(replySpread(8000), 0.4);
    near(replySpread(80_000), 0.4);
    assert.ok(replySpread(3000) < 1 && replySpread(3000) > 0.4);
  });

  it('expected maximum of normals is near the exact values', () => {
    for (const [count, exact] of [
      [2, 0.564],
      [4, 1.029],
      [8, 1.424],
      [16, 1.766],
      [100, 2.508],
    ] as const) {
      near(expectedMaximum(count), exact, 0.03);
    }
    assert.equal(expectedMaximum(1), 0);
  });
});
