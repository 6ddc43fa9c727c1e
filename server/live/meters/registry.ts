/** The meters of the command line by name, and those still to come. */
import type { Meter } from './meter.js';
import { responseMeter } from './responseMeter.js';
import { simulatedMeter } from './simulatedMeter.js';

const makers: Readonly<Record<string, () => Meter>> = { response: responseMeter, simulated: simulatedMeter };

/** Named by the command line's contract, not built yet. */
const later = ['nvml', 'rapl', 'zeusd', 'prometheus', 'trtllm', 'command'];

/** Names that `createMeter` takes. */
export const availableMeters: readonly string[] = Object.keys(makers);

/** The meter of a name such as `response`. On another name, one line that says what there is. */
export function createMeter(name: string): { readonly meter: Meter } | { readonly problem: string } {
  const maker = Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (maker !== undefined) {
    return { meter: maker() };
  }
  const kind = name.split(':')[0] ?? name;
  const what = later.includes(kind) ? 'is not available yet' : 'is not known';
  return { problem: `Meter "${name}" ${what}; available: ${availableMeters.join(', ')}.` };
}
