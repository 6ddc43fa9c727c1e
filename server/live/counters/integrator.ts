/** Joules from power samples, by the trapezoid rule. */
import { LiveError } from '../errors.js';
import type { CounterReading } from './counter.js';

/** Sums up power over time. */
export interface Integrator {
  /** One sample of the whole power in watts, at monotonic seconds. Late samples are ignored. */
  push(watts: number, seconds: number): void;
  /** Joules up to the latest sample; null before the first. */
  latest(): CounterReading | null;
}

/** Starts at zero with the first sample. */
export function createIntegrator(): Integrator {
  let joules = 0;
  let last: { readonly watts: number; readonly seconds: number } | null = null;
  return {
    push(watts, seconds) {
      if (last !== null) {
        if (seconds <= last.seconds) {
          return;
        }
        joules += ((watts + last.watts) / 2) * (seconds - last.seconds);
      }
      last = { watts, seconds };
    },
    latest: () => (last === null ? null : { joules, seconds: last.seconds }),
  };
}

/** A source of power that is asked again and again. */
export interface PowerPoller {
  /** Asks once more and gives the joules up to now. */
  read(signal?: AbortSignal): Promise<CounterReading>;
  close(): void;
}

/** How a poller asks and keeps time; times in seconds. */
export interface PowerSource {
  /** Watts over all selected devices. */
  readonly watts: (signal?: AbortSignal) => Promise<number>;
  readonly periodSeconds: number;
  readonly now: () => number;
}

/**
 * Polls from the first reading on until it is closed. A failed poll is shown by the next reading, unless that one
 * succeeds: the gap is then bridged by the trapezoid.
 */
export function pollPower({ watts, periodSeconds, now }: PowerSource): PowerPoller {
  const integrator = createIntegrator();
  const closing = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let asking: Promise<void> | null = null;

  const ask = async (signal: AbortSignal | undefined): Promise<void> => {
    const begun = now();
    const value = await watts(signal);
    // The sample belongs somewhere between question and answer.
    integrator.push(value, (begun + now()) / 2);
  };
  const poll = (): void => {
    timer = setTimeout(() => {
      asking = ask(closing.signal)
        .catch(() => undefined)
        .finally(() => {
          asking = null;
          if (!closing.signal.aborted) {
            poll();
          }
        });
    }, periodSeconds * 1000);
    timer.unref();
  };
  return {
    async read(signal) {
      if (closing.signal.aborted) {
        throw new LiveError('meter', 'meter', 'The meter was closed.');
      }
      await asking;
      await ask(signal);
      if (timer === null) {
        poll();
      }
      const reading = integrator.latest();
      if (reading === null) {
        throw new LiveError('meter', 'meter', 'No power sample came.');
      }
      return reading;
    },
    close() {
      closing.abort();
      if (timer !== null) {
        clearTimeout(timer);
      }
    },
  };
}
