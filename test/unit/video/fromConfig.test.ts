import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DiffusionTransformer, VideoArchitecture } from '../../../server/core/energy/video/architecture.js';
import { createVideoCatalogue } from '../../../server/core/energy/video/catalogue.js';
import { DENOISER_CLASSES, videoArchitectureFromConfig as read } from '../../../server/core/energy/video/fromConfig.js';
import { passWork } from '../../../server/core/energy/video/work.js';

const catalogue = createVideoCatalogue();
const compression = ({ vae }: VideoArchitecture): number[] => [vae.temporalCompression, vae.spatialCompression];
const transformer = (arch: VideoArchitecture): DiffusionTransformer => {
  assert.equal(arch.denoiser.kind, 'transformer');
  return arch.denoiser as DiffusionTransformer;
};

describe('video model from config.json', () => {
  /** Weights that multiply tokens: linear FLOPs over two; close to the published parameters. */
  for (const [id, billions] of [
    ['wan2.1-t2v-14b', 14.3],
    ['wan2.1-t2v-1.3b', 1.42],
    ['wan2.2-ti2v-5b', 5],
    ['cogvideox-2b', 1.69],
    ['cogvideox-5b', 5.57],
    ['cogvideox1.5-5b', 5.57],
    ['mochi-1', 10.03],
    ['ltx-video-0.9.7', 13],
    ['ltx-video-2b', 1.92],
    ['hunyuanvideo', 12.8],
    ['open-sora', 11],
  ] as const) {
    it(`has the weights of ${id}`, () => {
      const match = catalogue.find(id);
      assert.ok(match.ok);
      const { blocks } = transformer(match.model.arch);
      let weights = 0;
      for (const b of blocks) {
        const dual = b.text === 'joint' && /Hunyuan|MMDiT|Mochi/.test(match.model.arch.className) && b === blocks[0];
        // Cross-attention's key and value act on text alone; dual streams have weights of each.
        weights +=
          (b.layers * (b.linearFlopsPerToken + (b.text === 'cross' || dual ? b.linearFlopsPerTextToken : 0))) / 2;
      }
      // Modulation, embeddings and norms are not products with tokens: up to a third of these models.
      assert.ok(weights / 1e9 > 0.66 * billions && weights / 1e9 < 1.03 * billions, `${weights / 1e9}`);
    });
  }

  it('knows what each VAE compresses', () => {
    const of = (id: string): number[] => {
      const match = catalogue.find(id);
      assert.ok(match.ok, id);
      return compression(match.model.arch);
    };
    assert.deepEqual(of('wan2.1-t2v-14b'), [4, 8]);
    assert.deepEqual(of('wan2.2-ti2v-5b'), [4, 16]);
    assert.deepEqual(of('cogvideox-5b'), [4, 8]);
    assert.deepEqual(of('mochi-1'), [6, 8]);
    assert.deepEqual(of('ltx-video-0.9.7'), [8, 32]);
    assert.deepEqual(of('ltx-video-2b'), [8, 32]);
    assert.deepEqual(of('hunyuanvideo'), [4, 8]);
    assert.deepEqual(of('hunyuanvideo-1.5'), [4, 16]);
    assert.deepEqual(of('animatediff'), [1, 8]);
  });

  it('takes the compression of the class where the config says none, and that of `vae` where it does', () => {
    const wan = { _class_name: 'WanTransformer3DModel', num_layers: 30, num_attention_heads: 12 };
    assert.deepEqual(compression(read(wan)), [4, 8]);
    assert.deepEqual(compression(read({ _class_name: 'MochiTransformer3DModel' })), [6, 8]);
    assert.deepEqual(compression(read({ _class_name: 'LTXVideoTransformer3DModel' })), [8, 32]);
    assert.deepEqual(compression(read({ ...wan, vae: { temporal_compression: 8, spatial_compression: 16 } })), [8, 16]);
    assert.deepEqual(
      compression(read({ ...wan, vae: { scale_factor_temporal: 4, scale_factor_spatial: 16 } })),
      [4, 16],
    );
    assert.deepEqual(compression(read({ ...wan, vae: { temporal: 8, spatial: 32 } })), [8, 32]);
    assert.deepEqual(compression(read({ ...wan, vae: { compression: [8, 16, 16] } })), [8, 16]);
    assert.deepEqual(
      compression(read({ ...wan, vae: { dim_mult: [1, 2, 4], temperal_downsample: [true, true] } })),
      [4, 4],
    );
  });

  it("reads the names of the models' own repositories as those of diffusers", () => {
    const own = { dim: 5120, ffn_dim: 13824, num_heads: 40, num_layers: 40, model_type: 't2v', text_len: 512 };
    const match = catalogue.find('wan2.1-t2v-14b');
    assert.ok(match.ok);
    assert.deepEqual(read(own).denoiser, match.model.arch.denoiser);
    assert.equal(read({ model_type: 'STDiT3', hidden_size: 1152, depth: 28, num_heads: 16 }).className, 'STDiT3');
  });

  it('says what it cannot read, in one line', () => {
    for (const [config, expected] of [
      [{}, /no _class_name/],
      [[], /expected the object/],
      [null, /expected the object/],
      [{ _class_name: 'WanTransformer3dModel2' }, /WanTransformer3DModel/],
      [{ _class_name: 'FluxTransformer2DModel' }, /unknown video transformer "FluxTransformer2DModel"/],
      [{ _class_name: 'WanTransformer3DModel', num_layers: -1 }, /config\.num_layers/],
      [{ _class_name: 'WanTransformer3DModel', vae: { scale_factor_spatial: 0 } }, /config\.vae\.scale_factor_spatial/],
    ] as const) {
      assert.throws(
        () => read(config),
        (error: Error) => expected.test(error.message) && !error.message.includes('\n'),
      );
    }
  });

  it('gives finite work for whatever plausible numbers a config holds', () => {
    const n = (max: number): fc.Arbitrary<number | undefined> =>
      fc.option(fc.integer({ min: 1, max }), { nil: undefined });
    const configs = fc.record({
      _class_name: fc.constantFrom(...DENOISER_CLASSES),
      num_layers: n(200),
      num_attention_heads: n(128),
      attention_head_dim: n(256),
      ffn_dim: n(1e5),
      patch_size_t: n(4),
    });
    fc.assert(
      fc.property(configs, (config) => {
        const work = passWork(read(config).denoiser, { frames: 21, perFrame: 1560 });
        for (const value of Object.values(work)) assert.ok(Number.isFinite(value) && value >= 0);
        assert.ok(work.linearFlops > 0 && work.selfAttentionFlops > 0);
      }),
    );
  });
});
