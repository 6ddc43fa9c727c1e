/** A stream of power samples of several devices, as one counter: the total is read when every device has spoken again. */
import { LiveError } from '../errors.js';
import type { CounterReading } from './counter.js';
import { createIntegrator, type Integrator } from './integrator.js';
import { createSeriesTotal } from './seriesTotal.js';

/** Takes samples in and gives totals out. */
export interface Feed {
  /** A sample of what a device draws, in watts. */
  push(device: string, watts: number): void;
  /** The stream ended: readers are told why, now and later. */
  fail(error: LiveError): void;
  /** The total once every device has spoken after this call. Rejects when the stream ended or nothing came in time. */
  read(signal?: AbortSignal): Promise<CounterReading>;
  /** Devices of the latest total. */
  devices(): readonly string[];
}

/** Whose samples, and how long to wait for one. */
export interface FeedOptions {
  /** URL or command, for messages. */
  readonly place: string;
  readonly timeoutSeconds: number;
  readonly now: () => number;
}

interface Waiter {
  /** Devices heard since the call. */
  readonly heard: Set<string>;
  resolve(reading: CounterReading): void;
  reject(error: LiveError): void;
}

/** Starts a feed. */
export function createFeed({ place, timeoutSeconds, now }: FeedOptions): Feed {
  const total = createSeriesTotal();
  const integrators = new Map<string, Integrator>();
  const waiters = new Set<Waiter>();
  let known: readonly string[] = [];
  let failure: LiveError | null = null;
  /** When the latest sample came. */
  let latest = 0;

  const reading = (devices: readonly string[]): CounterReading => {
    known = [...devices].sort();
    return {
      joules: total.add(known.map((device) => ({ device, joules: integrators.get(device)?.latest()?.joules ?? 0 }))),
      seconds: latest,
    };
  };
  return {
    push(device, watts) {
      // A device that speaks for the second time ends the round in which it spoke first; needed while devices are unknown.
      const complete = [...waiters].filter(
        ({ heard }) => heard.has(device) && (known.length === 0 || known.every((each) => heard.has(each))),
      );
      answer(complete);
      latest = now();
      const integrator = integrators.get(device) ?? createIntegrator();
      integrators.set(device, integrator);
      integrator.push(watts, latest);
      for (const { heard } of waiters) {
        heard.add(device);
      }
      answer([...waiters].filter(({ heard }) => known.length > 0 && known.every((each) => heard.has(each))));
    },
    fail(error) {
      failure ??= error;
      for (const waiter of [...waiters]) {
        waiter.reject(error);
      }
    },
    read: (signal) =>
      new Promise((resolve, reject) => {
        if (failure !== null || signal?.aborted) {
          reject(failure ?? cancelled(place));
          return;
        }
        const finish = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', onAbort);
          waiters.delete(waiter);
        };
        const waiter: Waiter = {
          heard: new Set(),
          resolve: (value) => {
            finish();
            resolve(value);
          },
          reject: (error) => {
            finish();
            reject(error);
          },
        };
        const onAbort = (): void => waiter.reject(cancelled(place));
        const timer = setTimeout(
          () => waiter.reject(new LiveError('meter', place, `${place}: no sample within ${timeoutSeconds} s.`)),
          timeoutSeconds * 1000,
        );
        signal?.addEventListener('abort', onAbort, { once: true });
        waiters.add(waiter);
      }),
    devices: () => known,
  };

  function answer(ready: readonly Waiter[]): void {
    for (const waiter of ready) {
      waiter.resolve(reading(known.length === 0 ? [...waiter.heard] : known));
    }
  }
}

function cancelled(place: string): LiveError {
  return new LiveError('cancelled', place, `${place}: cancelled.`);
}
