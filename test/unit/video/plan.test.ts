import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createVideoCatalogue, type VideoModel } from '../../../server/core/energy/video/catalogue.js';
import { planVideo, tokenPixels } from '../../../server/core/energy/video/plan.js';

const catalogue = createVideoCatalogue();
const model = (id: string): VideoModel => {
  const match = catalogue.find(id);
  assert.ok(match.ok, id);
  return match.model;
};
const plan = (id: string, width: number, height: number, frames: number, steps = 50, guidance = 5) => {
  const { arch, pipeline } = model(id);
  return planVideo(arch, { width, height, frames, steps, guidance }, pipeline);
};
const tokens = (...args: Parameters<typeof plan>): number[] =>
  plan(...args).stages.map(({ grid }) => grid.frames * grid.perFrame);

describe('plan of a clip', () => {
  it('counts latent tokens as the models do', () => {
    assert.deepEqual(tokens('wan2.1-t2v-14b', 1280, 720, 81), [21 * 45 * 80]);
    assert.deepEqual(tokens('wan2.1-t2v-1.3b', 832, 480, 81), [32_760]);
    assert.deepEqual(tokens('hunyuanvideo', 1280, 720, 129), [118_800]);
    assert.deepEqual(tokens('cogvideox-5b', 720, 480, 49), [17_550]);
    // A patch of two latent frames: 21 are padded to 22.
    assert.deepEqual(tokens('cogvideox1.5-5b', 1360, 768, 81), [11 * 48 * 85]);
    assert.deepEqual(tokens('mochi-1', 848, 480, 84), [14 * 30 * 53]);
    assert.deepEqual(tokens('wan2.2-ti2v-5b', 1280, 704, 121), [31 * 22 * 40]);
  });

  it('runs LTX-Video in two stages, as its example does', () => {
    const { stages, decoded, notices } = plan('ltx-video-0.9.7', 704, 512, 121, 40, 3);
    assert.deepEqual(
      stages.map(({ clip, steps }) => [clip.width, clip.height, steps]),
      [
        [448, 320, 30],
        [896, 640, 4],
      ],
    );
    assert.deepEqual(decoded, { width: 896, height: 640, frames: 121 });
    assert.match(notices[0]!, /30 steps at 448 x 320, then 10 refining steps at 896 x 640, of which 4 run/);
  });

  it('takes two passes under guidance, unless it is distilled or off', () => {
    assert.equal(plan('wan2.1-t2v-14b', 832, 480, 81, 50, 5).passes, 2);
    assert.equal(plan('wan2.1-t2v-14b', 832, 480, 81, 50, 1).passes, 1);
    assert.equal(plan('wan2.1-t2v-14b', 832, 480, 81, 50, 0).passes, 1);
    assert.equal(plan('hunyuanvideo', 1280, 720, 129, 50, 6).passes, 1);
    assert.equal(plan('open-sora', 1024, 576, 129, 50, 7.5).passes, 3);
  });

  it('rounds what is not on the latent grid, and says so', () => {
    const odd = plan('wan2.1-t2v-14b', 833, 479, 82);
    assert.deepEqual(odd.clip, { width: 832, height: 480, frames: 81 });
    assert.equal(odd.notices.length, 3);
    assert.deepEqual(plan('wan2.1-t2v-14b', 832, 480, 84).clip.frames, 85);
    assert.deepEqual(plan('cogvideox-5b', 720, 480, 50).clip.frames, 49);
    assert.deepEqual(plan('animatediff', 512, 512, 17).notices, []);
  });

  it('ends on the grid from wherever it starts, and what is on it stays', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...catalogue.ids),
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 1, max: 500, noNaN: true }),
        (id, width, height, frames) => {
          const { arch, pipeline } = model(id);
          const once = plan(id, width, height, frames);
          for (const { grid, clip } of once.stages) {
            assert.ok(Number.isInteger(grid.frames) && grid.frames >= 1);
            assert.ok(Number.isInteger(grid.perFrame) && grid.perFrame >= 1);
            assert.equal(clip.width % tokenPixels(arch), 0);
          }
          if (pipeline !== undefined) return;
          const again = plan(id, once.clip.width, once.clip.height, once.clip.frames);
          assert.deepEqual(again.clip, once.clip);
          assert.deepEqual(again.notices, []);
        },
      ),
    );
  });
});
