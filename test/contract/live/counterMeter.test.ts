/** Measuring with a counter beside an engine that reports no energy itself: real servers, small real times. */
import assert from 'node:assert/strict';
import { createMeter, LiveError, measure, type MeasureOutcome, type MeasurePlan } from '../../../server/live/index.js';
import type { CounterMeterOptions } from '../../../server/live/index.js';
import { fakeNode, type FakeNode, type FakeNodeOptions } from '../../support/fakeNode.js';

/** Short times in place of those for people's machines; nothing here depends on their length. */
const quick: CounterMeterOptions = {
  minIdleSeconds: 0.1,
  loadPeriodSeconds: 0.02,
  idleWaitSeconds: 0.05,
  tickBudgetSeconds: 1,
};

/** A counter and a reply as short: the meter, the engine and the device share one clock, so all are late together. */
const quickNode: FakeNodeOptions = { stepSeconds: 0.05, prefillSeconds: 0.02, decodeSeconds: 0.1 };

/** Long enough for a figure that is near the truth. */
const steadyNode: FakeNodeOptions = { stepSeconds: 0.25, prefillSeconds: 0.05, decodeSeconds: 0.25 };

async function measureOn(
  options: FakeNodeOptions,
  more: Partial<MeasurePlan> = {},
  meterOf: (node: FakeNode) => string = ({ origin }) => `prometheus:${origin}/exporter`,
  progress: string[] = [],
): Promise<{ outcome: MeasureOutcome; node: FakeNode }> {
  const node = await fakeNode({ ...quickNode, ...options });
  const made = createMeter(meterOf(node), { timeoutSeconds: 5 }, quick);
  assert.ok('meter' in made);
  try {
    const outcome = await measure(
      {
        endpoint: { baseUrl: node.server.url, apiKey: 'sk-endpoint' },
        model: 'm',
        messages: [{ role: 'user', content: 'Hi' }],
        repeats: 2,
        warmUp: true,
        timeoutSeconds: 10,
        keepCache: false,
        meter: made.meter,
        ...more,
      },
      { onProgress: ({ message }) => progress.push(message) },
    );
    return { outcome, node };
  } finally {
    made.meter.close?.();
    await node.close();
  }
}

describe('a counter beside an engine', () => {
  it('gives joules above idle, with gross, idle, scope and what was inside', async () => {
    const progress: string[] = [];
    const { outcome, node } = await measureOn(steadyNode, {}, undefined, progress);
    const { measured, warnings, runs } = outcome;
    assert.ok(measured);
    // How exact it is, virtual time shows (test/unit/live/sampling.test.ts); a busy machine reads a real counter late.
    const truth = (node.truths[1]! + node.truths[2]!) / 2;
    assert.ok(Math.abs(measured.joules / truth - 1) < 0.4, `${measured.joules} for ${truth}`);
    assert.equal(measured.provenance, 'measured');
    assert.equal(measured.scope, 'gpu-window');
    assert.equal(measured.boundary, '1 GPU (DCGM exporter)');
    assert.match(
      measured.method,
      /^counter DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION \(mJ\), aligned to its steps of 0\.2\d* s, above idle$/,
    );
    assert.ok(Math.abs((measured.idleWatts ?? 0) - 60) < 25, `${measured.idleWatts}`);
    assert.ok(
      Math.abs((measured.grossJoules ?? 0) - measured.joules - (measured.idleWatts ?? 0) * measured.seconds) < 1e-6,
    );
    assert.ok(runs.every((run) => run.kind === 'run' && (run.windowSeconds ?? 0) >= run.seconds));
    assert.equal(measured.n, 2);
    assert.deepEqual(warnings, []);
    assert.ok(progress.includes('looking for the steps of the counter'), progress.join('\n'));
    assert.ok(progress.some((message) => /run 1 of 2 · watching what is drawn without load/.test(message)));
  });

  it('sends the key to the endpoint alone', async () => {
    const { node } = await measureOn({}, { repeats: 1 });
    const exporter = node.server.seen.filter(({ path }) => path === '/exporter');
    assert.ok(exporter.length > 5);
    assert.ok(exporter.every(({ headers }) => headers.authorization === undefined));
    assert.ok(exporter.every(({ body, path }) => body === '' && !path.includes('Hi')));
  });

  it('leaves out runs beside which another user was served, and says so', async () => {
    // While our second request runs, three others do.
    const others = ({ started, running }: { started: number; running: number }) => ({
      running: started === 2 && running === 1 ? 3 : 0,
    });
    const { outcome } = await measureOn({ others }, { repeats: 3, warmUp: false });
    assert.equal(outcome.runs.length, 3);
    assert.equal(outcome.runs.filter(({ discarded }) => discarded !== undefined).length, 1);
    assert.equal(outcome.measured?.n, 2);
    assert.match(
      outcome.warnings.join('\n'),
      /1 of 3 runs does not count: the engine also served others: 3 other requests under way/,
    );
  });

  it('gives no figure where every run was disturbed', async () => {
    const disturbed = async (gauges: NonNullable<FakeNodeOptions['gauges']>): Promise<void> => {
      const { outcome } = await measureOn({ gauges, others: () => ({ running: 2 }) }, { repeats: 2, warmUp: false });
      assert.equal(outcome.measured, null, gauges);
      assert.equal(outcome.stopped?.reason, 'discarded');
      assert.match(outcome.stopped.message, /No run could be kept \(2 done\): the engine/);
    };
    await Promise.all((['vllm', 'llamacpp', 'trtllm', 'slots'] as const).map(disturbed));
  });

  it('sees another user between two looks by the tokens that were generated', async () => {
    let tokens = 0;
    const { outcome } = await measureOn(
      { others: () => ({ running: 0, tokens }), extra: () => ((tokens += 500), '') },
      { repeats: 1, warmUp: false },
    );
    assert.match(outcome.stopped?.message ?? '', /generated 5\d\d tokens, this reply has 20/);
  });

  it('says that nothing was checked where the engine shows no load', async () => {
    const { outcome } = await measureOn({ gauges: 'none' }, { repeats: 1 });
    assert.equal(outcome.measured?.n, 1);
    assert.match(outcome.warnings.join(), /shows no load .* is assumed, not checked/);
  });

  it('leaves out a run in which the counter was reset', async () => {
    let chats = 0;
    const { outcome } = await measureOn(
      { extra: () => ((chats += 1), ''), shown: (joules) => (chats < 2 ? joules + 1e6 : joules) },
      { repeats: 3, warmUp: false },
    );
    assert.equal(outcome.runs[1]?.discarded, 'the counter was reset meanwhile');
    assert.equal(outcome.measured?.n, 2);
  });

  it('gives up a stale exporter with what to do', async () => {
    await assert.rejects(
      measureOn({ shown: () => 5 }),
      (error: unknown) =>
        error instanceof LiveError &&
        error.code === 'meter' &&
        /exporter: the counter did not move for 1\.?\d* s; start dcgm-exporter with -c 100/.test(error.message),
    );
  });

  it('keeps what was done where the exporter goes away', async () => {
    let chats = 0;
    const { outcome } = await measureOn({
      extra: () => ((chats += 1), ''),
      shown: (joules) => (chats < 3 ? joules : null),
    });
    // Warm-up, a run, and a second run whose window never closes.
    assert.equal(outcome.measured?.n, 1);
    assert.equal(outcome.stopped?.reason, 'failed');
    assert.match(outcome.stopped.message, /Stopped after 1 of 2 runs: .*no energy metric that is known|holds DCGM/);
  });

  it('splits phases by the times of the engine where the counter is fast enough', async () => {
    const { outcome } = await measureOn(
      {
        stepSeconds: 0,
        prefillSeconds: 0.5,
        decodeSeconds: 1,
        extra: () => 'data: {"choices":[],"timings":{"prompt_ms":500,"predicted_ms":1000}}\n\n',
      },
      { repeats: 1 },
    );
    const { prefillJoules = 0, decodeJoules = 0, joules = 0, phaseMethod } = outcome.measured ?? {};
    assert.ok(Math.abs(prefillJoules + decodeJoules - joules) < 1e-6);
    assert.ok(prefillJoules > 0.15 * joules && prefillJoules < 0.6 * joules, `${prefillJoules} of ${joules}`);
    assert.equal(phaseMethod, 'of each run');
    assert.equal(outcome.runs[0]?.secondsDecode, 1);
  });

  it('splits phases by runs of one token where asked', async () => {
    const { outcome, node } = await measureOn(
      { stepSeconds: 0.1, prefillSeconds: 0.25, decodeSeconds: 0.5 },
      { repeats: 1, oneTokenRuns: true, warmUp: false },
    );
    const { prefillJoules = 0, decodeJoules = 0, joules = 0, phaseMethod, n } = outcome.measured ?? {};
    assert.deepEqual(
      outcome.runs.map(({ kind, tokensOut }) => [kind, tokensOut]),
      [
        ['oneToken', 1],
        ['run', 20],
      ],
    );
    assert.equal(n, 1);
    assert.ok(Math.abs(prefillJoules + decodeJoules - joules) < 1e-6);
    assert.ok(prefillJoules > 0 && prefillJoules < 0.9 * joules, `${prefillJoules} of ${joules}`);
    assert.match(phaseMethod ?? '', /1 runs? of one token against 1 of 20/);
    assert.equal(node.server.seen.filter(({ path }) => path.endsWith('/chat/completions')).length, 2);
  });

  it('measures requests at once in one window, each an equal part of it', async () => {
    const { outcome, node } = await measureOn(steadyNode, { repeats: 2, atOnce: 4 });
    const chats = node.server.seen.filter(({ path }) => path.endsWith('/chat/completions'));
    // Four to warm up, then two windows of four, and no two prompts alike.
    assert.equal(chats.length, 12);
    assert.equal(new Set(chats.map(({ body }) => body)).size, 12);
    assert.equal(outcome.runs.length, 8);
    assert.deepEqual(outcome.runs.map(({ discarded }) => discarded), Array.from({ length: 8 }, () => undefined)); // prettier-ignore
    for (const [from, to] of [
      [0, 4],
      [4, 8],
    ]) {
      const group = outcome.runs.slice(from, to);
      assert.equal(new Set(group.map(({ joules }) => joules)).size, 1);
      // What was drawn while the longest of the four ran.
      const truth = Math.max(...node.truths.slice(4 + from!, 4 + to!));
      const whole = group.reduce((sum, { joules }) => sum + joules!, 0);
      assert.ok(Math.abs(whole / truth - 1) < 0.4, `${whole} for ${truth}`);
    }
    assert.match(outcome.measured?.method ?? '', /, one of 4 requests at once$/);
  });

  it('leaves out requests at once beside which another user was served', async () => {
    const others = ({ running }: { running: number }) => ({ running: running === 4 ? 2 : 0 });
    const { outcome } = await measureOn({ others }, { repeats: 1, atOnce: 4, warmUp: false });
    assert.match(outcome.stopped?.message ?? '', /the engine also served others: 2 other requests under way/);
  });

  it('is stopped by the budget while it waits for the counter', async () => {
    await assert.rejects(
      measureOn({ shown: () => 5 }, { budgetSeconds: 0.5 }),
      /no run was complete within the budget of 0\.5 s/,
    );
  });
});
