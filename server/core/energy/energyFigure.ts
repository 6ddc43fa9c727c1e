/** One Energy: its parts as points, its interval computed when somebody reads it. */
import { interval90 } from './intervals.js';
import type { Pricer } from './pricer.js';
import { SCENARIOS } from './scenarios.js';
import type { Energy, Interval90 } from './types.js';

/** GPU joules of each part at the central scenario, and the host's. */
export interface EnergyParts {
  readonly prefillJoules: number;
  readonly rereadJoules: number;
  readonly decodeJoules: number;
  readonly hostJoules: number;
}

/** Joules of prefill (re-reading included) and decode at every batch node, apart by error bucket. */
export interface NodeSums {
  readonly buckets: Map<number, { readonly prefill: Float64Array; readonly decode: Float64Array }>;
  /** The bucket's sums, made at zero. */
  bucket(id: number): { readonly prefill: Float64Array; readonly decode: Float64Array };
}

export function newSums(nodes: number): NodeSums {
  const buckets: NodeSums['buckets'] = new Map();
  return {
    buckets,
    bucket: (id) => {
      let sums = buckets.get(id);
      if (sums === undefined) {
        sums = { prefill: new Float64Array(nodes), decode: new Float64Array(nodes) };
        buckets.set(id, sums);
      }
      return sums;
    },
  };
}

/** Adds `from` to `to`. */
export function addSums(to: NodeSums, from: NodeSums): void {
  for (const [id, sums] of from.buckets) {
    const target = to.bucket(id);
    for (let j = 0; j < sums.prefill.length; j++) {
      target.prefill[j]! += sums.prefill[j]!;
      target.decode[j]! += sums.decode[j]!;
    }
  }
}

/** A share of some sums: a turn has part of its request's prefill, and all of its decode or none. */
export interface SumShare {
  readonly sums: NodeSums;
  readonly prefillShare: number;
  readonly decodeShare: number;
}

/** Joules in every scenario. */
export function scenarioJoules(pricer: Pricer, shares: readonly SumShare[]): Float64Array {
  const joules = new Float64Array(SCENARIOS);
  for (const { sums, prefillShare, decodeShare } of shares) {
    for (const [bucket, { prefill, decode }] of sums.buckets) {
      const factors = pricer.factors(bucket);
      for (let k = 0; k < SCENARIOS; k++) {
        const node = pricer.nodeOfScenario[k]!;
        joules[k]! +=
          prefillShare * factors.prefill[k]! * prefill[node]! + decodeShare * factors.decode[k]! * decode[node]!;
      }
    }
  }
  return joules;
}

/** An Energy with a lazy interval; it serializes, spreads and compares like a plain object. */
export function energyFigure(
  pricer: Pricer,
  parts: EnergyParts,
  shares: readonly SumShare[] | (() => Float64Array),
  laterJoules?: number,
): Energy {
  const joules = parts.prefillJoules + parts.rereadJoules + parts.decodeJoules;
  let interval: Interval90 | undefined;
  return {
    joules,
    get interval90() {
      interval ??= interval90(typeof shares === 'function' ? shares() : scenarioJoules(pricer, shares), joules);
      return interval;
    },
    prefillJoules: parts.prefillJoules,
    rereadJoules: parts.rereadJoules,
    decodeJoules: parts.decodeJoules,
    ...(laterJoules === undefined ? {} : { laterJoules }),
    hostJoules: parts.hostJoules,
    facilityJoules: (pricer.assumptions.pue - 1) * (joules + parts.hostJoules),
  };
}
