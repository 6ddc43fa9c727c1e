/** A meter out of an energy counter beside the endpoint: edge-aligned, above idle, and only while we are alone. */
import type { ChatExchange } from '../chatTypes.js';
import type { EnergyCounter } from '../counters/index.js';
import type { EnergyReading } from '../energyReading.js';
import { serverTimings } from '../serverTimings.js';
import {
  createLoadWatch,
  createSampler,
  findLoadProbe,
  processClock,
  splitPhases,
  type IdleBaseline,
  type Load,
  type LoadProbe,
  type LoadWatch,
  type Sampler,
  type SamplerOptions,
  type WindowResult,
} from '../sampling/index.js';
import type { Meter, MeterResult } from './meter.js';

/** How it samples; the process's clock where none is given. */
export interface CounterMeterOptions extends Partial<SamplerOptions> {
  /** How often the engine's load is looked at during a request, in seconds. */
  readonly loadPeriodSeconds?: number;
  /** How long a request of somebody else may take to end before ours is sent, in seconds. */
  readonly idleWaitSeconds?: number;
}

/** Limit of one look at the engine's load, in seconds. */
const loadTimeoutSeconds = 5;

/** So long after the reply the engine's gauges may still count it, in seconds. */
const ownTailSeconds = 1;

/** Steps this much longer than the request make its share of the window small. */
const coarseShare = 3;

/** Makes the meter. The counter is closed with it. */
export function counterMeter(counter: EnergyCounter, options: CounterMeterOptions = {}): Meter {
  const clock = options.clock ?? processClock;
  const { loadPeriodSeconds = 0.5, idleWaitSeconds = 2 } = options;
  const sampler: Sampler = createSampler(counter, { ...options, clock });
  let probe: LoadProbe | null = null;
  let progress: (message: string) => void = () => undefined;

  const load = async (signal?: AbortSignal): Promise<Load | null> => (probe === null ? null : await probe.read(signal));
  const isBusy = (seen: Load | null): boolean => seen !== null && (seen.running > 0 || seen.waiting > 0);

  /** Waits a little for an engine that still works on something. */
  const quiet = async (signal?: AbortSignal): Promise<Load | null> => {
    const until = clock.now() + idleWaitSeconds;
    for (;;) {
      const seen = await load(signal);
      if (!isBusy(seen) || clock.now() >= until) {
        return seen;
      }
      await clock.sleep(Math.min(0.1, loadPeriodSeconds), signal);
    }
  };
  const baseline = async (signal?: AbortSignal): Promise<{ idle: IdleBaseline; wasBusy: boolean }> => {
    const before = await load(signal);
    const idle = await sampler.idle(signal);
    const wasBusy = isBusy(before) || isBusy(await load(signal));
    if (wasBusy) {
      sampler.forgetIdle();
    }
    return { idle, wasBusy };
  };

  return {
    id: counter.id,
    isBeside: true,
    async prepare({ endpoint, signal, onProgress }) {
      progress = onProgress;
      progress('looking for the steps of the counter');
      const stepping = await sampler.prepare(signal);
      probe = await findLoadProbe(endpoint, loadTimeoutSeconds, signal);
      return [
        ...(probe === null
          ? [
              'The endpoint shows no load (neither /metrics nor /slots): that nobody else used it meanwhile is assumed, not checked.',
            ]
          : []),
        ...(stepping.kind === 'stepped' && stepping.seconds >= 5
          ? [
              `The counter moves every ${round(stepping.seconds)} s only, so each run waits for it${counter.remedy === undefined ? '' : `; ${counter.remedy}`}.`,
            ]
          : []),
      ];
    },
    async start(signal, requests = 1) {
      await quiet(signal);
      progress('watching what is drawn without load');
      const { idle, wasBusy } = await baseline(signal);
      const watch = createLoadWatch(requests);
      watch.before(await quiet(signal));
      const window = await sampler.open(signal);
      const stop = new AbortController();
      const looking = lookAtLoad(watch, stop.signal);
      return {
        async finish(exchange) {
          stop.abort();
          await looking;
          const result = await window.close(signal);
          const tail = clock.now() - (exchange.startSeconds + exchange.seconds);
          const seen = await load(signal);
          // The engine may take a moment to let go of our own request; whoever is there later is somebody else.
          if (tail > ownTailSeconds) {
            watch.before(seen);
          } else {
            watch.during(seen);
          }
          const verdict = result.wasReset
            ? 'the counter was reset meanwhile'
            : wasBusy
              ? 'the engine was busy while its idle power was to be taken'
              : watch.verdict(exchange.usage?.tokensOut ?? null);
          if (verdict !== null) {
            sampler.forgetIdle();
          }
          return resultOf(exchange, result, idle, verdict);
        },
        abandon() {
          stop.abort();
          window.abandon();
        },
      };
    },
    close: () => counter.close(),
  };

  async function lookAtLoad(watch: LoadWatch, signal: AbortSignal): Promise<void> {
    try {
      while (probe !== null) {
        await clock.sleep(loadPeriodSeconds, signal);
        watch.during(await load(signal));
      }
    } catch {
      // Stopped; a gauge that cannot be read is no answer and ends nothing.
    }
  }

  function resultOf(
    exchange: ChatExchange,
    window: WindowResult,
    idle: IdleBaseline,
    verdict: string | null,
  ): MeterResult {
    const stepping = sampler.stepping();
    const stepSeconds = stepping?.seconds ?? 0;
    const joules = window.joules - idle.watts * window.seconds;
    const timings = serverTimings(exchange.chunks);
    const phases =
      timings === null || window.wasReset
        ? null
        : splitPhases(
            window.trace,
            { start: exchange.startSeconds, end: exchange.startSeconds + exchange.seconds, ...timings },
            idle.watts,
            stepSeconds,
          );
    const isCoarse = stepping?.kind === 'stepped' && stepSeconds > coarseShare * exchange.seconds;
    const reading: EnergyReading = {
      joules,
      provenance: counter.provenance,
      scope: counter.scope,
      method: methodText(counter, stepping?.kind === 'stepped' ? stepSeconds : null),
      boundary: counter.boundary,
      // What the request drew with its share of idle power: the rest of the window was idle.
      grossJoules: joules + idle.watts * exchange.seconds,
      idleWatts: idle.watts,
      windowSeconds: window.seconds,
      ...(phases ?? {}),
      field: counter.id,
      warnings: [
        ...(counter.provenance === 'measured' && counter.method?.startsWith('power samples') === true
          ? ['Power was sampled and integrated: what changes between two samples of the source is missed.']
          : []),
        ...(isCoarse
          ? [
              `The counter moves every ${round(stepSeconds)} s and the request took ${round(exchange.seconds)} s: the figure is coarse${counter.remedy === undefined ? '' : `; ${counter.remedy}`}.`,
            ]
          : []),
      ],
    };
    return { reading, warnings: [], ...(verdict === null ? {} : { discarded: verdict }) };
  }
}

function methodText(counter: EnergyCounter, stepSeconds: number | null): string {
  const aligned = stepSeconds === null ? 'read live' : `aligned to its steps of ${round(stepSeconds)} s`;
  return `${counter.method ?? `counter ${counter.id}`}, ${aligned}, above idle`;
}

function round(value: number): number {
  return Number(value.toPrecision(2));
}
