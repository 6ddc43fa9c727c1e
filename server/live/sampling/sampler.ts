/** Windows on a counter that begin and end with one of its steps, and what the devices draw when nothing is asked of them. */
import type { CounterReading, EnergyCounter } from '../counters/counter.js';
import type { LiveError } from '../errors.js';
import type { Clock } from './clock.js';
import { findStepping, pollSecondsFor, waitForTick, type Edge, type Stepping, type TickLimits } from './ticks.js';

/** What a sampler may be told; times in seconds. */
export interface SamplerOptions extends Partial<TickLimits> {
  readonly clock: Clock;
  /** The idle baseline takes at least this long, and at least three steps. */
  readonly minIdleSeconds?: number;
  /** A baseline older than this is taken again. */
  readonly maxIdleAgeSeconds?: number;
}

/** Power without load. */
export interface IdleBaseline {
  readonly watts: number;
  /** Over how long. */
  readonly seconds: number;
  /** When it ended. */
  readonly at: number;
}

/** What a window gave. */
export interface WindowResult {
  /** Joules between its two edges. */
  readonly joules: number;
  /** Seconds between its two edges. */
  readonly seconds: number;
  /** The counter fell within it: the figure means nothing. */
  readonly wasReset: boolean;
  /** Readings in order of time, both edges included. */
  readonly trace: readonly CounterReading[];
}

/** A window under way. */
export interface SampleWindow {
  readonly start: Edge;
  /** What was asked for is done: waits for the next step. Rejects with LiveError where none comes. */
  close(signal?: AbortSignal): Promise<WindowResult>;
  /** Gives the window up. */
  abandon(): void;
}

/** One counter and what has been learnt of it. */
export interface Sampler {
  /** Null before `prepare`. */
  stepping(): Stepping | null;
  /** Watches until the steps are known. Does nothing the second time. */
  prepare(signal?: AbortSignal): Promise<Stepping>;
  /** The latest baseline, or a new one where that is too old. Nothing may run meanwhile. */
  idle(signal?: AbortSignal): Promise<IdleBaseline>;
  /** The load has changed: the next `idle` takes a new baseline. */
  forgetIdle(): void;
  /** Waits for a step; send right after. */
  open(signal?: AbortSignal): Promise<SampleWindow>;
}

/** A stepped source reads its device a moment before it steps (NVML's own counter moves every 100 ms): such a step after the end comes too early. */
const sourceLag = { seconds: 0.1, fromStepSeconds: 0.5 };

/** Nobody knows when within a live reading its value was true: a baseline is so much longer than one that this hardly matters. */
const readingsPerBaseline = 40;

/** A step seen this many polls ago or less still serves as the start of a window. */
const freshPolls = 2;

/** Makes a sampler. Reads nothing yet. */
export function createSampler(counter: EnergyCounter, options: SamplerOptions): Sampler {
  const { clock, minIdleSeconds = 2, maxIdleAgeSeconds = 60 } = options;
  const limits: TickLimits = {
    tickBudgetSeconds: options.tickBudgetSeconds ?? 40,
    minPollSeconds: options.minPollSeconds ?? 0.01,
  };
  let stepping: Stepping | null = null;
  let baseline: IdleBaseline | null = null;
  let lastEdge: Edge | null = null;

  const prepare = async (signal?: AbortSignal): Promise<Stepping> =>
    (stepping ??= await findStepping(counter, clock, limits, signal));

  /** The next moment at which the counter is known to be true. */
  const edge = async (signal?: AbortSignal): Promise<Edge> => {
    const known = await prepare(signal);
    lastEdge =
      known.kind === 'live'
        ? await counter.read(signal)
        : await waitForTick(counter, clock, known.seconds, limits, signal);
    return lastEdge;
  };
  const isFresh = (known: Stepping): boolean =>
    known.kind === 'stepped' &&
    lastEdge !== null &&
    clock.now() - lastEdge.seconds <= freshPolls * pollSecondsFor(known.seconds, limits);

  const takeBaseline = async (signal?: AbortSignal): Promise<IdleBaseline> => {
    const known = await prepare(signal);
    const least = Math.max(minIdleSeconds, (known.kind === 'live' ? readingsPerBaseline : 3) * known.seconds);
    for (let attempt = 1; ; attempt++) {
      const first = isFresh(known) && lastEdge !== null ? lastEdge : await edge(signal);
      // A stepped source is looked at again shortly before the step that completes the time.
      const early = known.kind === 'stepped' ? known.seconds / 4 : 0;
      const remaining = (since: number): number => least - early - (clock.now() - since);
      await clock.sleep(Math.max(0, remaining(first.seconds)), signal);
      let last = await edge(signal);
      while (last.seconds - first.seconds < least - early) {
        await clock.sleep(Math.max(limits.minPollSeconds, remaining(first.seconds)), signal);
        last = await edge(signal);
      }
      // A reset in the middle shows as a fall; the second attempt stands as it is, and a negative power is none.
      if (last.joules >= first.joules || attempt === 2) {
        const seconds = last.seconds - first.seconds;
        return { watts: Math.max(0, (last.joules - first.joules) / seconds), seconds, at: last.seconds };
      }
    }
  };

  return {
    stepping: () => stepping,
    prepare,
    async idle(signal) {
      // A slow source would otherwise do nothing else: its baseline may be as old as it took four times over.
      const maxAge = baseline === null ? 0 : Math.max(maxIdleAgeSeconds, 4 * baseline.seconds);
      if (baseline === null || clock.now() - baseline.at > maxAge) {
        baseline = await takeBaseline(signal);
      }
      return baseline;
    },
    forgetIdle: () => {
      baseline = null;
    },
    async open(signal) {
      const known = await prepare(signal);
      const start = isFresh(known) && lastEdge !== null ? lastEdge : await edge(signal);
      return watchWindow(start, known);
    },
  };

  function watchWindow(start: Edge, known: Stepping): SampleWindow {
    const trace: CounterReading[] = [start];
    const stop = new AbortController();
    let wasReset = false;
    let failure: LiveError | null = null;
    const note = (reading: CounterReading): void => {
      wasReset ||= reading.joules < (trace.at(-1)?.joules ?? 0);
      trace.push(reading);
    };
    // Often enough to see a reset and, where the source is fast, the phases of a request.
    const poll = Math.max(limits.minPollSeconds, 0.02, Math.min(1, known.seconds / 4));
    const watching = (async (): Promise<void> => {
      while (!stop.signal.aborted) {
        await clock.sleep(poll, stop.signal);
        note(await counter.read(stop.signal));
      }
    })().catch((error: unknown) => {
      if (!stop.signal.aborted) {
        failure = error as LiveError;
      }
    });
    return {
      start,
      async close(signal) {
        stop.abort();
        await watching;
        if (failure !== null) {
          throw failure;
        }
        const lag =
          known.kind === 'live' ? known.seconds : known.seconds >= sourceLag.fromStepSeconds ? sourceLag.seconds : 0;
        if (lag > 0) {
          await clock.sleep(lag, signal);
        }
        const end = await edge(signal);
        note(end);
        return { joules: end.joules - start.joules, seconds: end.seconds - start.seconds, wasReset, trace };
      },
      abandon: () => stop.abort(),
    };
  }
}
