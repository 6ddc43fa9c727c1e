/** A stand-in where no meter is at hand: exercises everything around a measurement, and says that it is simulated. */
import type { Meter } from './meter.js';

/** Power in watts of the pretended device: an idea of one busy accelerator, no measurement of any. */
const pretendedWatts = 300;

/** Constant power times the wall-clock seconds of the request. Ignores what the endpoint reports. */
export function simulatedMeter(): Meter {
  return {
    id: 'simulated',
    start: () =>
      Promise.resolve({
        finish: (exchange) =>
          Promise.resolve({
            reading: {
              joules: pretendedWatts * exchange.seconds,
              provenance: 'simulated',
              scope: 'gpu-window',
              method: `simulated: a constant ${pretendedWatts} W for the ${exchange.seconds.toFixed(2)} s of the request`,
              field: 'simulated meter',
              warnings: [],
            },
            warnings: [],
          }),
        abandon: () => undefined,
      }),
  };
}
