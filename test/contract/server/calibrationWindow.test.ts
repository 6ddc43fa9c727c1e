/** Requests at once under a counter that knows nothing of requests: what of a window becomes a row of a calibration. */
import assert from 'node:assert/strict';
import { runPlan, type RunOptions } from '../../../server/features/calibrationRun.js';
import type { LiveOutcome, LivePlan, LiveRun } from '../../../server/features/livePort.js';
import type { CalibrationPlan } from '../../../server/core/calibration/endpoint/plan.js';

const step = { tokensIn: 64, tokensOut: 32, concurrency: 4, rounds: 2 };
const plan: CalibrationPlan = { steps: [step], requests: 8, tokensIn: 512, tokensOut: 256, joules: 1, seconds: 1 };

const run = (more: Partial<LiveRun> = {}): LiveRun => ({
  kind: 'run',
  joules: 10,
  grossJoules: 12,
  tokensIn: 80,
  tokensOut: 32,
  tokensCached: 0,
  seconds: 2,
  secondsToFirstToken: 0.2,
  ...more,
});

const outcomeOf = (runs: readonly LiveRun[]): LiveOutcome => ({
  measured: {
    joules: 10,
    ci95: null,
    n: runs.length,
    provenance: 'measured',
    scope: 'gpu-window',
    method: 'counter, one of 4 requests at once',
    boundary: '1 GPU',
    tokensIn: 80,
    tokensOut: 32,
    seconds: 2,
  },
  runs,
  reply: '',
  stopped: null,
  warnings: [],
  raw: [],
});

async function rowsFrom(runs: readonly LiveRun[], meter = 'nvml') {
  const plans: LivePlan[] = [];
  const options: RunOptions = {
    endpoint: { baseUrl: 'http://gpu/v1' },
    model: 'm',
    predictedModel: 'llama-3.1-8b',
    timeoutSeconds: 5,
    meter,
    signal: new AbortController().signal,
    now: () => '2026-01-01T00:00:00Z',
    onProgress: () => undefined,
  };
  const done = await runPlan(
    plan,
    { measure: (each) => (plans.push(each), Promise.resolve(outcomeOf(runs))) },
    options,
  );
  return { ...done, plans };
}

describe('requests at once under a counter', () => {
  it('are one series of windows, each a row: what one request cost, at the batch that ran', async () => {
    const group = [run(), run({ tokensOut: 28 }), run({ tokensOut: 30 }), run({ tokensOut: 34 })];
    const { requests, plans, notes } = await rowsFrom([...group, ...group]);
    assert.deepEqual(plans.map(({ atOnce, repeats }) => [atOnce, repeats]), [[4, 2]]); // prettier-ignore
    assert.deepEqual(notes, []);
    assert.equal(requests.length, 2);
    for (const { joules, tokensIn, tokensOut, batch, scope, repeats } of requests) {
      // With the idle power, as the prediction has it.
      assert.deepEqual([joules, tokensIn, tokensOut, batch, scope, repeats], [12, 80, 31, 4, 'gpu-window', 1]);
    }
  });

  it('are at the number that decoded at once where some were shorter', async () => {
    const { requests } = await rowsFrom([run(), run(), run(), run({ seconds: 1.1 })]);
    // Three decoded for 1.8 s and one for 0.9 s.
    assert.ok(Math.abs(requests[0]!.batch! - 3.5) < 1e-9, String(requests[0]!.batch));
  });

  it('are no row where the server took them one after the other', async () => {
    const queued = [0, 1, 2, 3].map((i) => run({ secondsToFirstToken: 0.2 + 2 * i, seconds: 2 + 2 * i }));
    const { requests, notes } = await rowsFrom([run(), run(), run(), run(), ...queued]);
    assert.equal(requests.length, 1);
    assert.match(notes.join(), /of 4 requests sent at once 1(\.\d+)? were served at once in the mean; left out/);
  });

  it('are no row where another user was there, or where the endpoint counts no tokens', async () => {
    const disturbed = Array.from({ length: 4 }, () => run({ discarded: 'the engine also served others' }));
    const good = Array.from({ length: 4 }, () => run());
    const { requests, notes } = await rowsFrom([...good, ...disturbed]);
    assert.equal(requests.length, 1);
    assert.match(notes.join(), /discarded when it was measured/);
    const uncounted = await rowsFrom([...good, run(), run({ tokensOut: null }), run(), run()]);
    assert.equal(uncounted.requests.length, 1);
    assert.match(uncounted.notes.join(), /reported no token counts/);
  });
});
