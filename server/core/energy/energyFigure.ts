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

/** Joules in every scenario: written to `joules` and returned, or an array that there is already. */
export type Scenarios = (joules: Float64Array) => Float64Array;

/** For one interval after the other: typed arrays of this size lie outside the heap, where making one takes longer. */
const scratch = new Float64Array(SCENARIOS);

/**
 * An Energy whose interval is computed when somebody reads it; it serializes like a plain object.
 *
 * A class, whose getters are made once. An object literal with getters gets new ones each time, and a hidden class of its
 * own that keeps all they hold alive until the whole heap is collected.
 */
class Figure implements Energy {
  readonly joules: number;
  readonly prefillJoules: number;
  readonly rereadJoules: number;
  readonly decodeJoules: number;
  readonly hostJoules: number;
  readonly facilityJoules: number;
  readonly #scenarios: Scenarios;
  #interval: Interval90 | undefined;

  constructor(pricer: Pricer, parts: EnergyParts, scenarios: Scenarios) {
    const { prefillJoules, rereadJoules, decodeJoules, hostJoules } = parts;
    this.joules = prefillJoules + rereadJoules + decodeJoules;
    this.prefillJoules = prefillJoules;
    this.rereadJoules = rereadJoules;
    this.decodeJoules = decodeJoules;
    this.hostJoules = hostJoules;
    this.facilityJoules = (pricer.assumptions.pue - 1) * (this.joules + hostJoules);
    this.#scenarios = scenarios;
  }

  get interval90(): Interval90 {
    return (this.#interval ??= interval90(this.#scenarios(scratch), this.joules));
  }

  toJSON(): Energy {
    return plainEnergy(this);
  }
}

/** The Energy of a turn: it has `laterJoules` too, computed when somebody reads it. */
class TurnFigure extends Figure {
  readonly #makeLater: () => number;
  #later: number | undefined;

  constructor(pricer: Pricer, parts: EnergyParts, laterJoules: () => number, scenarios: Scenarios) {
    super(pricer, parts, scenarios);
    this.#makeLater = laterJoules;
  }

  get laterJoules(): number {
    return (this.#later ??= this.#makeLater());
  }
}

/** The figures of an Energy as plain data, in the contract's order. */
export const plainEnergy = (energy: Energy): Energy => {
  const { joules, interval90, prefillJoules, rereadJoules, decodeJoules, laterJoules, hostJoules, facilityJoules } =
    energy;
  return laterJoules === undefined
    ? { joules, interval90, prefillJoules, rereadJoules, decodeJoules, hostJoules, facilityJoules }
    : { joules, interval90, prefillJoules, rereadJoules, decodeJoules, laterJoules, hostJoules, facilityJoules };
};

/**
 * An Energy of these parts.
 *
 * @param scenarios asked for when the interval is first read; they are not kept
 */
export const energyFigure = (pricer: Pricer, parts: EnergyParts, scenarios: Scenarios): Energy =>
  new Figure(pricer, parts, scenarios);

/** The Energy of a turn. */
export const turnFigure = (
  pricer: Pricer,
  parts: EnergyParts,
  laterJoules: () => number,
  scenarios: Scenarios,
): Energy => new TurnFigure(pricer, parts, laterJoules, scenarios);
