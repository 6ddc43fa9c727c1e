/** One Energy: its parts as points, its interval computed when somebody reads it. */
import { interval90 } from './intervals.js';
import type { RequestShape } from './physics.js';
import type { Pricer } from './pricer.js';
import { SCENARIOS } from './scenarios.js';
import type { Assumptions, Energy, Interval90 } from './types.js';

/** GPU joules of each part at the central scenario, and the host's. */
export interface EnergyParts {
  readonly prefillJoules: number;
  readonly rereadJoules: number;
  readonly decodeJoules: number;
  readonly hostJoules: number;
}

/**
 * Joules of prefill (re-reading included) and decode at every batch node, of requests of one error bucket.
 * Plain arrays: a long conversation has hundreds of these, and typed arrays of this size lie outside the heap.
 */
export interface NodeJoules {
  readonly bucket: number;
  readonly prefill: readonly number[];
  readonly decode: readonly number[];
}

/** Prices a request at every batch node. */
export function nodeJoules({ nodes, bucketOf }: Pricer, shape: RequestShape): NodeJoules {
  const prefill: number[] = [];
  const decode: number[] = [];
  for (const node of nodes) {
    prefill.push(node.prefill(shape).joules);
    decode.push(node.decode(shape).joules);
  }
  return { bucket: bucketOf(shape), prefill, decode };
}

/** Sums of many requests, one entry per error bucket. */
export function sumNodeJoules(all: Iterable<NodeJoules>): NodeJoules[] {
  const buckets = new Map<number, { bucket: number; prefill: number[]; decode: number[] }>();
  for (const { bucket, prefill, decode } of all) {
    const sum = buckets.get(bucket);
    if (sum === undefined) {
      buckets.set(bucket, { bucket, prefill: prefill.slice(), decode: decode.slice() });
      continue;
    }
    for (let j = 0; j < prefill.length; j++) {
      sum.prefill[j]! += prefill[j]!;
      sum.decode[j]! += decode[j]!;
    }
  }
  return [...buckets.values()];
}

/**
 * Joules in every scenario of a share of the prefill and of the decode of some requests.
 * @param joules Where to write them, for a caller that needs many one after the other.
 */
export function scenarioJoules(
  pricer: Pricer,
  parts: readonly NodeJoules[],
  prefillShare = 1,
  decodeShare = 1,
  joules: Float64Array = new Float64Array(SCENARIOS),
): Float64Array {
  joules.fill(0);
  const { nodeOfScenario } = pricer;
  for (const { bucket, prefill, decode } of parts) {
    const { prefill: prefillFactor, decode: decodeFactor } = pricer.factors(bucket);
    for (let k = 0; k < SCENARIOS; k++) {
      const node = nodeOfScenario[k]!;
      const inPrefill = prefillShare * prefillFactor[k]! * prefill[node]!;
      joules[k] = joules[k]! + inPrefill + decodeShare * decodeFactor[k]! * decode[node]!;
    }
  }
  return joules;
}

/** Joules of the host, for the seconds of the replica that a request takes up. */
export const hostJoulesOf = ({ hostWattsPerGpu, gpus }: Assumptions, replicaSeconds: number): number =>
  hostWattsPerGpu * gpus * replicaSeconds;

/** An Energy whose interval is computed when somebody reads it; it serializes, spreads and compares like a plain object. */
export function energyFigure(pricer: Pricer, parts: EnergyParts, scenarios: () => Float64Array): Energy {
  const { prefillJoules, rereadJoules, decodeJoules, hostJoules } = parts;
  const joules = prefillJoules + rereadJoules + decodeJoules;
  const facilityJoules = (pricer.assumptions.pue - 1) * (joules + hostJoules);
  let interval: Interval90 | undefined;
  return {
    joules,
    get interval90() {
      return (interval ??= interval90(scenarios(), joules));
    },
    prefillJoules,
    rereadJoules,
    decodeJoules,
    hostJoules,
    facilityJoules,
  };
}

/** The Energy of a turn: it has `laterJoules` too, computed when somebody reads it. */
export function turnFigure(
  pricer: Pricer,
  parts: EnergyParts,
  laterJoules: () => number,
  scenarios: () => Float64Array,
): Energy {
  const { prefillJoules, rereadJoules, decodeJoules, hostJoules } = parts;
  const joules = prefillJoules + rereadJoules + decodeJoules;
  const facilityJoules = (pricer.assumptions.pue - 1) * (joules + hostJoules);
  let interval: Interval90 | undefined;
  let later: number | undefined;
  return {
    joules,
    get interval90() {
      return (interval ??= interval90(scenarios(), joules));
    },
    prefillJoules,
    rereadJoules,
    decodeJoules,
    get laterJoules() {
      return (later ??= laterJoules());
    },
    hostJoules,
    facilityJoules,
  };
}
