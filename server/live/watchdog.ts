/** The timers of one request. */
import type { Timeouts } from './endpoint.js';
import { LiveError } from './errors.js';

/** Told of progress; fires once when a limit passes. */
export interface Watchdog {
  /** The connection stands. */
  connected(): void;
  /** Bytes arrived. */
  alive(): void;
  /** No timer is left behind. */
  stop(): void;
}

/** Starts the timers. `onTimeout` gets one clear line saying which limit passed. */
export function watchdog(timeouts: Timeouts, place: string, onTimeout: (error: LiveError) => void): Watchdog {
  let heard = false;
  const fire = (what: string): void => onTimeout(new LiveError('timeout', place, `${place}: ${what}`));
  const connect = setTimeout(
    () => fire(`no connection within ${seconds(timeouts.connectSeconds)}; is the host reachable?`),
    timeouts.connectSeconds * 1000,
  );
  const total = setTimeout(() => {
    fire(
      heard
        ? `the answer was not complete within ${seconds(timeouts.totalSeconds)}; raise the timeout or lower the maximum of tokens.`
        : `no answer within ${seconds(timeouts.totalSeconds)}; the endpoint hangs, or needs a longer timeout.`,
    );
  }, timeouts.totalSeconds * 1000);
  let idle: NodeJS.Timeout | undefined;
  const alive = (): void => {
    clearTimeout(idle);
    if (timeouts.idleSeconds < timeouts.totalSeconds) {
      idle = setTimeout(
        () => fire(`no data for ${seconds(timeouts.idleSeconds)}; the endpoint hangs, or needs a longer timeout.`),
        timeouts.idleSeconds * 1000,
      );
    }
  };
  alive();
  return {
    connected: () => clearTimeout(connect),
    alive: () => {
      heard = true;
      alive();
    },
    stop: () => {
      clearTimeout(connect);
      clearTimeout(total);
      clearTimeout(idle);
    },
  };
}

function seconds(value: number): string {
  return `${Number(value.toFixed(1))} s`;
}
