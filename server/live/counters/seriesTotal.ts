/** Adds up the counters of several devices so that a reset of any of them shows. */

/** One device's counter at one moment, in joules. */
export interface DeviceJoules {
  readonly device: string;
  readonly joules: number;
  /** Where the device's counter wraps in joules, if that is known. */
  readonly wrapsAtJoules?: number;
}

/** Keeps what is needed from one reading to the next. */
export interface SeriesTotal {
  /** The total in joules. It falls where a device's counter fell, came or went, even if the others grew by more. */
  add(devices: readonly DeviceJoules[]): number;
}

/** Starts a total. */
export function createSeriesTotal(): SeriesTotal {
  let last: ReadonlyMap<string, number> | null = null;
  let lastTotal = 0;
  let offset = 0;
  const wraps = new Map<string, number>();
  return {
    add(devices) {
      let wasReset = last !== null && last.size !== devices.length;
      const now = new Map<string, number>();
      let sum = 0;
      for (const { device, joules, wrapsAtJoules } of devices) {
        now.set(device, joules);
        const before = last?.get(device);
        if (last !== null && before === undefined) {
          wasReset = true;
        }
        if (before !== undefined && joules < before) {
          if (wrapsAtJoules === undefined) {
            wasReset = true;
          } else {
            wraps.set(device, (wraps.get(device) ?? 0) + wrapsAtJoules);
          }
        }
        sum += joules + (wraps.get(device) ?? 0);
      }
      last = now;
      if (wasReset) {
        // Whatever was counted before has no meaning for what comes: go below it, so that every reader sees a fall.
        offset = Math.min(0, lastTotal) - 1 - sum;
      }
      lastTotal = sum + offset;
      return lastTotal;
    },
  };
}
