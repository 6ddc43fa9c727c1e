/** Edge-aligned windows against a device whose truth is known, in virtual time. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createSimulatedCounter, type SimulatedCounter } from '../../../server/live/index.js';
import type { EnergyCounter } from '../../../server/live/counters/counter.js';
import { parseMetrics } from '../../../server/live/counters/prometheusText.js';
import { createLoadWatch, createSampler, loadGauges, splitPhases } from '../../../server/live/sampling/index.js';
import { loadFrom } from '../../../server/live/sampling/loadProbe.js';
import { waitForTick } from '../../../server/live/sampling/ticks.js';
import { phasesFromLengths } from '../../../server/live/oneToken.js';
import { serverTimings } from '../../../server/live/serverTimings.js';
import { virtualClock, type VirtualClock } from '../../support/virtualClock.js';

interface Device {
  readonly step: number;
  readonly idle: number;
  readonly busy: number;
  readonly request: number;
  readonly phase: number;
}

/** One request on a device: its joules above idle by edge-aligned sampling, by reading before and after, and in truth. */
async function measureOnce(
  device: Device,
): Promise<{ aligned: number; naive: number; truth: number; idleWatts: number }> {
  const clock = virtualClock();
  const counter = createSimulatedCounter({ stepSeconds: device.step, watts: device.idle, now: clock.now });
  const sampler = createSampler(counter, { clock });
  return clock.run(
    (async () => {
      await clock.sleep(device.phase * device.step);
      const request = async (): Promise<void> => {
        counter.setWatts(device.busy);
        await clock.sleep(device.request);
        counter.setWatts(device.idle);
      };
      const before = await counter.read();
      await request();
      const after = await counter.read();
      await sampler.prepare();
      const idle = await sampler.idle();
      const window = await sampler.open();
      await request();
      const result = await window.close();
      assert.equal(result.wasReset, false);
      return {
        aligned: result.joules - idle.watts * result.seconds,
        naive: after.joules - before.joules - device.idle * device.request,
        truth: (device.busy - device.idle) * device.request,
        idleWatts: idle.watts,
      };
    })(),
  );
}

describe('edge-aligned sampling', () => {
  it('is right where reading before and after is off by tens of percent', async () => {
    const found = await measureOnce({ step: 1, idle: 20, busy: 80, request: 1.4, phase: 0.37 });
    assert.ok(Math.abs(found.aligned / found.truth - 1) < 0.02, `${found.aligned} for ${found.truth}`);
    assert.ok(Math.abs(found.naive / found.truth - 1) > 0.1, `naive ${found.naive} for ${found.truth}`);
  });

  it('is right for any step, phase and length of a request', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          step: fc.constantFrom(0, 0.1, 0.5, 1, 2, 5, 15, 30),
          idle: fc.integer({ min: 5, max: 120 }),
          busy: fc.integer({ min: 200, max: 700 }),
          request: fc.double({ min: 0.5, max: 12, noNaN: true }),
          phase: fc.double({ min: 0, max: 0.99, noNaN: true }),
        }),
        async (device) => {
          const found = await measureOnce(device);
          // Two edges, each known to a poll; the baseline's own edges over three steps.
          const edges = device.idle * Math.min(0.25, Math.max(0.01, device.step / 40)) * 2.5;
          assert.ok(
            Math.abs(found.aligned - found.truth) <= 0.01 * found.truth + edges,
            JSON.stringify({ device, found }),
          );
          assert.ok(Math.abs(found.idleWatts - device.idle) <= 0.05 * device.idle, `${found.idleWatts} W idle`);
        },
      ),
      { numRuns: 60 },
    );
  });

  const onClock = async <T>(work: (clock: VirtualClock) => Promise<T>): Promise<T> => {
    const clock = virtualClock();
    return clock.run(work(clock));
  };

  it('finds the step of a counter, and that a live one has none', async () => {
    for (const step of [0.1, 1, 5, 30]) {
      const stepping = await onClock((clock) =>
        createSampler(
          {
            ...createSimulatedCounter({ stepSeconds: step, now: clock.now }),
            stepSeconds: undefined,
          } as unknown as EnergyCounter,
          { clock },
        ).prepare(),
      );
      assert.equal(stepping.kind, 'stepped');
      assert.ok(Math.abs(stepping.seconds / step - 1) < 0.1, `${stepping.seconds} for ${step}`);
    }
    const live = await onClock((clock) => {
      const counter = createSimulatedCounter({ now: clock.now });
      return createSampler({ ...counter, stepSeconds: undefined } as unknown as EnergyCounter, { clock }).prepare();
    });
    assert.equal(live.kind, 'live');
  });

  it('gives up a counter that stands still, and says what to do', async () => {
    const still = (clock: VirtualClock): EnergyCounter => ({
      id: 'prometheus:http://gpu1:9400',
      provenance: 'measured',
      scope: 'gpu-window',
      boundary: '1 GPU',
      remedy: 'start dcgm-exporter with -c 100',
      read: () => Promise.resolve({ joules: 5, seconds: clock.now() }),
      close: () => undefined,
    });
    await assert.rejects(
      onClock((clock) => createSampler(still(clock), { clock, tickBudgetSeconds: 10 }).prepare()),
      /prometheus:http:\/\/gpu1:9400: the counter did not move for 10 s; start dcgm-exporter with -c 100\./,
    );
  });

  it('gives up a counter that stops in the middle', async () => {
    await assert.rejects(
      onClock(async (clock) => {
        const counter = createSimulatedCounter({ stepSeconds: 1, now: clock.now });
        const sampler = createSampler(counter, { clock, tickBudgetSeconds: 5 });
        await sampler.prepare();
        const window = await sampler.open();
        counter.setWatts(0);
        await clock.sleep(3);
        await window.close();
      }),
      /did not move for 5/,
    );
  });

  it('waits for another step where readings come too far apart to time one', async () => {
    const readings: number[] = [];
    const edge = await onClock(async (clock) => {
      const device = createSimulatedCounter({ stepSeconds: 1, watts: 100, now: clock.now });
      let reads = 0;
      const counter: EnergyCounter = {
        ...device,
        read: async () => {
          // One reading in the middle of the search takes as long as a step.
          if (++reads === 20) await clock.sleep(0.9);
          const reading = await device.read();
          readings.push(reading.joules);
          return reading;
        },
      };
      return waitForTick(counter, clock, 1, { tickBudgetSeconds: 10, minPollSeconds: 0.01 });
    });
    assert.equal(readings.length > 20, true);
    // The second step, timed to a poll; the first came within the long reading.
    assert.equal(edge.joules, 200);
    assert.ok(Math.abs(edge.seconds - 1002) < 0.02, `${edge.seconds}`);
  });

  it('sees a reset within the window, even where the counter is higher at its end', async () => {
    const result = await onClock(async (clock) => {
      const device = createSimulatedCounter({ watts: 100, now: clock.now });
      let wiped = 0;
      const counter: EnergyCounter = {
        ...device,
        stepSeconds: 0,
        read: async () => {
          const { joules, seconds } = await device.read();
          return { joules: joules - wiped, seconds };
        },
      };
      const sampler = createSampler(counter, { clock });
      await sampler.prepare();
      const window = await sampler.open();
      await clock.sleep(2);
      wiped = device.truth().joules;
      await clock.sleep(500);
      return window.close();
    });
    assert.equal(result.wasReset, true);
  });

  it('takes the baseline again when it is old, or when the load changed', async () => {
    await onClock(async (clock) => {
      const counter: SimulatedCounter = createSimulatedCounter({ watts: 50, now: clock.now });
      const sampler = createSampler(counter, { clock });
      const first = await sampler.idle();
      assert.ok(Math.abs(first.watts - 50) < 1e-6 && first.seconds >= 2);
      counter.setWatts(70);
      await clock.sleep(30);
      assert.equal(await sampler.idle(), first);
      await clock.sleep(31);
      assert.ok(Math.abs((await sampler.idle()).watts - 70) < 1e-6);
      counter.setWatts(90);
      sampler.forgetIdle();
      assert.ok(Math.abs((await sampler.idle()).watts - 90) < 1e-6);
    });
  });

  it('is cancelled while it waits', async () => {
    const cancel = new AbortController();
    await assert.rejects(
      onClock(async (clock) => {
        const counter = createSimulatedCounter({ stepSeconds: 30, now: clock.now });
        const preparing = createSampler(counter, { clock }).prepare(cancel.signal);
        void clock.sleep(5).then(() => cancel.abort());
        await preparing;
      }),
      { code: 'cancelled' },
    );
  });
});

describe('what engines show of their load', () => {
  const seen = (engine: string, page: string) =>
    loadFrom(
      parseMetrics(page).samples,
      loadGauges.find((gauges) => gauges.engine === engine)!,
    );

  it('sums replicas, and takes ranks that work on the same requests once', () => {
    assert.deepEqual(
      seen(
        'vLLM',
        `vllm:num_requests_running{engine="0",model_name="m"} 1
vllm:num_requests_running{engine="1",model_name="m"} 2
vllm:num_requests_waiting{engine="0",model_name="m"} 3
vllm:num_requests_waiting_by_reason{engine="0",model_name="m",reason="capacity"} 3
vllm:generation_tokens_total{engine="0",model_name="m"} 100`,
      ),
      { running: 3, waiting: 3, generatedTokens: 100 },
    );
    const rank = (tp: number, pp: number, dp: number): string =>
      `engine_type="unified",model_name="m",moe_ep_rank="0",pp_rank="${pp}",tp_rank="${tp}",dp_rank="${dp}"`;
    assert.deepEqual(
      seen(
        'SGLang',
        `sglang:num_running_reqs{${rank(0, 0, 0)}} 1
sglang:num_running_reqs{${rank(1, 0, 0)}} 1
sglang:num_running_reqs{${rank(0, 1, 0)}} 1
sglang:num_running_reqs{${rank(0, 0, 1)}} 4
sglang:num_queue_reqs{${rank(0, 0, 0)}} 0
sglang:generation_tokens_total{model_name="m",is_streaming="true"} 30
sglang:generation_tokens_total{model_name="m",is_streaming="false"} 7`,
      ),
      { running: 5, waiting: 0, generatedTokens: 37 },
    );
  });

  it('takes the sum of priorities, not its parts as well', () => {
    assert.deepEqual(
      seen(
        'SGLang',
        `sglang:num_running_reqs{model_name="m",priority=""} 3
sglang:num_running_reqs{model_name="m",priority="0"} 1
sglang:num_running_reqs{model_name="m",priority="10"} 2`,
      ),
      { running: 3, waiting: 0, generatedTokens: null },
    );
  });

  it('knows TensorRT-LLM and LMDeploy', () => {
    assert.deepEqual(
      seen(
        'TensorRT-LLM',
        `trtllm_num_requests_running{model_name="m",engine_type="trtllm"} 2
trtllm_num_requests_waiting{model_name="m",engine_type="trtllm"} 1
trtllm_generation_tokens_total{model_name="m",engine_type="trtllm"} 9`,
      ),
      { running: 2, waiting: 1, generatedTokens: 9 },
    );
    assert.deepEqual(seen('LMDeploy', 'lmdeploy:num_requests_running{model_name="m",engine="0"} 2'), {
      running: 2,
      waiting: 0,
      generatedTokens: null,
    });
  });
});

describe('a watch on the load of the engine', () => {
  const load = (running: number, waiting = 0, generatedTokens: number | null = null) => ({
    running,
    waiting,
    generatedTokens,
  });

  it('sees nothing where only we are there', () => {
    const watch = createLoadWatch();
    watch.before(load(0, 0, 100));
    watch.during(load(1, 0, 120));
    watch.during(null);
    watch.before(load(0, 0, 151));
    assert.equal(watch.verdict(50), null);
  });

  it('sees others before, during, waiting, and between two looks by their tokens', () => {
    const seen = (steps: (watch: ReturnType<typeof createLoadWatch>) => void): string | null => {
      const watch = createLoadWatch();
      steps(watch);
      return watch.verdict(50);
    };
    assert.match(seen((watch) => watch.before(load(1))) ?? '', /1 other request under way/);
    assert.match(seen((watch) => watch.during(load(3))) ?? '', /2 other requests/);
    assert.match(seen((watch) => watch.during(load(1, 4))) ?? '', /4 waiting/);
    const between = seen((watch) => {
      watch.before(load(0, 0, 100));
      watch.during(load(1, 0, 400));
    });
    assert.match(between ?? '', /generated 300 tokens, this reply has 50/);
  });
});

describe('phases', () => {
  const trace = (watts: (t: number) => number, until: number, gap = 0.05) => {
    const readings = [{ joules: 0, seconds: 0 }];
    for (let t = gap; t <= until + 1e-9; t += gap) {
      const last = readings.at(-1)!;
      readings.push({ joules: last.joules + watts(t - gap / 2) * gap, seconds: t });
    }
    return readings;
  };

  it('are split at the end of the prefill, above idle, and add up', () => {
    const readings = trace((t) => (t < 1 ? 60 : t < 3 ? 400 : t < 8 ? 200 : 60), 10);
    const phases = splitPhases(readings, { start: 1, end: 8, prefillSeconds: 2, decodeSeconds: 5 }, 60, 0.05);
    assert.ok(phases);
    assert.ok(Math.abs(phases.prefillJoules - 2 * 340) < 10, `${phases.prefillJoules}`);
    assert.ok(Math.abs(phases.decodeJoules - 5 * 140) < 10, `${phases.decodeJoules}`);
    const total = readings.at(-1)!.joules - 60 * readings.at(-1)!.seconds;
    assert.ok(Math.abs(phases.prefillJoules + phases.decodeJoules - total) < 1e-9);
  });

  it('are not split where a phase is too short for the counter', () => {
    const times = { start: 1, end: 8, prefillSeconds: 0.3, decodeSeconds: 5 };
    assert.equal(
      splitPhases(
        trace(() => 100, 10),
        times,
        60,
        0.05,
      ),
      null,
    );
    assert.equal(
      splitPhases(
        trace(() => 100, 10, 1),
        { ...times, prefillSeconds: 2 },
        60,
        1,
      ),
      null,
    );
  });

  it('come from two lengths, and add up to the longer', () => {
    const phases = phasesFromLengths({ joules: 21, tokensOut: 1 }, { joules: 120, tokensOut: 100 });
    assert.ok(phases);
    assert.ok(Math.abs(phases.decodeJoules - 100) < 1e-9);
    assert.ok(Math.abs(phases.prefillJoules - 20) < 1e-9);
    assert.equal(phasesFromLengths({ joules: 21, tokensOut: 1 }, { joules: 20, tokensOut: 100 }), null);
    assert.equal(phasesFromLengths({ joules: 21, tokensOut: 1 }, { joules: 30, tokensOut: 2 }), null);
  });

  it('have times by the clocks of engines, each in its unit', () => {
    const seconds = (chunk: unknown) => {
      const found = serverTimings([{ choices: [] }, chunk]);
      return found && [found.engine, found.prefillSeconds, found.decodeSeconds];
    };
    const near = (actual: unknown, expected: [string, number, number]): void => {
      const [engine, prefill, decode] = actual as [string, number, number];
      assert.equal(engine, expected[0]);
      assert.ok(
        Math.abs(prefill - expected[1]) < 1e-9 && Math.abs(decode - expected[2]) < 1e-9,
        `${prefill} ${decode}`,
      );
    };
    near(seconds({ timings: { prompt_ms: 120, predicted_ms: 2000, prompt_n: 9 } }), ['llama.cpp', 0.12, 2]);
    near(seconds({ metrics: { time_to_first_token_ms: 150, generation_time_ms: 900, queue_time_ms: 50 } }), [
      'vLLM',
      0.15,
      0.9,
    ]);
    near(seconds({ prompt_eval_duration: 3e8, eval_duration: 4e9, load_duration: 1 }), ['Ollama', 0.3, 4]);
    near(seconds({ power_usage: { prefill_seconds: 1, generation_seconds: 3 } }), ['exo', 1, 3]);
    assert.equal(seconds({ metrics: null }), null);
    assert.equal(seconds({ timings: { prompt_ms: 'x', predicted_ms: 2 } }), null);
  });
});
