/**
 * The fixed set of scenarios that intervals are quantiles of: batch, model and engine error, and size of a closed model
 * are common to everything in a conversation; the length of a reply to come is one more dimension.
 *
 * The set is a Kronecker (R-)sequence: equal weights, no randomness, the same on every machine.
 */
import { normalQuantile } from './errorModel.js';
import type { Batch } from './types.js';

/** Scenarios in the set. */
export const SCENARIOS = 128;

/** Batches that a range is figured at: middles of equal shares of its logarithm. */
const BATCH_NODES = 12;

/** Dimensions of the sequence: batch, common error, prefill error, size, reply length. */
const DIMENSIONS = 5;

/** Equal-weight points in (0, 1), one array per dimension. */
export interface ScenarioSet {
  /** Which batch node each scenario has, where the batch is a range. */
  readonly batchNode: Uint8Array;
  readonly errorAt: Float64Array;
  /** Standard normal deviate of the error of prefill alone. */
  readonly prefillDeviate: Float64Array;
  readonly sizeAt: Float64Array;
  readonly lengthAt: Float64Array;
  /** Standard normal deviate at `lengthAt`. */
  readonly lengthDeviate: Float64Array;
}

/** Positive root of x^(d+1) = x + 1: its powers make the sequence even in d dimensions (Roberts 2018). */
function generator(dimensions: number): number {
  let root = 2;
  for (let i = 0; i < 40; i++) root = Math.pow(1 + root, 1 / (dimensions + 1));
  return root;
}

function sequence(dimension: number): Float64Array {
  const step = Math.pow(generator(DIMENSIONS), -(dimension + 1));
  const raw = Float64Array.from({ length: SCENARIOS }, (_, k) => (0.5 + step * (k + 1)) % 1);
  // Ranks instead of values: every margin is then exactly even.
  const order = [...raw.keys()].sort((a, b) => raw[a]! - raw[b]!);
  const even = new Float64Array(SCENARIOS);
  order.forEach((k, rank) => (even[k] = (rank + 0.5) / SCENARIOS));
  return even;
}

/** The one set, made once. */
export const SCENARIO_SET: ScenarioSet = {
  batchNode: Uint8Array.from(sequence(0), (u) => Math.floor(u * BATCH_NODES)),
  errorAt: sequence(1),
  prefillDeviate: sequence(2).map((u) => normalQuantile(u)),
  sizeAt: sequence(3),
  lengthAt: sequence(4),
  lengthDeviate: sequence(4).map((u) => normalQuantile(u)),
};

/** Batches of a range at the middles of equal shares of its logarithm; one node for a number. */
export function batchNodes(batch: Batch): number[] {
  if (typeof batch === 'number' || batch[0] === batch[1]) return [typeof batch === 'number' ? batch : batch[0]];
  const [lo, hi] = batch;
  return Array.from({ length: BATCH_NODES }, (_, i) => lo * Math.pow(hi / lo, (i + 0.5) / BATCH_NODES));
}

/** Factor of a closed model's size at probability `u`: 1 in the middle, the range's ends at 0.05 and 0.95. */
export function sizeFactorAt(range: readonly [number, number] | null, u: number): number {
  if (range === null) return 1;
  const deviate = normalQuantile(u) / 1.6449;
  return deviate < 0 ? Math.pow(range[0], -deviate) : Math.pow(range[1], deviate);
}
