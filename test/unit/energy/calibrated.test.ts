import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BUILT_IN_PROFILES } from '../../../server/core/data/index.js';
import { resolveAssumptions } from '../../../server/core/energy/assumptions.js';
import { createCatalogue } from '../../../server/core/energy/catalogue.js';
import { createPredictor } from '../../../server/core/energy/predict.js';
import { createPricer } from '../../../server/core/energy/pricer.js';
import { profileSchema } from '../../../server/core/energy/profileSchema.js';
import type { Calibration, Profile } from '../../../server/core/energy/types.js';

const calibration: Calibration = {
  models: ['meta-llama/Llama-3.1-8B-Instruct'],
  gpu: 'h100-sxm',
  gpus: 1,
  tp: 1,
  ep: 1,
  pp: 1,
  engine: 'vllm-0.11',
  precision: 'bf16',
  factors: {
    engine: { factor: 1.2, logSigma: 0.02 },
    prefill: { factor: 1.5, logSigma: 0.03 },
    decode: { factor: 0.9, logSigma: 0.02 },
    batch: { exponent: 0, sigma: 0.01, at: 8 },
    request: { joules: 0, sigma: 0 },
  },
  interval: { logSigma: 0.03, prefillLogSigma: 0.02 },
  measured: { n: 40, shapes: 13, tokensIn: [64, 8192], tokensOut: [8, 512], batch: [1, 32], scope: 'gpu-window', from: '2026-11-25', to: '2026-11-25', meter: 'nvml' }, // prettier-ignore
};
const plain: Profile = { ...BUILT_IN_PROFILES[0]!, name: 'ours', batch: 8 };
const profileOf = (more: Partial<Calibration> = {}): Profile => ({
  ...plain,
  calibration: { ...calibration, ...more },
});
const row = { model: 'llama-3.1-8b', in: 1000, out: 200 };

function predicted(profile: Profile, fields: object = row) {
  const result = createPredictor({ profile })(fields);
  assert.ok(!('error' in result), JSON.stringify(result));
  return result;
}
const width = ({ interval90: [lo, hi] }: { interval90: readonly [number, number] }): number => Math.log(hi / lo);

describe('a calibrated profile', () => {
  it('prices prefill and decode by its factors, in a narrower interval, and says so', () => {
    const [before, after] = [predicted(plain), predicted(profileOf())];
    assert.ok(Math.abs(after.prefillJoules / before.prefillJoules - 1.8) < 1e-9);
    assert.ok(Math.abs(after.decodeJoules / before.decodeJoules - 1.08) < 1e-9);
    assert.ok(width(after) < width(before));
    assert.equal(after.secondsPrefill, before.secondsPrefill);
    assert.match(after.confidence, /^calibrated on 40 measurements of this endpoint \(±5\.1 %\)$/);
    assert.ok(
      after.assumptions.notes.some((note) =>
        /^calibrated on 40 .*2026-11-25, meter nvml, scope gpu-window$/.test(note),
      ),
    );
  });

  it('adds the joules of a request once, and follows the batch within what was measured', () => {
    const { factors } = calibration;
    const fixed = profileOf({ factors: { ...factors, request: { joules: 7, sigma: 1 } } });
    assert.ok(Math.abs(predicted(fixed).gpuJoules - predicted(profileOf()).gpuJoules - 7) < 1e-9);
    const growing = profileOf({ factors: { ...factors, batch: { exponent: 0.1, sigma: 0.01, at: 8 } } });
    const ratio = (batch: number): number =>
      predicted(growing, { ...row, batch }).gpuJoules / predicted(profileOf(), { ...row, batch }).gpuJoules;
    assert.ok(Math.abs(ratio(8) - 1) < 1e-9);
    assert.ok(Math.abs(ratio(32) - 4 ** 0.1) < 1e-9);
    assert.ok(Math.abs(ratio(512) - 4 ** 0.1) < 1e-9);
  });

  it('holds for its model and deployment alone: else the general interval, and a notice why', () => {
    for (const [fields, why] of [
      [{ ...row, model: 'llama-3.1-70b' }, /the model is meta-llama\/Llama-3\.1-70B/],
      [{ ...row, gpu: 'a100-80gb' }, /the GPUs are 1 x a100-80gb/],
      [{ ...row, gpus: 2 }, /the GPUs are 2 x h100-sxm/],
      [{ ...row, precision: 'fp8' }, /the precision is fp8/],
      [{ ...row, engine: 'tgi' }, /the engine is tgi/],
    ] as const) {
      const [with_, without] = [predicted(profileOf(), fields), predicted(plain, fields)];
      assert.equal(with_.gpuJoules, without.gpuJoules);
      assert.deepEqual(with_.interval90, without.interval90);
      assert.equal(with_.assumptions.calibration, undefined);
      const notice = with_.assumptions.notes.find((note) => note.includes('calibration of this profile is not used'));
      assert.match(notice ?? '', why);
      assert.match(notice ?? '', /wider interval.*fitted for meta-llama\/Llama-3\.1-8B-Instruct on 1 x h100-sxm/);
    }
  });

  it('is less sure beyond what was measured, at last at least as unsure as the general fit', () => {
    const at = (fields: object) => predicted(profileOf(), { ...row, ...fields });
    let last = width(at({ batch: 32 }));
    for (const batch of [40, 64, 128, 256]) {
      const next = width(at({ batch }));
      assert.ok(next >= last - 1e-12, `${batch}`);
      last = next;
    }
    assert.ok(last >= width(predicted(plain, { ...row, batch: 256 })));
    assert.match(at({ batch: 64 }).confidence, /batch outside the measured 1 to 32/);
    const long = at({ in: 60_000 });
    assert.match(long.confidence, /context beyond the measured 8704 tokens/);
    assert.ok(width(long) > width(at({ in: 8000 })));
    assert.ok(width(at({ in: 120_000 })) >= width(predicted(plain, { ...row, in: 120_000 })) - 1e-9);
  });

  it('with factors of one changes no figure', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8000 }), fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 64 }), (tokensIn, out, batch) => {
        const one = { factor: 1, logSigma: 0 };
        const { factors } = calibration;
        const neutral = profileOf({ factors: { ...factors, engine: one, prefill: one, decode: one } });
        const fields = { model: row.model, in: tokensIn, out, batch };
        assert.ok(Math.abs(predicted(neutral, fields).gpuJoules / predicted(plain, fields).gpuJoules - 1) < 1e-12);
      }),
      { numRuns: 40 },
    ); // prettier-ignore
  });

  it('has slopes that are those of its figures', () => {
    const match = createCatalogue().find('llama-3.1-8b');
    assert.ok(match.ok);
    const { central } = createPricer(resolveAssumptions(profileOf(), match.model), match.model);
    const shape = { tokensIn: 1000, tokensCached: 0, tokensOut: 200 };
    const difference = central.decode({ ...shape, tokensIn: 1001 }).joules - central.decode(shape).joules;
    assert.ok(Math.abs(central.slopes(shape).decodePerContextToken / difference - 1) < 1e-6);
  });

  it('is checked like the rest of a profile', () => {
    const good = JSON.parse(JSON.stringify({ calibration })) as { calibration: Record<string, unknown> };
    assert.ok(profileSchema.safeParse(good).success);
    for (const wrong of [
      { ...good.calibration, endpoint: 'http://127.0.0.1:8000/v1' },
      { ...good.calibration, models: [] },
      { ...good.calibration, gpu: 'h101' },
      { ...good.calibration, interval: { logSigma: -1, prefillLogSigma: 0 } },
      { ...good.calibration, measured: { ...calibration.measured, from: 'yesterday' } },
    ])
      assert.ok(!profileSchema.safeParse({ calibration: wrong }).success, JSON.stringify(wrong));
  });
});
