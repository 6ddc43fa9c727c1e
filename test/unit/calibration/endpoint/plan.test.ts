import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fitFactors } from '../../../../server/core/calibration/endpoint/fitFactors.js';
import { DEFAULT_BUDGET, planCalibration } from '../../../../server/core/calibration/endpoint/plan.js';
import { catalogue, measuredBy, tgi } from './synthetic.js';

function model(id: string) {
  const match = catalogue.find(id);
  assert.ok(match.ok);
  return match.model;
}

describe('the requests of a calibration', () => {
  it('stay within the budget, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('llama-3.1-8b', 'llama-3.1-70b', 'gpt-oss-120b', 'gemma-2-2b-it', 'nemotron-nano-9b-v2'),
        fc.integer({ min: 20, max: 1200 }),
        fc.integer({ min: 4, max: 300 }),
        fc.constantFrom(1, 4, 16),
        fc.integer({ min: 64, max: 40_000 }),
        (id, seconds, requests, concurrency, tokensIn) => {
          const budget = { seconds, requests, concurrency, tokensIn, tokensOut: 512 };
          const plan = planCalibration(tgi, model(id), budget);
          assert.ok(plan.seconds <= seconds && plan.requests <= requests && plan.joules > 0);
          assert.equal(
            plan.requests,
            plan.steps.reduce((sum, step) => sum + step.concurrency * step.rounds, 0),
          );
          for (const step of plan.steps) {
            assert.ok(step.concurrency <= concurrency && step.tokensIn <= tokensIn && step.tokensOut <= 512);
            assert.ok(step.tokensIn + step.tokensOut <= (model(id).arch.maxContextTokens ?? Infinity));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('tell the factors apart: a fit on them finds what the endpoint costs', () => {
    const plan = planCalibration(tgi, model('llama-3.1-8b'));
    const shapes = plan.steps.map((step) => [step.tokensIn, step.tokensOut, step.concurrency] as const);
    assert.ok(shapes.length >= 10, String(shapes.length));
    const truth = { engine: 1.4, prefill: 1.5, decode: 0.9, exponent: 0.05, noise: 0.03 };
    const fit = fitFactors(measuredBy(truth, 2, tgi, shapes));
    assert.ok(Math.abs(fit.prefill - fit.decode - Math.log(1.5 / 0.9)) < 0.08, `${fit.prefill} ${fit.decode}`);
    assert.ok(Math.abs(fit.exponent - 0.05) < 0.03, String(fit.exponent));
    assert.ok(fit.prefillOverDecodeSigma < 0.06 && fit.levelSigma < 0.05);
  });

  it('begin with short ones, one at a time', () => {
    const [first] = planCalibration(tgi, model('llama-3.1-8b')).steps;
    assert.deepEqual([first!.tokensIn, first!.tokensOut, first!.concurrency], [64, 16, 1]);
    const alone = planCalibration(tgi, model('llama-3.1-8b'), { ...DEFAULT_BUDGET, concurrency: 1 });
    assert.ok(alone.steps.every(({ concurrency }) => concurrency === 1));
  });

  it('are none where nothing fits', () => {
    assert.throws(() => planCalibration(tgi, model('llama-3.1-8b'), { ...DEFAULT_BUDGET, seconds: 0.001 }), /budget/);
    assert.throws(() => planCalibration({ ...tgi, gpus: 1 }, model('llama-3.1-405b')), /do not fit/);
  });
});
