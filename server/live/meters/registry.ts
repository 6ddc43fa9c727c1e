/** The meters of the command line: what the answer reports, or a counter beside the endpoint. */
import { counterForms, createCounter, type CounterOptions } from '../counters/index.js';
import { counterMeter, type CounterMeterOptions } from './counterMeter.js';
import type { Meter } from './meter.js';
import { responseMeter } from './responseMeter.js';
import { simulatedMeter } from './simulatedMeter.js';

/** How a METER is written. */
export const availableMeters: readonly string[] = ['response', ...counterForms];

/** The meter of a METER such as `response` or `zeusd:http://host:4938`. On anything else one line that says what is wrong. */
export function createMeter(
  name: string,
  options: CounterOptions = {},
  sampling: CounterMeterOptions = {},
): { readonly meter: Meter } | { readonly problem: string } {
  if (name === 'response') {
    return { meter: responseMeter() };
  }
  if (name === 'simulated') {
    return { meter: simulatedMeter() };
  }
  const made = createCounter(name, options);
  return 'problem' in made
    ? { problem: made.problem.replace('there are nvml', 'there are response, nvml') }
    : { meter: counterMeter(made.counter, sampling) };
}
