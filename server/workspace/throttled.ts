/** Calls that come close together, made once. */

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
