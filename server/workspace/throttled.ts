/** Calls that come close together, made once. */
import { performance } from 'node:perf_hooks';

export interface Throttled {
  (): void;
  /** Drops a call that is due. */
  cancel(): void;
}

/**
 * Runs `action` once, `milliseconds` after the first of the calls made since it last ran: a steady stream of calls
 * is thinned, not starved.
 */
export function throttled(action: () => void, milliseconds: number): Throttled {
  let timer: NodeJS.Timeout | undefined;
  const call = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      action();
    }, milliseconds);
  };
  return Object.assign(call, {
    cancel: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  });
}

/**
 * Runs `action` once the calls have paused for `milliseconds`, and no later than `atMost` after the first of them:
 * what costs more than a message can wait until the typing pauses.
 */
export function settled(action: () => void, milliseconds: number, atMost: number): Throttled {
  let timer: NodeJS.Timeout | undefined;
  let since = 0;
  const call = (): void => {
    const now = performance.now();
    if (timer === undefined) since = now;
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        timer = undefined;
        action();
      },
      Math.max(0, Math.min(milliseconds, since + atMost - now)),
    );
  };
  return Object.assign(call, {
    cancel: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  });
}
