/** A counter of a device that is not there: for trying things out and for tests. It says that it is simulated. */
import type { CounterReading, EnergyCounter } from './counter.js';

/** Power of the pretended device in watts: an idea of one accelerator, no measurement of any. */
export const pretendedWatts = { idle: 60, busy: 300 } as const;

/** A simulated device. */
export interface SimulatedCounter extends EnergyCounter {
  /** From now on the device draws this much. */
  setWatts(watts: number): void;
  /** What the device has drawn up to this moment, in joules: the truth that the counter shows late. */
  truth(): CounterReading;
}

/** How it behaves. */
export interface SimulatedOptions {
  readonly id?: string;
  /** Power at the start. */
  readonly watts?: number;
  /** The counter shows a new value only every so many seconds; 0 always. */
  readonly stepSeconds?: number;
  /** Monotonic seconds. */
  readonly now?: () => number;
}

/** Starts at 0 J. */
export function createSimulatedCounter(options: SimulatedOptions = {}): SimulatedCounter {
  const { stepSeconds = 0, now = () => performance.now() / 1000 } = options;
  const start = now();
  /** Moments at which the power changed, with the joules drawn until then; the oldest that a step can ask for is first. */
  let changes = [{ seconds: start, joules: 0, watts: options.watts ?? pretendedWatts.busy }];

  const latestBefore = (seconds: number): number => {
    let index = changes.length - 1;
    while (index > 0 && (changes[index]?.seconds ?? 0) > seconds) {
      index--;
    }
    return index;
  };
  const at = (seconds: number): number => {
    const before = changes[latestBefore(seconds)];
    return before === undefined ? 0 : before.joules + before.watts * (seconds - before.seconds);
  };
  const shownAt = (seconds: number): number =>
    stepSeconds === 0 ? seconds : start + Math.floor((seconds - start) / stepSeconds) * stepSeconds;
  return {
    id: options.id ?? 'simulated',
    provenance: 'simulated',
    scope: 'gpu-window',
    boundary: 'a pretended device (simulated)',
    method: 'simulated counter',
    stepSeconds,
    setWatts(next) {
      const seconds = now();
      const joules = at(seconds);
      const shown = shownAt(seconds);
      changes = [...changes.slice(latestBefore(shown)), { seconds, joules, watts: next }];
    },
    truth: () => {
      const seconds = now();
      return { joules: at(seconds), seconds };
    },
    read: () => {
      const seconds = now();
      return Promise.resolve({ joules: at(shownAt(seconds)), seconds });
    },
    close: () => undefined,
  };
}
