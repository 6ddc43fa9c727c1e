import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  calibrateEndpoint,
  figureOf,
  foldsOf,
} from '../../../../server/core/calibration/endpoint/calibrateEndpoint.js';
import { fitFactors, fittedJoules } from '../../../../server/core/calibration/endpoint/fitFactors.js';
import { calibrationSchema } from '../../../../server/core/energy/profileSchema.js';
import { measuredBy, observed, request, trueJoules, tgi, vllm, withJoules } from './synthetic.js';

/** Shapes that are in no fit here, within what was measured. */
const unseen = () =>
  observed([request(1024, 128, 1), request(4096, 64, 2), request(300, 300, 8), request(6000, 30, 20)]);

describe('factors of an endpoint', () => {
  it('are recovered from measurements with noise, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 2.5, noNaN: true }),
        fc.double({ min: 0.6, max: 1.8, noNaN: true }),
        fc.double({ min: -0.08, max: 0.08, noNaN: true }),
        fc.integer({ min: 1, max: 1e6 }),
        (engine, prefill, exponent, seed) => {
          const truth = { engine, prefill, exponent, noise: 0.02, seed };
          const fit = fitFactors(measuredBy(truth));
          for (const one of unseen()) {
            const off = Math.log(fittedJoules(fit, one) / trueJoules(truth, one));
            assert.ok(Math.abs(off) < 0.04, `${one.shapeKey}: ${off}`);
          }
          assert.ok(Math.abs(fit.prefill - fit.decode - Math.log(prefill)) < 0.06, `${fit.prefill} ${fit.decode}`);
          assert.ok(Math.abs(fit.exponent - exponent) < 0.03, `${fit.exponent}`);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('find the joules that each request costs, and none where there are none', () => {
    const some = fitFactors(measuredBy({ engine: 1.1, prefill: 1, requestJoules: 12, noise: 0.02 }));
    assert.ok(Math.abs(some.requestJoules - 12) < 2, String(some.requestJoules));
    assert.ok(some.sigmas.requestJoules > 0 && some.sigmas.requestJoules < 3);
    for (const seed of [1, 2, 3, 4, 5]) {
      const none = fitFactors(measuredBy({ engine: 1.1, prefill: 1, noise: 0.03, seed }));
      assert.ok(none.requestJoules < 0.8, `${none.requestJoules}`);
    }
  });

  it('stay near the general fit for three rows, and are the measured ones for forty', () => {
    const truth = { engine: 1.15, prefill: 1, noise: 0.01 };
    const few = fitFactors(measuredBy(truth, 3, vllm, [[512, 256, 16]]));
    const moved = (fit: typeof few): number => (fit.engine + fit.decode) / Math.log(1.15);
    assert.ok(moved(few) > 0.05 && moved(few) < 0.5, String(moved(few)));
    const many = fitFactors(measuredBy(truth, 3, vllm));
    assert.ok(moved(many) > 0.93 && moved(many) < 1.07, String(moved(many)));
    assert.ok(many.levelSigma < few.levelSigma);
  });

  it('are the measured ones where all rows agree far outside a narrow prior', () => {
    const truth = { engine: 1.9, prefill: 1, noise: 0.03 };
    for (const engine of [1.9, 0.4]) {
      const fit = fitFactors(measuredBy({ ...truth, engine }, 1, vllm));
      const off = fit.engine + fit.decode - Math.log(engine);
      assert.ok(Math.abs(off) < 0.05, String(off));
      assert.ok(fit.rowSigma < 0.1, String(fit.rowSigma));
    }
  });

  it('of both phases follow where the rows cannot tell the phases apart', () => {
    const decodeOnly = measuredBy({ engine: 1.5, prefill: 1, noise: 0.01 }, 3, tgi, [
      [16, 256, 1],
      [16, 512, 1],
      [16, 1024, 1],
      [16, 128, 1],
    ]);
    const fit = fitFactors(decodeOnly);
    assert.ok(fit.engine > 0.6 * Math.log(1.5), String(fit.engine));
    assert.ok(Math.abs(fit.prefill) < 0.05);
    // And prefill is known no better than before.
    assert.ok(fit.prefillOverDecodeSigma > 0.18, String(fit.prefillOverDecodeSigma));
  });

  it('are hardly moved by a row that is far off, which is named', () => {
    const rows = measuredBy({ engine: 1.2, prefill: 1.1, noise: 0.02 });
    const clean = fitFactors(rows);
    for (const factor of [4, 0.2]) {
      const spoilt = rows.map((one, i) => (i === 7 ? withJoules(one, one.request.joules * factor) : one));
      const fit = fitFactors(spoilt);
      for (const one of unseen()) {
        const shift = Math.log(fittedJoules(fit, one) / fittedJoules(clean, one));
        assert.ok(Math.abs(shift) < 0.03, `${factor}: ${shift}`);
      }
      assert.ok(fit.outliers.includes(spoilt[7]!));
    }
  });

  it('use the phases of rows that report them', () => {
    const split = measuredBy({ engine: 1, prefill: 1, noise: 0 }, 1, tgi, [[1024, 64, 1]]).flatMap((one) => [one, one, one, one, one, one, one, one].map((each) => ({ ...each, request: { ...each.request, joules: 2 * one.prefillJoules + one.decodeJoules, prefillJoules: 2 * one.prefillJoules, decodeJoules: one.decodeJoules } }))); // prettier-ignore
    const told = fitFactors(split);
    const untold = fitFactors(split.map((one) => ({ ...one, request: { ...one.request, prefillJoules: undefined, decodeJoules: undefined } as never }))); // prettier-ignore
    assert.ok(told.prefill - told.decode > untold.prefill - untold.decode + 0.1, `${told.prefill} ${untold.prefill}`);
  });

  it('do not depend on the order of the rows', () => {
    const rows = measuredBy({ engine: 0.9, prefill: 1.3, noise: 0.03 });
    const [one, other] = [fitFactors(rows), fitFactors([...rows].reverse())];
    assert.ok(Math.abs(one.engine - other.engine) < 1e-9 && Math.abs(one.prefill - other.prefill) < 1e-9);
  });
});

describe('calibration of an endpoint', () => {
  const truth = { engine: 1.6, prefill: 1.25, exponent: 0.03, noise: 0.03 };

  it('lowers the error on rows that it never saw, and its interval holds them', () => {
    const { before, after, calibration, heldBack } = calibrateEndpoint(measuredBy(truth));
    assert.ok(before && after);
    assert.equal(heldBack.length, 39);
    assert.ok(before.mapePercent > 25, String(before.mapePercent));
    assert.ok(after.mapePercent < 6, String(after.mapePercent));
    assert.ok(after.coveragePercent >= 85, String(after.coveragePercent));
    assert.ok(after.halfWidthPercent < before.halfWidthPercent / 3, String(after.halfWidthPercent));
    assert.deepEqual(calibrationSchema.parse(calibration), JSON.parse(JSON.stringify(calibration)));
    assert.equal(calibration.measured.heldBack!.n, 39);
  });

  it('has about the coverage that it claims', () => {
    let inside = 0;
    let all = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const { heldBack } = calibrateEndpoint(measuredBy({ ...truth, noise: 0.05, seed }, 2));
      for (const { after, observation } of heldBack) {
        all++;
        const { joules } = observation.request;
        if (joules >= after.interval90[0] && joules <= after.interval90[1]) inside++;
      }
    }
    assert.ok(inside / all > 0.86 && inside / all < 0.985, String(inside / all));
  });

  it('never has a row in what judges it: neither in the figure nor in its interval', () => {
    const rows = measuredBy(truth, 2);
    const key = rows[5]!.shapeKey;
    const changed = rows.map((one) => (one.shapeKey === key ? withJoules(one, one.request.joules * 1.7) : one));
    const folds = foldsOf(rows);
    const fold = folds.find(({ own }) => own.some(({ shapeKey }) => shapeKey === key))!;
    const mates = new Set(fold.own.map(({ shapeKey }) => shapeKey));
    const of = (all: typeof rows) =>
      calibrateEndpoint(all)
        .heldBack.filter(({ observation }) => mates.has(observation.shapeKey))
        .map(({ after }) => after);
    assert.deepEqual(of(changed), of(rows));
    for (const { own, rest } of folds) {
      const shapes = new Set(own.map(({ shapeKey }) => shapeKey));
      assert.ok(rest.every(({ shapeKey }) => !shapes.has(shapeKey)));
    }
    assert.equal(folds.flatMap(({ own }) => own).length, rows.length);
  });

  it('says nothing of held-back errors for two shapes, and keeps a wide interval', () => {
    const few = calibrateEndpoint(measuredBy(truth, 2, vllm, [[512, 64, 16], [64, 512, 16]])); // prettier-ignore
    assert.deepEqual([few.before, few.after, few.heldBack.length], [null, null, 0]);
    assert.ok(few.calibration.interval.logSigma >= 0.08);
  });

  it('makes the figures that the fit says', () => {
    const rows = measuredBy(truth);
    const { calibration, fit } = calibrateEndpoint(rows);
    for (const one of rows) {
      assert.ok(Math.abs(figureOf(one, calibration).joules / fittedJoules(fit, one) - 1) < 2e-3);
    }
  });

  it('is of one deployment', () => {
    const [one] = measuredBy(truth, 1);
    const other = observed([{ ...request(512, 64, 1), deployment: { gpu: 'a100-80gb' } }]);
    assert.throws(() => calibrateEndpoint([one!, ...other]), /2 deployments/);
    assert.throws(() => calibrateEndpoint([]), /measurements of 0/);
  });
});
