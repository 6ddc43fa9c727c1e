import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createVideoCatalogue, type VideoModel } from '../../../server/core/energy/video/catalogue.js';
import { VIDEO_COEFFICIENTS } from '../../../server/core/energy/video/coefficients.js';
import { parallelFactor, totalOf, unknownSplitFactor, videoTerms } from '../../../server/core/energy/video/physics.js';
import { continuousGrid, type ClipSize } from '../../../server/core/energy/video/plan.js';

const catalogue = createVideoCatalogue();
const models: VideoModel[] = catalogue.ids.map((id) => {
  const match = catalogue.find(id);
  assert.ok(match.ok);
  return match.model;
});
const fullAttention = models.filter(
  ({ arch: { denoiser } }) => denoiser.kind === 'transformer' && denoiser.blocks.every((b) => b.attention === 'all'),
);
const { base } = VIDEO_COEFFICIENTS;

/** Before rounding: joules at a fractional clip. */
const joules = ({ arch }: VideoModel, clip: ClipSize, steps: number, passes: number): number =>
  totalOf(videoTerms(arch, [{ grid: continuousGrid(arch, clip), clip, steps }], passes, clip, base));

const clips = fc.record({
  width: fc.double({ min: 64, max: 4000, noNaN: true }),
  height: fc.double({ min: 64, max: 4000, noNaN: true }),
  frames: fc.double({ min: 5, max: 400, noNaN: true }),
});

describe('video energy before rounding', () => {
  it('is a polynomial of degree two in latent tokens', () => {
    fc.assert(
      fc.property(fc.constantFrom(...fullAttention), clips, (model, clip) => {
        // Tokens and pixels in proportion: width alone.
        const at = (k: number): number => joules(model, { ...clip, width: clip.width * k }, 10, 2);
        const [a, b, c, d] = [at(1), at(2), at(3), at(4)] as const;
        assert.ok(Math.abs(d - 3 * c + 3 * b - a) < 1e-9 * d, 'third difference');
        assert.ok(c - 2 * b + a > 0, 'second difference');
      }),
    );
  });

  it('is linear in steps, and in passes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...models), clips, fc.integer({ min: 1, max: 500 }), (model, clip, steps) => {
        const [none, some, twice] = [0, steps, 2 * steps].map((s) => joules(model, clip, s, 2)) as [
          number,
          number,
          number,
        ];
        assert.ok(Math.abs(twice - none - 2 * (some - none)) < 1e-9 * twice);
        assert.ok(some > none);
        const one = joules(model, clip, steps, 1) - joules(model, clip, 0, 1);
        assert.ok(Math.abs(some - none - 2 * one) < 1e-9 * some);
      }),
    );
  });

  it('grows with frames more slowly where attention is factored into frames and places', () => {
    const open = (id: string): VideoModel => models.find((m) => m.id === id)!;
    const ratio = (model: VideoModel): number => {
      const clip = { width: 1280, height: 720, frames: 101 };
      return joules(model, { ...clip, frames: 401 }, 30, 2) / joules(model, clip, 30, 2);
    };
    assert.ok(ratio(open('open-sora')) > 1.8 * ratio(open('open-sora-1.2')));
  });

  it('on several GPUs never falls below one, and a longer ring costs more', () => {
    const { parallel } = VIDEO_COEFFICIENTS;
    for (const { arch } of models) {
      let before = 1;
      let beforeUnknown = 1;
      for (const gpus of [1, 2, 3, 4, 5, 6, 7, 8]) {
        const factor = parallelFactor(arch, { ulysses: gpus, ring: 1 }, parallel);
        assert.ok(factor >= before && factor < 2, `${gpus}: ${factor}`);
        before = factor;
        const ring = parallelFactor(arch, { ulysses: 1, ring: gpus }, parallel);
        assert.ok(gpus === 1 ? ring === 1 : ring > factor);
        const unknown = unknownSplitFactor(arch, gpus, parallel);
        assert.ok(unknown.factor >= factor && unknown.factor <= ring);
        assert.equal(unknown.logSigma > 0, gpus > 1);
        assert.ok(unknown.factor >= beforeUnknown, `${gpus}: ${unknown.factor}`);
        beforeUnknown = unknown.factor;
      }
    }
  });
});
