/** The meter that the endpoint brings itself: the energy that its answer reports. */
import { extractEnergy, extractorRules, type ExtractorRule } from '../extractors/index.js';
import type { Meter } from './meter.js';

/** Reads what the answer says; by the user's own rule first, where there is one. */
export function responseMeter(configured?: ExtractorRule): Meter {
  const rules = configured === undefined ? extractorRules : [configured, ...extractorRules];
  return {
    id: 'response',
    start: () =>
      Promise.resolve({
        finish: (exchange) => Promise.resolve(extractEnergy(exchange, rules)),
        abandon: () => undefined,
      }),
  };
}
