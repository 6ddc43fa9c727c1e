import assert from 'node:assert/strict';
import fc from 'fast-check';
import { GPUS } from '../../../server/core/energy/gpus.js';
import { createVideoCatalogue } from '../../../server/core/energy/video/catalogue.js';
import { VIDEO_COEFFICIENTS_FILE } from '../../../server/core/energy/video/coefficients.js';
import { createVideoPredictor, type VideoPrediction } from '../../../server/core/energy/video/predictVideo.js';

const predict = createVideoPredictor();
const catalogue = createVideoCatalogue();
const good = (row: object): VideoPrediction => {
  const result = predict(row);
  assert.ok(!('error' in result), JSON.stringify(result));
  return result;
};
const bad = (row: unknown): string => {
  const result = predict(row);
  assert.ok('error' in result);
  assert.equal(result.error.split('\n').length, 1);
  return result.error;
};
const WAN = { model: 'wan2.1-t2v-14b', width: 832, height: 480, frames: 81, steps: 50 };

describe('prediction of a clip', () => {
  it('adds up: terms to joules, joules to watt-hours, the point inside its interval', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...catalogue.ids),
        fc.integer({ min: 16, max: 4096 }),
        fc.integer({ min: 16, max: 4096 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 8 }),
        fc.double({ min: 0, max: 20, noNaN: true }),
        (model, width, height, frames, steps, gpus, guidance) => {
          const r = good({ model, width, height, frames, steps, gpus, guidance });
          const sum = Object.values(r.terms).reduce((a, b) => a + b, 0);
          assert.ok(Math.abs(sum - r.gpuJoules) < 1e-9 * r.gpuJoules);
          assert.ok(Math.abs(r.gpuWattHours * 3600 - r.gpuJoules) < 1e-9 * r.gpuJoules);
          assert.ok(r.interval90[0] < r.gpuJoules && r.gpuJoules < r.interval90[1]);
          const watts = r.gpuJoules / r.seconds / gpus;
          assert.ok(watts > 400 && watts <= 700, String(watts));
          assert.ok(r.hostJoules > 0 && r.hostJoules < 0.3 * r.gpuJoules);
        },
      ),
    );
  });

  it('knows a split of several GPUs better than an unknown one, and says which it took', () => {
    const width = ({ interval90: [lo, hi] }: VideoPrediction): number => hi / lo;
    const unknown = good({ ...WAN, gpus: 8 });
    assert.equal(unknown.assumptions.ulysses, null);
    assert.ok(unknown.assumptions.notes.some((note) => /Ulysses degree not said/.test(note)));
    const known = [8, 4, 2, 1].map((ulysses) => good({ ...WAN, gpus: 8, ulysses }));
    for (const [i, r] of known.entries()) {
      assert.ok(width(r) < width(unknown));
      assert.ok(i === 0 || r.gpuJoules > known[i - 1]!.gpuJoules);
    }
    assert.ok(known[0]!.gpuJoules < unknown.gpuJoules && unknown.gpuJoules < known[3]!.gpuJoules);
    assert.equal(good(WAN).gpuJoules, good({ ...WAN, ulysses: 1 }).gpuJoules);
    assert.match(bad({ ...WAN, gpus: 8, ulysses: 3 }), /ulysses: 3 does not divide 8 GPUs/);
    assert.match(bad({ ...WAN, ulysses: 2 }), /ulysses: 2 does not divide 1 GPUs/);
  });

  it('never costs less for more pixels, frames, steps or GPUs', () => {
    const sizes = fc.record({
      width: fc.integer({ min: 64, max: 2000 }),
      height: fc.integer({ min: 64, max: 2000 }),
      frames: fc.integer({ min: 1, max: 200 }),
      steps: fc.integer({ min: 1, max: 100 }),
      gpus: fc.integer({ min: 1, max: 7 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...catalogue.ids),
        sizes,
        fc.constantFrom('width', 'height', 'frames', 'steps', 'gpus'),
        (model, row, field) => {
          const engine = 'xdit';
          const more = { ...row, [field]: row[field as keyof typeof row] + 1 };
          assert.ok(
            good({ model, engine, ...more }).gpuJoules >= good({ model, engine, ...row }).gpuJoules * (1 - 1e-12),
          );
        },
      ),
    );
  });

  it('takes the defaults of the model for what is left out, and says so', () => {
    const whole = good({ model: 'hunyuanvideo' });
    assert.deepEqual(
      [whole.assumptions.width, whole.assumptions.height, whole.assumptions.frames, whole.assumptions.steps],
      [1280, 720, 129, 50],
    );
    assert.ok(whole.assumptions.notes.some((note) => note.includes("the model's default: width 1280")));
    assert.match(
      bad({ config: { _class_name: 'WanTransformer3DModel' }, width: 832, height: 480, frames: 81 }),
      /^steps: missing/,
    );
  });

  it('gives one answer for a catalogue id, its Hugging Face id, a packaged file and its config', () => {
    const row = catalogue.rows.find((each) => each.id === 'cogvideox1.5-5b')!;
    const size = { width: 1360, height: 768, frames: 81, steps: 50, guidance: 6 };
    const byId = good({ model: row.id, ...size });
    assert.equal(good({ model: 'zai-org/CogVideoX1.5-5B', ...size }).gpuJoules, byId.gpuJoules);
    assert.equal(good({ config: row.config, ...size }).gpuJoules, byId.gpuJoules);
    const wan = good(WAN).gpuJoules;
    assert.equal(good({ ...WAN, model: 'Wan-AI/Wan2.1-T2V-14B-Diffusers' }).gpuJoules, wan);
    assert.equal(good({ ...WAN, model: 'wan2.1_t2v_14B_fp8_e4m3fn.safetensors' }).gpuJoules, wan);
  });

  it('is surer of a measured model than of one from its config, and least sure on several or other GPUs', () => {
    const width = (row: object): number => {
      const { interval90 } = good(row);
      return Math.log(interval90[1] / interval90[0]);
    };
    const { config } = catalogue.rows[0]!;
    const { model: _model, ...size } = WAN;
    const own = width({ ...WAN, engine: 'xdit', guidance: 5 });
    assert.ok(own < width({ ...WAN, guidance: 5 }));
    assert.ok(own < width({ config, ...size, engine: 'xdit', guidance: 5 }));
    assert.ok(own < width({ ...WAN, engine: 'xdit', gpus: 4 }));
    assert.ok(own < width({ ...WAN, engine: 'xdit', gpu: 'a100-80gb' }));
    assert.ok(own < width({ ...WAN, engine: 'xdit', width: 3840, height: 2160 }));
  });

  it('says where the compression of the VAE comes from', () => {
    const size = { width: 832, height: 480, frames: 81, steps: 50 };
    const notesWith = (vae: unknown): string => {
      const config = { _class_name: 'WanTransformer3DModel', ...(vae === undefined ? {} : { vae }) };
      return good({ config, ...size }).assumptions.notes.join('; ');
    };
    assert.match(notesWith(undefined), /4 x 8 x 8.*that of WanTransformer3DModel, the config says none/);
    assert.match(notesWith({ colour: 'red' }), /4 x 8 x 8.*the config says none/);
    assert.match(notesWith({ _class_name: 'AutoencoderKLLTXVideo' }), /8 x 32 x 32.*that of the config's VAE class/);
    assert.match(notesWith({ scale_factor_spatial: 16 }), /VAE of the config: 4 x 16 x 16/);
  });

  it('uses the measurements of a model of equal architecture, and says so', () => {
    const [one, two] = [good({ ...WAN, guidance: 5 }), good({ ...WAN, model: 'wan2.2-t2v-a14b', guidance: 5 })];
    assert.equal(one.gpuJoules, two.gpuJoules);
    assert.match(two.confidence, /wan2\.1-t2v-14b, whose architecture is the same/);
  });

  it('costs more joules and far more time on an A100', () => {
    const [h100, a100] = [good(WAN), good({ ...WAN, gpu: 'a100-80gb' })];
    assert.ok(a100.gpuJoules > 1.05 * h100.gpuJoules && a100.seconds > 1.7 * h100.seconds);
  });

  it('refuses what cannot be, in one line that names the field', () => {
    assert.match(bad({ ...WAN, frames: 0 }), /^frames: .*at least 1 \(it is 0\)/);
    assert.match(bad({ ...WAN, width: -5 }), /^width: .*it is -5/);
    assert.match(bad({ ...WAN, steps: 1.5 }), /^steps: expected a whole number/);
    assert.match(bad({ ...WAN, steps: '50' }), /^steps: /);
    assert.match(bad({ ...WAN, gpus: 9 }), /^gpus: .*1 to 8/);
    assert.match(bad({ ...WAN, gpu: 'h1000' }), /^gpu: unknown GPU "h1000"; the nearest ids are h100/);
    assert.match(bad({ ...WAN, engine: 'comfy' }), /^engine: expected "diffusers" or "xdit"/);
    assert.match(bad({ ...WAN, model: 'wan2.1-t2v-15b' }), /unknown video model .*wan2\.1-t2v-14b/);
    assert.match(bad({ width: 832, height: 480, frames: 81, steps: 50 }), /^model: missing/);
    assert.match(bad({ ...WAN, config: 'config.json' }), /^config: expected the object/);
    for (const junk of [null, [], 'x', 3]) assert.match(bad(junk), /^row: expected a JSON object/);
  });

  it('never throws, whatever a row holds', () => {
    fc.assert(
      fc.property(
        fc.anything(),
        fc.dictionary(fc.constantFrom('model', 'config', 'width', 'frames', 'gpus'), fc.anything()),
        (any, fields) => {
          for (const row of [any, { ...WAN, ...fields }]) {
            const result = predict(row);
            assert.ok('error' in result || Number.isFinite(result.gpuJoules));
          }
        },
      ),
    );
  });
});

describe('video constants', () => {
  it('are positive, within their stated ranges, with unit and source', () => {
    const { base, parallel, error, sizes, gpus, ownFactors } = VIDEO_COEFFICIENTS_FILE;
    for (const [name, c] of [base, parallel, error, sizes, gpus, ownFactors].flatMap((g) => Object.entries(g))) {
      assert.ok(c.value > 0, name);
      assert.ok(c.range[0] <= c.value && c.value <= c.range[1], `${name} ${c.value} ${c.range.join()}`);
      assert.ok(c.unit.length > 0 && c.source.length > 0, name);
    }
  });

  it('have a factor for every GPU', () => {
    assert.deepEqual(Object.keys(VIDEO_COEFFICIENTS_FILE.gpus).sort(), GPUS.map(({ id }) => id).sort());
  });

  it('come from a catalogue whose every row has a source and settings on its own grid', () => {
    for (const row of catalogue.rows) {
      assert.ok(row.source.length > 20, row.id);
      const { warnings } = good({ model: row.id });
      const rounded = warnings.filter((w) => w.includes('counted as'));
      // The study's own settings of Mochi and Open-Sora's 102 frames are off their latent grids; so is Allegro's card.
      assert.ok(
        rounded.length === 0 || ['mochi-1', 'open-sora-1.2', 'allegro'].includes(row.id),
        `${row.id}: ${rounded.join()}`,
      );
    }
  });
});
