import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createVideoCatalogue } from '../../../server/core/energy/video/catalogue.js';
import {
  paperEnergy,
  paperFlops,
  paperTokens,
  paperWan,
  PAPER_PEAK,
  type PaperConstants,
} from '../../../server/core/energy/video/paperModel.js';
import { findGpu } from '../../../server/core/energy/gpus.js';

const match = createVideoCatalogue().find('wan2.1-t2v-1.3b');
assert.ok(match.ok);
const wan: PaperConstants = paperWan(match.model.arch);
const base = { width: 1280, height: 720, frames: 81 };
const energyAt = (clip: typeof base, steps: number): number =>
  paperEnergy(paperFlops(wan, paperTokens(wan, clip), steps, 2, clip).total).gpuWattHours;
const within = (actual: number, expected: number, share: number): void =>
  assert.ok(Math.abs(actual / expected - 1) <= share, `${actual} against ${expected}`);

describe('the published formula', () => {
  it('reproduces its printed points within 2 %', () => {
    assert.equal(paperTokens(wan, base), 76_500);
    const flops = paperFlops(wan, 76_500, 50, 2, base);
    within(flops.total, 1.839e17, 0.002);
    const { seconds, gpuWattHours } = paperEnergy(flops.total);
    within(seconds, 410, 0.02);
    within(gpuWattHours, 78.8, 0.02);
    // Shares of its terms: self-attention, MLP, cross-attention, VAE.
    const shares = [flops.selfAttention, flops.mlp, flops.crossAttention].map((f) =>
      Math.round((100 * f) / flops.total),
    );
    assert.deepEqual(shares, [88, 9, 3]);
    within(paperFlops(wan, paperTokens(wan, { ...base, width: 832, height: 480 }), 50, 2, base).total, 4.2e16, 0.02);
    // Latent tokens from which attention, and projections, are bound by arithmetic on an H100.
    const balance = PAPER_PEAK / findGpu('h100-sxm')!.bandwidthBytesPerSecond;
    within(balance, 295, 0.02);
    within(2 * balance, 590, 0.02);
  });

  it('has a local slope in latent tokens between 1 and 2 that tends to 2', () => {
    // Of what grows with tokens: a pass.
    const pass = (l: number): number => {
      const { selfAttention, crossAttention, mlp } = paperFlops(wan, l, 1, 1, { width: 0, height: 0, frames: 0 });
      return selfAttention + crossAttention + mlp;
    };
    const slope = (l: number): number => Math.log(pass(l * 1.001) / pass(l / 1.001)) / Math.log(1.001 ** 2);
    fc.assert(
      // Below some 1,024 tokens the text's own projections, which do not grow, weigh more than what is quadratic.
      fc.property(fc.double({ min: 1100, max: 1e9, noNaN: true }), (l) => {
        assert.ok(slope(l) > 1 && slope(l) < 2, `${l}: ${slope(l)}`);
        assert.ok(slope(2 * l) > slope(l));
      }),
    );
    assert.ok(2 - slope(1e9) < 1e-4);
  });

  it('obeys the laws of the three sweeps: quadratic in area, quadratic in frames, linear in steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 256, max: 3520 }), fc.integer({ min: 4, max: 100 }), (side, frames) => {
        const area = (k: number): number => energyAt({ width: side * k, height: 720, frames: 81 }, 50);
        const time = (k: number): number => energyAt({ ...base, frames: frames * k }, 50);
        for (const at of [area, time]) {
          const third = at(4) - 3 * at(3) + 3 * at(2) - at(1);
          assert.ok(Math.abs(third) < 1e-9 * at(4), 'no third degree');
          assert.ok(at(3) - 2 * at(2) + at(1) > 0, 'a second degree');
        }
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (steps) => {
        const [zero, some, twice] = [0, steps, 2 * steps].map((s) => energyAt(base, s)) as [number, number, number];
        assert.ok(Math.abs(twice - zero - 2 * (some - zero)) < 1e-9 * twice);
      }),
    );
  });
});
