/** Time that passes only when all work waits for it: sampling over hours in milliseconds, the same every time. */
import { LiveError } from '../../server/live/errors.js';
import type { Clock } from '../../server/live/sampling/index.js';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export interface VirtualClock extends Clock {
  /** Lets time pass until the work is done. */
  run<T>(work: Promise<T>): Promise<T>;
}

export function virtualClock(start = 1000): VirtualClock {
  let time = start;
  let sleepers: Sleeper[] = [];
  return {
    now: () => time,
    sleep: (seconds, signal) =>
      new Promise((resolve, reject) => {
        const drop = (): void => {
          sleepers = sleepers.filter((each) => each !== sleeper);
          reject(new LiveError('cancelled', 'meter', 'cancelled'));
        };
        const sleeper = {
          at: time + Math.max(0, seconds),
          wake: () => {
            signal?.removeEventListener('abort', drop);
            resolve();
          },
        };
        if (signal?.aborted) {
          drop();
          return;
        }
        signal?.addEventListener('abort', drop, { once: true });
        sleepers.push(sleeper);
      }),
    async run(work) {
      let isDone = false;
      const watched = work.finally(() => (isDone = true));
      watched.catch(() => undefined);
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        if (isDone) {
          return watched;
        }
        const next = sleepers.reduce<Sleeper | null>(
          (first, each) => (first && first.at <= each.at ? first : each),
          null,
        );
        if (next !== null) {
          sleepers = sleepers.filter((each) => each !== next);
          time = Math.max(time, next.at);
          next.wake();
        }
      }
    },
  };
}
