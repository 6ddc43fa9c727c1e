/** One thread of `npm run fuzz`: every so-manieth document of the run. It says where it is, so that a hang is seen. */
import { parentPort, workerData } from 'node:worker_threads';
import { fuzzCase, type FuzzCase } from '../support/transcript/fuzz/cases.js';
import { check, type Failure } from '../support/transcript/fuzz/check.js';
import { kindOf, minimise } from '../support/transcript/fuzz/minimise.js';

export interface FuzzTask {
  readonly seed: number;
  readonly from: number;
  readonly step: number;
  readonly to: number;
  readonly formats: readonly string[];
  readonly budgetMilliseconds: number;
  /** `[document under way, documents read]`; the second also moves while a failure is made shorter. */
  readonly progress: SharedArrayBuffer;
}

/** What the thread reports. */
export type FuzzReport =
  { readonly found: FuzzCase; readonly failure: Failure; readonly index: number } | { readonly again: string };

/** Of one kind of failure in one format this many are made shorter and shown; the others only count. */
const SHOWN_OF_A_KIND = 3;

const { seed, from, step, to, formats, budgetMilliseconds, progress } = workerData as FuzzTask;
const state = new Int32Array(progress);
const seen = new Map<string, number>();

const checked = (fuzzCase: FuzzCase): Failure | null => {
  Atomics.add(state, 1, 1);
  return check(fuzzCase, { budgetMilliseconds });
};

const report = (message: FuzzReport): void => parentPort?.postMessage(message);

for (let index = from; index < to; index += step) {
  Atomics.store(state, 0, index);
  const made = fuzzCase(seed, index, formats);
  const failure = checked(made);
  if (!failure) continue;
  const key = `${made.format}: ${kindOf(failure)}`;
  const count = (seen.get(key) ?? 0) + 1;
  seen.set(key, count);
  if (count > SHOWN_OF_A_KIND) {
    report({ again: key });
    continue;
  }
  const found = minimise(made, failure, checked);
  report({ found, failure: checked(found) ?? failure, index });
}
Atomics.store(state, 0, to);
