/**
 * Follows a counter from step to step and hands over the windows between them. It asks often only around the time at
 * which a step is due, and seldom while nothing runs.
 */
import type { Window } from '../attribution/index.js';
import type { CounterReading, EnergyCounter } from '../counters/index.js';

/** What happens. */
export interface WatchHooks {
  onWindow(window: Window): void;
  /** The counter started anew: the energy since its last step is not known. */
  onReset(): void;
  /** It cannot be read: once for an outage, with one line that says why. */
  onFailure(message: string): void;
  /** It can be read again. */
  onRecovery(): void;
  /** Whether a request runs or waits for the counter. */
  isBusy(): boolean;
}

/** What is known of the counter. */
export interface WatchState {
  readonly isUp: boolean;
  /** Seconds between steps; null while they are not known. */
  readonly stepSeconds: number | null;
  /** Monotonic seconds of the last step; null before the first. */
  readonly lastStep: number | null;
  readonly failures: number;
  readonly resets: number;
}

/** A counter being followed. */
export interface CounterWatch {
  readonly state: WatchState;
  /** A request begins: look soon. */
  wake(): void;
  /** Resolves when nothing runs any more. */
  close(): Promise<void>;
}

/** A counter that steps faster is read at this distance. */
const shortestWindow = 0.1;
/** Distance of readings while nothing runs, in seconds, where the counter steps faster. */
const quietWindow = 1;
const shortestPoll = 0.005;
const longestPoll = 0.25;
/** Polls in one step, around its end. */
const pollsPerStep = 50;
/** First and longest wait after a failure, in seconds. */
const firstRetry = 0.5;
const longestRetry = 10;
/** The part of a step before its end in which the counter is asked often, at least. */
const leastMargin = 0.15;
/** Readings in a row with a new value each, before the counter counts as one without steps. */
const liveReadings = 6;

/** Starts following. */
export function watchCounter(counter: EnergyCounter, hooks: WatchHooks): CounterWatch {
  const ending = new AbortController();
  const sleep = sleeper();
  const state = {
    isUp: false,
    stepSeconds: null as number | null,
    lastStep: null as number | null,
    failures: 0,
    resets: 0,
  };
  let isLive = counter.stepSeconds !== undefined && counter.stepSeconds < 0.02;
  let step = counter.stepSeconds !== undefined && !isLive ? counter.stepSeconds : null;
  state.stepSeconds = isLive ? 0 : step;
  /** The part of a step before its end in which the counter is asked often. */
  let margin = leastMargin;
  let last: CounterReading | null = null;
  let edge: { seconds: number; joules: number } | null = null;
  let isEdgeSharp = false;
  let changesInRow = 0;
  let latency = 0;
  let retry = firstRetry;

  /** Seconds until the next reading. */
  const pause = (now: number): number => {
    if (isLive) {
      return hooks.isBusy() ? shortestWindow : quietWindow;
    }
    const sinceEdge = edge === null ? 0 : now - edge.seconds;
    const expected = step ?? Math.max(0.2, sinceEdge);
    const poll = Math.min(longestPoll, Math.max(shortestPoll, 3 * latency, expected / pollsPerStep));
    if (step === null || edge === null) return poll;
    const wanted = hooks.isBusy() ? shortestWindow : quietWindow;
    const due = edge.seconds + Math.max(1, Math.ceil(wanted / step - 1e-6)) * step - margin * step;
    return Math.max(poll, due - now);
  };

  const onReading = (reading: CounterReading): void => {
    const before = last;
    last = reading;
    if (before === null) {
      // Without steps each reading is an edge; else its age is not known, and idle time forgives that.
      edge = isLive ? { seconds: reading.seconds, joules: reading.joules } : null;
      return;
    }
    if (reading.joules < before.joules) {
      state.resets++;
      edge = null;
      last = isLive ? null : reading;
      hooks.onReset();
      return;
    }
    if (reading.joules === before.joules) {
      changesInRow = 0;
      return;
    }
    const gap = reading.seconds - before.seconds;
    const isSharp = isLive || gap <= Math.max(0.02, (step ?? Infinity) / 20);
    const seconds = isLive ? reading.seconds : edgeBetween(before, reading, isSharp);
    changesInRow = gap < 0.02 ? changesInRow + 1 : 0;
    if (edge !== null && seconds > edge.seconds) {
      hooks.onWindow({ from: edge.seconds, to: seconds, joules: reading.joules - edge.joules });
      learn(seconds - edge.seconds, isSharp && isEdgeSharp);
    }
    margin = isSharp ? Math.max(leastMargin, margin * 0.9) : Math.min(0.6, margin * 2);
    edge = { seconds, joules: reading.joules };
    isEdgeSharp = isSharp;
    state.lastStep = seconds;
    if (!isLive && counter.stepSeconds === undefined && changesInRow >= liveReadings) {
      isLive = true;
      state.stepSeconds = 0;
    }
  };

  /** The step was between two readings: when it was due, as far as they allow; with a short gap they have their say. */
  const edgeBetween = (before: CounterReading, reading: CounterReading, isSharp: boolean): number => {
    const middle = (before.seconds + reading.seconds) / 2;
    if (edge === null || step === null) return middle;
    const steps = Math.max(1, Math.floor((reading.seconds - edge.seconds) / step + 0.02));
    const due = Math.min(reading.seconds, Math.max(before.seconds, edge.seconds + steps * step));
    return isSharp ? (due + middle) / 2 : due;
  };

  /** The time between two steps, from edges that are well known. */
  const learn = (seconds: number, isSharp: boolean): void => {
    if (isLive || !isSharp) return;
    const steps = step === null ? 1 : Math.round(seconds / step);
    step = step === null || steps === 0 ? seconds : step + 0.3 * (seconds / steps - step);
    state.stepSeconds = step;
  };

  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        const started = performance.now() / 1000;
        const reading = await counter.read(ending.signal);
        latency += 0.2 * (performance.now() / 1000 - started - latency);
        if (!state.isUp && state.failures > 0) hooks.onRecovery();
        state.isUp = true;
        retry = firstRetry;
        onReading(reading);
        await sleep.wait(pause(performance.now() / 1000), ending.signal);
      } catch (error) {
        if (ending.signal.aborted) return;
        if (state.isUp || state.failures === 0) hooks.onFailure(error instanceof Error ? error.message : String(error));
        state.isUp = false;
        state.failures++;
        await sleep.wait(retry, ending.signal);
        retry = Math.min(longestRetry, retry * 2);
      }
    }
  };
  const running = run();

  return {
    state,
    wake: () => {
      if (state.isUp) sleep.wake();
    },
    close: async () => {
      ending.abort();
      sleep.wake();
      await running;
      counter.close();
    },
  };
}

/** A wait that can be cut short. */
function sleeper(): { wait(seconds: number, signal: AbortSignal): Promise<void>; wake(): void } {
  let end: (() => void) | null = null;
  return {
    wait: (seconds, signal) =>
      new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          end = null;
          resolve();
        };
        const timer = setTimeout(finish, seconds * 1000);
        end = finish;
        if (signal.aborted) finish();
      }),
    wake: () => end?.(),
  };
}
