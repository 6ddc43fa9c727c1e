/** A model on a deployment, ready to price many requests: the central case, every batch node, and the error factors. */
import { deploymentOf, centralBatch } from './assumptions.js';
import { calibratedModel, measuredContext } from './calibrated.js';
import type { ResolvedModel } from './catalogue.js';
import { COEFFICIENTS, type Coefficients } from './coefficients.js';
import { errorModel, standardQuantile, type ErrorModel } from './errorModel.js';
import { prepare, type Deployment, type PreparedModel, type RequestShape } from './physics.js';
import { batchNodes, SCENARIO_SET, SCENARIOS, sizeFactorAt } from './scenarios.js';
import type { Assumptions } from './types.js';

/** Factors on the predicted joules, one per scenario; both contain the common error. */
export interface ErrorFactors {
  readonly prefill: Float64Array;
  readonly decode: Float64Array;
}

export interface Pricer {
  readonly assumptions: Assumptions;
  readonly model: ResolvedModel;
  /** Median parameters at the central batch: what points are figured at. */
  readonly central: PreparedModel;
  /** One per batch node. */
  readonly nodes: readonly PreparedModel[];
  /** The node of each scenario. */
  readonly nodeOfScenario: Uint8Array;
  /** Requests of one bucket share their error factors: the error grows with very long contexts. */
  bucketOf(shape: RequestShape): number;
  factors(bucket: number): ErrorFactors;
  /** In a word why the interval is as wide as it is. */
  confidence(shape: RequestShape): string;
}

/** Up to here the error does not depend on the context; beyond, it is taken per half octave. */
const CALIBRATED_CONTEXT = 16_384;
const MOST_BUCKETS = 8;
/** With a calibration, which may be of short contexts alone. */
const MOST_CALIBRATED_BUCKETS = 40;

/** @throws PhysicsError when the weights do not fit the GPUs, naming the field. */
export function createPricer(
  assumptions: Assumptions,
  model: ResolvedModel,
  coefs: Coefficients = COEFFICIENTS,
): Pricer {
  const { arch } = model;
  const { calibration } = assumptions;
  const prepared = (deployment: Deployment): PreparedModel => {
    const made = prepare(arch, deployment, coefs);
    return calibration === undefined ? made : calibratedModel(made, calibration, deployment.batch);
  };
  const buckets =
    calibration === undefined ? GENERAL_BUCKETS : contextBuckets(measuredContext(calibration), MOST_CALIBRATED_BUCKETS);
  const middle = deploymentOf(assumptions, centralBatch(assumptions.batch));
  const deployments = batchNodes(assumptions.batch).map((batch) => ({ ...middle, batch }));
  const central = prepared(middle);
  const nodes =
    deployments.length === 1 && deployments[0]!.batch === middle.batch ? [central] : deployments.map(prepared);
  const nodeOfScenario = nodes.length === 1 ? FIRST_NODE : SCENARIO_SET.batchNode;
  // Measurements of a closed model say more than the guess of its size.
  const sizeFactor = calibration === undefined ? model.sizeFactor : null;
  const cache = new Map<number, ErrorFactors>();

  const makeFactors = (bucket: number): ErrorFactors => {
    const shape = { tokensIn: buckets.contextOf(bucket), tokensCached: 0, tokensOut: 0 };
    const errors = deployments.map((deployment) => errorModel(arch, deployment, shape, coefs, calibration));
    const deviates = deviatesOf(coefs.error.tailDegrees);
    if (errors.length === 1 && sizeFactor === null) return factorsOfOne(errors[0]!, deviates);
    const decode = new Float64Array(SCENARIOS);
    const prefill = new Float64Array(SCENARIOS);
    for (let k = 0; k < SCENARIOS; k++) {
      const { logSigma, prefillLogSigma } = errors[nodeOfScenario[k]!]!;
      const size = sizeFactorAt(sizeFactor, SCENARIO_SET.sizeAt[k]!);
      decode[k] = Math.exp(logSigma * deviates[k]!) * size;
      prefill[k] = decode[k]! * Math.exp(prefillLogSigma * SCENARIO_SET.prefillDeviate[k]!);
    }
    return { prefill, decode };
  };

  return {
    assumptions,
    model,
    central,
    nodes,
    nodeOfScenario,
    bucketOf: (shape) => buckets.bucketOf(shape.tokensIn + shape.tokensOut),
    factors: (bucket) => {
      let made = cache.get(bucket);
      if (made === undefined) cache.set(bucket, (made = makeFactors(bucket)));
      return made;
    },
    confidence: (shape) =>
      confidenceOf(assumptions, model, errorModel(arch, middle, shape, coefs, calibration).confidence),
  };
}

const FIRST_NODE = new Uint8Array(SCENARIOS);

/** Deviates of the common error by tail shape: quantiles are costly, and their shape is the same for every width. */
const deviateTables = new Map<number, Float64Array>();

/**
 * The error's quantile at each scenario in units of its sigma: factor = exp(sigma x deviate). Not worked out from one
 * error's own width: a figure must not depend, in its last digit, on what was priced before.
 */
function deviatesOf(tailDegrees: number): Float64Array {
  let made = deviateTables.get(tailDegrees);
  if (made === undefined) {
    made = SCENARIO_SET.errorAt.map((u) => standardQuantile(u, tailDegrees));
    deviateTables.set(tailDegrees, made);
  }
  return made;
}

/** Factors of the deviates that a table is for, by the two widths that they depend on. */
const factorTables = new WeakMap<Float64Array, Map<string, ErrorFactors>>();
const MOST_TABLES = 512;

/** Factors where the batch is one number and the size is known: many models and batches share their widths. */
function factorsOfOne({ logSigma, prefillLogSigma }: ErrorModel, deviates: Float64Array): ErrorFactors {
  let tables = factorTables.get(deviates);
  if (tables === undefined) factorTables.set(deviates, (tables = new Map()));
  const key = `${logSigma} ${prefillLogSigma}`;
  const known = tables.get(key);
  if (known !== undefined) return known;
  const decode = deviates.map((deviate) => Math.exp(logSigma * deviate));
  const prefill = decode.map((factor, k) => factor * Math.exp(prefillLogSigma * SCENARIO_SET.prefillDeviate[k]!));
  const made: ErrorFactors = { prefill, decode };
  if (tables.size >= MOST_TABLES) tables.clear();
  tables.set(key, made);
  return made;
}

/** Contexts per half octave beyond a length up to which the error does not depend on it. */
function contextBuckets(calibrated: number, most: number) {
  return {
    bucketOf: (contextTokens: number): number =>
      contextTokens <= calibrated ? 0 : Math.min(most, Math.ceil(2 * Math.log2(contextTokens / calibrated))),
    /** The longest context of a bucket: its error holds for all of it. */
    contextOf: (bucket: number): number => (bucket === 0 ? 0 : calibrated * 2 ** (bucket / 2)),
  };
}

const GENERAL_BUCKETS = contextBuckets(CALIBRATED_CONTEXT, MOST_BUCKETS);

function confidenceOf({ batch }: Assumptions, model: ResolvedModel, ofError: string): string {
  const size = model.closed ? 'guessed size; ' : '';
  if (typeof batch === 'number' || batch[0] === batch[1]) return size + ofError;
  return `${size}batch unknown, ${batch[0]} to ${batch[1]}; ${ofError}`;
}
