/** Prefill and decode out of one window, where the counter is fast enough to tell them apart. Pure. */
import type { CounterReading } from '../counters/counter.js';

/** When a request ran, in monotonic seconds, and how long its phases took by the engine's clock. */
export interface RequestTimes {
  readonly start: number;
  readonly end: number;
  readonly prefillSeconds: number;
  readonly decodeSeconds: number;
}

/** Joules of the phases above idle; they add up to the joules of the window above idle. */
export interface PhaseJoules {
  readonly prefillJoules: number;
  readonly decodeJoules: number;
}

/** A phase must last so many steps of the counter. */
const stepsPerPhase = 10;

/**
 * Splits the window at the end of the prefill: counted back from the end of the reply by the engine's decode time, so
 * that waiting in a queue does not shift it. Null where a phase is too short for the spacing of the readings.
 */
export function splitPhases(
  trace: readonly CounterReading[],
  times: RequestTimes,
  idleWatts: number,
  stepSeconds: number,
): PhaseJoules | null {
  const first = trace[0];
  const last = trace.at(-1);
  const spacing = Math.max(stepSeconds, medianSpacing(trace));
  if (
    first === undefined ||
    last === undefined ||
    Math.min(times.prefillSeconds, times.decodeSeconds) < stepsPerPhase * spacing
  ) {
    return null;
  }
  const boundary = Math.max(times.start, times.end - times.decodeSeconds);
  if (boundary <= first.seconds || boundary >= last.seconds) {
    return null;
  }
  const total = last.joules - first.joules - idleWatts * (last.seconds - first.seconds);
  const prefillJoules = joulesAt(trace, boundary) - first.joules - idleWatts * (boundary - first.seconds);
  return { prefillJoules, decodeJoules: total - prefillJoules };
}

function medianSpacing(trace: readonly CounterReading[]): number {
  const gaps = trace.slice(1).map((reading, index) => reading.seconds - (trace[index]?.seconds ?? 0));
  return gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? Infinity;
}

/** Linear between two readings. */
function joulesAt(trace: readonly CounterReading[], seconds: number): number {
  const after = trace.findIndex((reading) => reading.seconds >= seconds);
  const next = trace[after];
  const before = trace[after - 1];
  if (next === undefined || before === undefined) {
    return next?.joules ?? trace.at(-1)?.joules ?? 0;
  }
  const share = (seconds - before.seconds) / (next.seconds - before.seconds || 1);
  return before.joules + share * (next.joules - before.joules);
}
