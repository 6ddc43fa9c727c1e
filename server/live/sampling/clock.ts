/** Time as sampling sees it, so that tests can give their own. */
import { LiveError } from '../errors.js';

/** Monotonic seconds, and waiting. */
export interface Clock {
  now(): number;
  /** Resolves after so many seconds; rejects with LiveError `cancelled` when the signal fires. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}

/** The process's own clock. */
export const processClock: Clock = {
  now: () => performance.now() / 1000,
  sleep: (seconds, signal) =>
    new Promise((resolve, reject) => {
      const cancelled = (): void => {
        clearTimeout(timer);
        reject(new LiveError('cancelled', 'meter', 'The measurement was cancelled.'));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', cancelled);
        resolve();
      }, seconds * 1000);
      if (signal?.aborted) {
        cancelled();
      } else {
        signal?.addEventListener('abort', cancelled, { once: true });
      }
    }),
};
