/**
 * Steps of a counter: most sources show a new value only now and then (a DCGM exporter every 30 s), so a reading says
 * little and a step says all: at that moment the value is true.
 */
import type { CounterReading, EnergyCounter } from '../counters/counter.js';
import { LiveError } from '../errors.js';
import type { Clock } from './clock.js';

/** How a counter moves. */
export type Stepping =
  | { readonly kind: 'live'; /** A reading is at most so old, in seconds. */ readonly seconds: number }
  | { readonly kind: 'stepped'; /** Time between two steps in seconds. */ readonly seconds: number };

/** Limits of watching; all in seconds. */
export interface TickLimits {
  /** A counter that stands still for longer is given up. */
  readonly tickBudgetSeconds: number;
  /** Readings are never asked for more often than this. */
  readonly minPollSeconds: number;
}

/** At this moment the counter showed this value for the first time. */
export interface Edge {
  readonly joules: number;
  readonly seconds: number;
}

/** A source whose steps are known to be shorter is as good as live. */
const liveSeconds = 0.02;

/** Readings before a source that changes every time is taken for live. */
const liveReadings = 8;

/** An edge is looked for in steps of this share of the counter's own, so that its moment is known to about 1 %. */
const pollsPerStep = 40;

const longestPollSeconds = 0.25;

/** How often to ask where one step takes `stepSeconds`. */
export function pollSecondsFor(stepSeconds: number, { minPollSeconds }: TickLimits): number {
  return Math.max(minPollSeconds, Math.min(longestPollSeconds, stepSeconds / pollsPerStep));
}

/** Watches a counter until its steps are known: two of them, or a change at nearly every reading. */
export async function findStepping(
  counter: EnergyCounter,
  clock: Clock,
  limits: TickLimits,
  signal?: AbortSignal,
): Promise<Stepping> {
  let last = await counter.read(signal);
  const known = counter.stepSeconds;
  if (known !== undefined && known <= liveSeconds) {
    return { kind: 'live', seconds: known };
  }
  const start = clock.now();
  const edges: number[] = [];
  let stillSince = start;
  let changes = 0;
  for (let readings = 1; ; readings++) {
    await clock.sleep(pollSecondsFor(clock.now() - stillSince, limits), signal);
    const reading = await counter.read(signal);
    if (reading.joules !== last.joules) {
      changes++;
      edges.push((reading.seconds + last.seconds) / 2);
      stillSince = clock.now();
    } else {
      failIfStill(counter, clock.now() - stillSince, limits);
    }
    last = reading;
    if (readings >= liveReadings && changes >= 0.85 * readings) {
      return { kind: 'live', seconds: known ?? (clock.now() - start) / readings };
    }
    // A short step is measured over more of them: chance and the time of a reading matter less.
    const [first = 0] = edges;
    const span = (edges.at(-1) ?? 0) - first;
    const isSettled = readings >= liveReadings && edges.length >= 3 && edges.length < 0.85 * readings;
    if (isSettled || (edges.length >= 2 && span > 1)) {
      return { kind: 'stepped', seconds: span / (edges.length - 1) };
    }
  }
}

/** A step seen between two readings further apart than this share of it has no sharp moment: this process or the source was busy. */
const sharpShare = 0.08;

/** So many steps without a sharp moment are let pass; a source that is always so slow is taken as it is. */
const blurredSteps = 2;

/**
 * Reads until the value differs from that of a fresh reading. The edge lies between the last two readings; where those are
 * far apart, the next step is waited for.
 */
export async function waitForTick(
  counter: EnergyCounter,
  clock: Clock,
  stepSeconds: number,
  limits: TickLimits,
  signal?: AbortSignal,
): Promise<Edge> {
  const pollSeconds = pollSecondsFor(stepSeconds, limits);
  const sharpSeconds = Math.max(sharpShare * stepSeconds, 2.5 * pollSeconds);
  let last = await counter.read(signal);
  let start = clock.now();
  for (let blurred = 0; ;) {
    await clock.sleep(pollSeconds, signal);
    const reading: CounterReading = await counter.read(signal);
    if (reading.joules !== last.joules) {
      if (reading.seconds - last.seconds <= sharpSeconds || blurred >= blurredSteps) {
        return { joules: reading.joules, seconds: (reading.seconds + last.seconds) / 2 };
      }
      blurred++;
      start = clock.now();
    }
    failIfStill(counter, clock.now() - start, limits);
    last = reading;
  }
}

function failIfStill(counter: EnergyCounter, seconds: number, { tickBudgetSeconds }: TickLimits): void {
  if (seconds > tickBudgetSeconds) {
    const remedy = counter.remedy ?? 'see that the source is running and updates more often';
    throw new LiveError(
      'meter',
      counter.id,
      `${counter.id}: the counter did not move for ${Number(seconds.toPrecision(2))} s; ${remedy}.`,
    );
  }
}
