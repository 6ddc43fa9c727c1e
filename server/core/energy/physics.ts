/**
 * The energy equation: one request's share of prefill and decode, for a model, a deployment and coefficients.
 * One file per term in `terms/`; `step.ts` is one decode step. docs/method.md derives all of it.
 *
 * Units are bytes, FLOPs, seconds, joules, watts. All GPUs of the replica together unless a name says otherwise.
 */
import type { Architecture, GpuSpec } from './architecture.js';
import { COEFFICIENTS, type Coefficients } from './coefficients.js';
import { PhysicsError } from './physicsError.js';
import { buildStepModel, type StepForm, type StepModel } from './step.js';
import { attendedPairs, meanWindowedContext, meanWindowedSlope, sequenceBytes } from './terms/context.js';
import { expectedMaximum, replySpread } from './terms/replies.js';
import type { EngineId, PrecisionId } from './types.js';

export { PhysicsError } from './physicsError.js';

/** How the model is served, with every default filled in; batch is one number here. */
export interface Deployment {
  readonly gpu: GpuSpec;
  readonly gpus: number;
  readonly tp: number;
  readonly ep: number;
  readonly pp: number;
  readonly engine: EngineId;
  readonly precision: PrecisionId;
  /** Mean concurrent requests, >= 1; may be fractional. */
  readonly batch: number;
}

/** One request in tokens. `tokensCached` of the input come from the prefix cache. */
export interface RequestShape {
  readonly tokensIn: number;
  readonly tokensCached: number;
  readonly tokensOut: number;
}

/** This request's share, all GPUs of the replica together. */
export interface PhaseFigures {
  readonly joules: number;
  /** Wall seconds of the phase as this request sees it. */
  readonly seconds: number;
  /** Seconds of the replica that this request takes up: what its host watts and idle watts are due for. */
  readonly replicaSeconds: number;
}

/** What one more token costs, in joules of this request's share. */
export interface PhaseSlopes {
  /** Prefill joules per token that is in the context and cached. */
  readonly prefillPerCachedToken: number;
  /** Prefill joules per token that is in the context and computed. */
  readonly prefillPerNewToken: number;
  /** Decode joules per token of context before the reply. */
  readonly decodePerContextToken: number;
}

/** A model on a deployment, ready for many requests. */
export interface PreparedModel {
  /** @throws PhysicsError for a negative or non-finite token count, or a sequence that does not fit. */
  prefill(shape: RequestShape): PhaseFigures;
  /** @throws PhysicsError as `prefill`. */
  decode(shape: RequestShape): PhaseFigures;
  slopes(shape: RequestShape): PhaseSlopes;
  /** Requests that run together at this shape: the deployment's batch, or less where the KV cache does not hold it. */
  effectiveBatch(shape: RequestShape): number;
  /** What the reader should know about this deployment and shape, one sentence each. */
  warnings(shape: RequestShape): string[];
}

const NOTHING: PhaseFigures = { joules: 0, seconds: 0, replicaSeconds: 0 };
/** Standard deviation over mean of prompt lengths in a static batch: 571 / 1190 tokens (published conversations). */
const STATIC_PROMPT_DEVIATION = 0.48;
/** The same of replies: 33.5 / 52.3 tokens. */
const STATIC_REPLY_DEVIATION = 0.64;

/**
 * Precomputes everything that does not depend on the request.
 * @throws PhysicsError when the weights do not fit the GPUs' memory or a deployment field is not a number of at least 1.
 */
export function prepare(arch: Architecture, dep: Deployment, coefs: Coefficients = COEFFICIENTS): PreparedModel {
  checkDeployment(dep);
  const model = stepModelOf(arch, dep, coefs);
  const { groups, engine } = model;
  const wanted = model.stepForm(dep.batch);

  const effectiveBatch = (shape: RequestShape): number => {
    const whole = sequenceBytes(groups, model.stateBytes, shape.tokensIn + shape.tokensOut);
    if (whole > model.cacheBytes) throw tooLong(arch, dep, shape, whole, model.cacheBytes);
    const resident = sequenceBytes(groups, model.stateBytes, shape.tokensIn + span(shape.tokensOut, dep.batch) / 2);
    return resident * dep.batch <= model.cacheBytes ? dep.batch : Math.max(1, model.cacheBytes / resident);
  };
  // Requests that the KV cache clamps differ in batch from one to the next, but ask for it several times each.
  let clamped: StepForm | undefined;
  const formFor = (batch: number): StepForm => {
    if (batch === dep.batch) return wanted;
    return clamped?.batch === batch ? clamped : (clamped = model.stepForm(batch));
  };

  // Tokens over which a reply's mean context is taken. Under continuous batching the long replies of the company stay
  // longer, so the mean context exceeds half of the mean reply; a static batch runs until its longest reply ends.
  const span = (tokensOut: number, batch: number): number =>
    tokensOut *
    (engine.continuousBatching
      ? 1 + replySpread(tokensOut) * (1 - 1 / batch)
      : 1 + STATIC_REPLY_DEVIATION * expectedMaximum(batch));
  const promptPadding = (batch: number): number =>
    engine.continuousBatching ? 1 : 1 + STATIC_PROMPT_DEVIATION * expectedMaximum(batch);

  const prefill = (shape: RequestShape): PhaseFigures => {
    checkShape(shape);
    if (shape.tokensIn === 0) return NOTHING;
    const batch = effectiveBatch(shape);
    const terms = prefillTerms(model, formFor(batch), shape, promptPadding(batch));
    const phase = model.run(terms.seconds, terms.dynamicJoules);
    return {
      joules: phase.joules,
      seconds: phase.seconds + engine.timeFactor * terms.waitSeconds,
      replicaSeconds: phase.seconds,
    };
  };

  /** One decode step of the batch at the reply's mean context, and its slopes per context token. */
  const step = (shape: RequestShape, form: StepForm) => {
    const length = span(shape.tokensOut, form.batch);
    const before = shape.tokensIn * promptPadding(form.batch);
    let seconds = form.seconds;
    let dynamic = form.dynamicJoules;
    let secondsSlope = 0;
    let joulesSlope = 0;
    for (let i = 0; i < groups.length; i++) {
      const window = groups[i]!.windowTokens;
      const context = meanWindowedContext(before, length, window);
      const slope = meanWindowedSlope(before, length, window);
      seconds += context * form.secondsPerContext[i]!;
      dynamic += context * form.joulesPerContext[i]!;
      secondsSlope += slope * form.secondsPerContext[i]!;
      joulesSlope += slope * form.joulesPerContext[i]!;
    }
    // A static batch steps on until its longest reply ends.
    const steps = engine.continuousBatching ? shape.tokensOut : length;
    return { seconds: model.withLaunch(seconds), dynamic, secondsSlope, joulesSlope, steps };
  };

  const decode = (shape: RequestShape): PhaseFigures => {
    checkShape(shape);
    if (shape.tokensOut === 0) return NOTHING;
    const form = formFor(effectiveBatch(shape));
    const { seconds, dynamic, steps } = step(shape, form);
    const one = model.run(seconds, dynamic);
    const wall = steps * one.seconds;
    return { joules: (steps * one.joules) / form.batch, seconds: wall, replicaSeconds: wall / form.batch };
  };

  const slopes = (shape: RequestShape): PhaseSlopes => {
    checkShape(shape);
    const form = formFor(effectiveBatch(shape));
    const { seconds, dynamic, secondsSlope, joulesSlope, steps } = step(shape, form);
    const stepSlope = model.runSlope(seconds, dynamic, secondsSlope, joulesSlope);
    if (shape.tokensIn === 0)
      return {
        prefillPerCachedToken: 0,
        prefillPerNewToken: 0,
        decodePerContextToken: (steps * stepSlope) / form.batch,
      };
    // Prefill slopes by a difference of one token, exact enough for a quadratic, and right across window edges.
    const here = prefill(shape).joules;
    const cached = prefill({ ...shape, tokensIn: shape.tokensIn + 1, tokensCached: shape.tokensCached + 1 }).joules;
    const fresh = prefill({ ...shape, tokensIn: shape.tokensIn + 1 }).joules;
    return {
      prefillPerCachedToken: cached - here,
      prefillPerNewToken: fresh - here,
      decodePerContextToken: (steps * stepSlope) / form.batch,
    };
  };

  const warnings = (shape: RequestShape): string[] => {
    checkShape(shape);
    const batch = effectiveBatch(shape);
    const tokens = shape.tokensIn + shape.tokensOut;
    const list: string[] = [];
    if (batch < dep.batch) {
      list.push(
        `batch ${round(dep.batch)} exceeds the KV cache: ${round(batch)} sequences of this length fit beside the weights, and that is used`,
      );
    }
    if (arch.maxContextTokens !== null && tokens > arch.maxContextTokens) {
      list.push(`${tokens} tokens exceed the model's context of ${arch.maxContextTokens}`);
    }
    return list;
  };

  return { prefill, decode, slopes, effectiveBatch, warnings };
}

/** What a step model was made for. It does not depend on the batch. */
interface MadeStepModel {
  readonly dep: Deployment;
  readonly coefs: Coefficients;
  readonly model: StepModel;
}

/** The last step model of each architecture: intervals and rows ask for the same one at many batches in a row. */
const lastStepModel = new WeakMap<Architecture, MadeStepModel>();

function stepModelOf(arch: Architecture, dep: Deployment, coefs: Coefficients): StepModel {
  const last = lastStepModel.get(arch);
  if (last !== undefined && last.coefs === coefs && differOnlyInBatch(last.dep, dep)) return last.model;
  const model = buildStepModel(arch, dep, coefs);
  lastStepModel.set(arch, { dep, coefs, model });
  return model;
}

const differOnlyInBatch = (a: Deployment, b: Deployment): boolean =>
  a.gpu === b.gpu &&
  a.gpus === b.gpus &&
  a.tp === b.tp &&
  a.ep === b.ep &&
  a.pp === b.pp &&
  a.engine === b.engine &&
  a.precision === b.precision;

/** One request under one deployment, with warnings. For many requests, `prepare` once. @throws as `prepare` does. */
export function evaluateRequest(
  arch: Architecture,
  dep: Deployment,
  shape: RequestShape,
  coefs: Coefficients = COEFFICIENTS,
): { prefill: PhaseFigures; decode: PhaseFigures; warnings: string[] } {
  const model = prepare(arch, dep, coefs);
  return { prefill: model.prefill(shape), decode: model.decode(shape), warnings: model.warnings(shape) };
}

/** Seconds and dynamic joules of one prompt, as this request's share; `waitSeconds` is waiting that others pay for. */
function prefillTerms(model: StepModel, form: StepForm, shape: RequestShape, padding: number) {
  const tokens = (shape.tokensIn - shape.tokensCached) * padding;
  const from = shape.tokensCached;
  let flops = 2 * (model.bodyParams * tokens + model.headParams); // the output head runs for the last position alone
  for (const q of model.groups) flops += q.flopsPerPair * attendedPairs(from, from + tokens, q.windowTokens);
  const cachedBytes = sequenceBytes(model.groups, 0, from);
  const scan = model.recurrentPrefill;
  const compute = flops * model.prefillFlopSeconds + cachedBytes * model.kvSecondsPerByte + scan.seconds;
  const own = flops * model.prefillFlopJoules + cachedBytes * model.kvJoulesPerByte + scan.joules;

  const batch = form.batch;
  if (batch > 1 && model.engine.chunkedPrefill) {
    // The prompt rides on decode steps: launches and weights are shared by the batch, an assumed share; only experts
    // that the batch would not have read are this request's own.
    const extra = model.weightTerm(batch + tokens, true);
    const seconds = compute + (model.launchSeconds + form.weightSeconds) / batch + extra.seconds - form.expertSeconds;
    const joules = own + form.weightJoules / batch + extra.joules - form.expertJoules;
    return {
      seconds,
      dynamicJoules: joules,
      waitSeconds: (model.launchSeconds + form.weightSeconds) * (1 - 1 / batch),
    };
  }
  // A step of its own, shared by the prompts that arrive within it (all of a static batch).
  const together = model.engine.continuousBatching
    ? Math.max(1, shape.tokensOut > 0 ? batch / shape.tokensOut : 1)
    : batch;
  const weights = model.weightTerm(tokens * together, false);
  const launch = (model.launchSeconds * model.engine.prefillLaunchFactor) / together;
  const work = Math.max(compute, weights.seconds / together);
  return {
    seconds: model.engine.launchOverlaps ? Math.max(launch, work) : launch + work,
    dynamicJoules: own + weights.joules / together,
    waitSeconds: (together - 1) * (launch + work),
  };
}

function checkDeployment(dep: Deployment): void {
  for (const field of ['gpus', 'tp', 'ep', 'pp', 'batch'] as const) {
    const value = dep[field];
    if (!Number.isFinite(value) || value < 1) {
      throw new PhysicsError(field, `${field} must be a number of at least 1, got ${value}`);
    }
  }
}

function checkShape(shape: RequestShape): void {
  const check = (field: string, value: number): void => {
    if (!Number.isFinite(value) || value < 0) {
      throw new PhysicsError(field, `${field} must be a number of tokens >= 0, got ${value}`);
    }
  };
  check('in', shape.tokensIn);
  check('cached', shape.tokensCached);
  check('out', shape.tokensOut);
  if (shape.tokensCached > shape.tokensIn) {
    throw new PhysicsError('cached', `cached (${shape.tokensCached}) cannot exceed in (${shape.tokensIn})`);
  }
}

function tooLong(arch: Architecture, dep: Deployment, shape: RequestShape, bytes: number, room: number): PhysicsError {
  const tokens = shape.tokensIn + shape.tokensOut;
  return new PhysicsError(
    'gpus',
    `${arch.id}: one sequence of ${tokens} tokens needs ${gigabytes(bytes)} of KV cache, but ${dep.gpus} x ${dep.gpu.title} ` +
      `have ${gigabytes(room)} beside the weights: set gpus higher or shorten the request`,
  );
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e10 ? 2 : 0)} GB`;
const round = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
