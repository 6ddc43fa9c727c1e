/** An endpoint's own words for where its figure comes from. */
import type { Provenance } from '../energyReading.js';

/** Order matters: `simulated measurement` is simulated, `estimated from measured averages` is estimated. */
const words: readonly [pattern: RegExp, provenance: Provenance][] = [
  [/simulat|synthetic|fake|demo/i, 'simulated'],
  [/estimat|predict|model|derived|average|tdp/i, 'estimated'],
  [/measur|nvml|rapl|ioreport|dcgm|zeus|counter/i, 'measured'],
];

/** What a source or a method means; `unknown` where it says nothing that we know. */
export function provenanceOf(text: string): Provenance {
  return words.find(([pattern]) => pattern.test(text))?.[1] ?? 'unknown';
}

/** The weaker of two: a figure is no better than its weakest part. */
export function weakest(all: readonly Provenance[]): Provenance {
  const order: readonly Provenance[] = ['simulated', 'unknown', 'estimated', 'measured'];
  return order.find((each) => all.includes(each)) ?? 'unknown';
}
