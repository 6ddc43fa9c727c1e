/** The meters of the command line: what the answer reports, or a counter beside the endpoint. */
import { counterForms, createCounter, type CounterOptions } from '../counters/index.js';
import { parseExtractor } from '../extractors/index.js';
import { counterMeter, type CounterMeterOptions } from './counterMeter.js';
import type { Meter } from './meter.js';
import { responseMeter } from './responseMeter.js';
import { simulatedMeter } from './simulatedMeter.js';

/** How a METER is written. */
export const availableMeters: readonly string[] = ['response', ...counterForms];

/** The world of counters, and the user's own extractor for `response`. */
export interface MeterOptions extends CounterOptions {
  /** `body:meta.energy,mWh,measured`; see `parseExtractor`. */
  readonly extractor?: string | undefined;
}

/** The meter of a METER such as `response` or `zeusd:http://host:4938`. On anything else one line that says what is wrong. */
export function createMeter(
  name: string,
  options: MeterOptions = {},
  sampling: CounterMeterOptions = {},
): { readonly meter: Meter } | { readonly problem: string } {
  const extractor = options.extractor ?? '';
  if (extractor !== '' && name !== 'response') {
    return { problem: `An extractor reads the answer of the endpoint; meter "${name}" does not.` };
  }
  if (name === 'response') {
    const parsed = extractor === '' ? null : parseExtractor(extractor);
    return parsed !== null && 'problem' in parsed ? parsed : { meter: responseMeter(parsed?.rule) };
  }
  if (name === 'simulated') {
    return { meter: simulatedMeter() };
  }
  const made = createCounter(name, options);
  return 'problem' in made
    ? { problem: made.problem.replace('there are nvml', 'there are response, nvml') }
    : { meter: counterMeter(made.counter, sampling) };
}
