/** The meter that the endpoint brings itself: the energy that its answer reports. */
import { extractEnergy } from '../extractors/index.js';
import type { Meter } from './meter.js';

/** Reads what the answer says. */
export function responseMeter(): Meter {
  return {
    id: 'response',
    start: () =>
      Promise.resolve({
        finish: (exchange) => Promise.resolve(extractEnergy(exchange)),
        abandon: () => undefined,
      }),
  };
}
