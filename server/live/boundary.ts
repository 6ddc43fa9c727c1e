/** What was inside a figure, in words, where the meter itself does not say more. */
import type { Scope } from './energyReading.js';

const words: ReadonlyMap<Scope, string> = new Map<Scope, string>([
  ['request-attributed', "the request's share, as the endpoint works it out"],
  ['gpu-window', 'all that the GPUs drew while the request ran'],
  ['cpu-window', 'all that CPU and memory drew while the request ran'],
  ['node-window', 'all that the machine drew while the request ran'],
  ['unknown', 'not stated'],
]);

/** `all that the GPUs drew while the request ran`; an unknown scope stands for itself. */
export function boundaryText(scope: Scope): string {
  return words.get(scope) ?? scope;
}
