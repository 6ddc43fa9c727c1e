/** Long work on the event loop in short slices, so that a hover never waits for a parse. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';

/** Longest stretch of work between two turns of the event loop, in milliseconds. */
export const sliceMilliseconds = 1;

/**
 * Turns of the event loop between two slices. Answering a request takes several (read, dispatch, reply): with one turn
 * a slice, a hover would wait for as many slices.
 */
const turnsBetweenSlices = 4;

async function pause(): Promise<void> {
  for (let turn = 0; turn < turnsBetweenSlices; turn++) await nextTurn();
}

/** What `runSliced` did. */
export interface SlicedRun {
  /** False where `signal` stopped it. */
  readonly done: boolean;
  /** Time spent working, in milliseconds; the pauses are not counted. */
  readonly busyMilliseconds: number;
}

/** For asynchronous work that asks now and then whether to give way: a promise once a slice is used up. */
export function pacer(): () => Promise<void> | undefined {
  let start = performance.now();
  return () => {
    if (performance.now() - start < sliceMilliseconds) return undefined;
    return pause().then(() => {
      start = performance.now();
    });
  };
}

/**
 * Runs `work` to its end, giving the event loop a turn after every slice.
 *
 * @param signal stops it between two steps; `work.return()` is called then
 */
export async function runSliced(work: Iterator<void, unknown>, signal: AbortSignal): Promise<SlicedRun> {
  let busyMilliseconds = 0;
  for (;;) {
    const start = performance.now();
    let spent = 0;
    do {
      if (signal.aborted) {
        work.return?.();
        return { done: false, busyMilliseconds: busyMilliseconds + spent };
      }
      const step = work.next();
      spent = performance.now() - start;
      if (step.done === true) return { done: true, busyMilliseconds: busyMilliseconds + spent };
    } while (spent < sliceMilliseconds);
    busyMilliseconds += spent;
    await pause();
  }
}
