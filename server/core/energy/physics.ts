/**
 * The energy equation: one request's share of prefill and decode, for a model, a deployment and coefficients.
 * One file per term in `terms/`; this one puts them together. docs/method.md derives it.
 *
 * Units are bytes, FLOPs, seconds, joules, watts. All GPUs of the replica together unless a name says otherwise.
 */
import type { Architecture, GpuSpec } from './architecture.js';
import { COEFFICIENTS, type BaseCoefficients, type Coefficients } from './coefficients.js';
import {
  attendedPairs,
  contextGroups,
  meanWindowedContext,
  meanWindowedSlope,
  recurrentStateBytes,
  sequenceBytes,
} from './terms/context.js';
import { busiestRankRatio, expertCoverage } from './terms/experts.js';
import { peakFlops, weightBytes, WEIGHT_FORMATS } from './terms/precision.js';
import type { EngineId, PrecisionId } from './types.js';

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
  prefill(shape: RequestShape): PhaseFigures;
  decode(shape: RequestShape): PhaseFigures;
  slopes(shape: RequestShape): PhaseSlopes;
  /** Requests that run together at this shape: the deployment's batch, or less where the KV cache does not hold it. */
  effectiveBatch(shape: RequestShape): number;
  /** What the reader should know about this deployment and shape, one sentence each. */
  warnings(shape: RequestShape): string[];
}

/** Weights and one sequence do not fit, or a number is not a possible one. The message names the field and the remedy. */
export class PhysicsError extends Error {
  /** @param field The field of the deployment or the shape at fault. */
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
    this.name = 'PhysicsError';
  }
}

const H100_TDP_WATTS = 700;
const H100_BF16_FLOPS = 989e12;

/** One decode step, linear in the mean windowed context of each attention group. */
interface StepForm {
  readonly batch: number;
  readonly seconds: number;
  readonly dynamicJoules: number;
  /** Per group: added per token of mean context, whole batch. */
  readonly secondsPerContext: readonly number[];
  readonly joulesPerContext: readonly number[];
}

/**
 * Precomputes everything that does not depend on the request.
 * @throws PhysicsError when the weights do not fit the GPUs' memory or a deployment field is not a positive number.
 */
export function prepare(arch: Architecture, dep: Deployment, coefs: Coefficients = COEFFICIENTS): PreparedModel {
  checkDeployment(dep);
  const engine = coefs.engines[dep.engine];
  const base: BaseCoefficients = { ...coefs.base, ...engine.own };
  const format = WEIGHT_FORMATS[dep.precision];
  const factors = coefs.precisions[dep.precision];
  const g = dep.gpus;
  const gpu = dep.gpu;

  const staticWatts = g * base.staticWatts * (gpu.tdpWatts / H100_TDP_WATTS);
  const capWatts = Math.max(g * base.capFraction * gpu.tdpWatts, staticWatts * 1.02);
  // Joules per FLOP follow a GPU's own TDP over its peak; bytes cost the same everywhere (same memory family).
  const flopScale = gpu.tdpWatts / gpu.peakFlopsPerSecond.bf16 / (H100_TDP_WATTS / H100_BF16_FLOPS);
  const flopJoules = base.flopJoules * flopScale * factors.flopJoulesFactor;
  const prefillFlopJoules = base.prefillFlopJoules * flopScale * factors.flopJoulesFactor;
  const peak = g * peakFlops(gpu, format.compute) * factors.flopEfficiencyFactor;
  const bandwidth = g * gpu.bandwidthBytesPerSecond;

  const weights = weightBytes(arch, dep.precision);
  const groups = contextGroups(arch, format.bytesPerActivation);
  const stateBytes = recurrentStateBytes(arch);
  const memoryBytes = base.memoryFraction * g * gpu.vramGiB * 2 ** 30;
  const cacheBytes = memoryBytes - weights.stored;
  if (cacheBytes <= 0) {
    throw new PhysicsError(
      'gpus',
      `${arch.id}: weights of ${gigabytes(weights.stored)} in ${dep.precision} do not fit ${g} x ${gpu.title} ` +
        `(${gigabytes(memoryBytes)} usable): set gpus higher or choose a smaller precision`,
    );
  }

  const isMoe = arch.expertParams > 0 && arch.experts > 0;
  const ranks = Math.max(1, dep.ep);
  const launchSeconds =
    arch.layers * (base.layerSeconds + factors.layerSeconds + (g > 1 ? base.collectiveSeconds : 0)) +
    arch.moeLayers * base.expertLayerSeconds;

  /** Seconds and joules of reading the weights once for `tokens` tokens. */
  const weightTerm = (tokens: number): { seconds: number; joules: number } => {
    const read = weights.experts * expertCoverage(arch.experts, arch.expertsPerToken, tokens);
    const imbalance = isMoe ? busiestRankRatio(ranks, (read / weights.experts) * arch.experts) : 1;
    return {
      seconds:
        weights.shared / (bandwidth * base.weightBandwidthEfficiency * factors.bandwidthFactor) +
        (imbalance * read) / (bandwidth * base.expertBandwidthEfficiency * factors.bandwidthFactor),
      joules: base.weightJoulesPerByte * weights.shared + base.expertJoulesPerByte * read,
    };
  };

  const sharedFlops = 2 * arch.sharedReadParams;
  const expertFlops = Math.max(0, 2 * arch.activeParams - sharedFlops);

  const stepForm = (batch: number): StepForm => {
    const w = weightTerm(batch);
    const perSequenceSeconds =
      base.sequenceSeconds +
      sharedFlops / (peak * base.flopEfficiency) +
      expertFlops / (peak * base.expertFlopEfficiency) +
      (2 * stateBytes) / (bandwidth * base.stateBandwidthEfficiency);
    const perSequenceJoules = 2 * arch.activeParams * flopJoules + 2 * stateBytes * base.stateJoulesPerByte;
    return {
      batch,
      seconds: launchSeconds + w.seconds + batch * perSequenceSeconds,
      dynamicJoules: w.joules + batch * perSequenceJoules,
      secondsPerContext: groups.map(
        (q) =>
          batch *
          (q.kvBytesPerToken / (bandwidth * base.kvBandwidthEfficiency) +
            q.flopsPerPair / (peak * base.flopEfficiency)),
      ),
      joulesPerContext: groups.map(
        (q) => batch * (q.kvBytesPerToken * base.kvJoulesPerByte + q.flopsPerPair * flopJoules),
      ),
    };
  };
  const wanted = stepForm(dep.batch);

  // Replies that run together differ in length, and the long ones stay longer: a token's mean context is longer than
  // half of the mean reply. Alone (batch 1) and in static batches there is no such company.
  const spread = engine.continuousBatching ? base.replySpread : 0;
  const stretched = (tokensOut: number, batch: number): number => tokensOut * (1 + spread * (1 - 1 / batch));

  const effectiveBatch = (shape: RequestShape): number => {
    const whole = sequenceBytes(groups, stateBytes, shape.tokensIn + shape.tokensOut);
    if (whole > cacheBytes) {
      throw new PhysicsError(
        'in',
        `${arch.id}: one sequence of ${shape.tokensIn + shape.tokensOut} tokens needs ${gigabytes(whole)} of KV cache, ` +
          `${g} x ${gpu.title} have ${gigabytes(cacheBytes)} beside the weights: set gpus higher or shorten the request`,
      );
    }
    const resident = sequenceBytes(groups, stateBytes, shape.tokensIn + stretched(shape.tokensOut, dep.batch) / 2);
    return resident * dep.batch <= cacheBytes ? dep.batch : Math.max(1, cacheBytes / resident);
  };
  const formFor = (shape: RequestShape): StepForm => {
    const batch = effectiveBatch(shape);
    return batch === dep.batch ? wanted : stepForm(batch);
  };
  const run = (seconds: number, dynamicJoules: number): { joules: number; seconds: number } => {
    // The cap lengthens time: no more than capWatts - staticWatts of dynamic power.
    const capped = Math.max(seconds, dynamicJoules / (capWatts - staticWatts));
    return {
      joules: engine.energyFactor * (staticWatts * capped + dynamicJoules),
      seconds: engine.timeFactor * capped,
    };
  };

  const prefillTerms = (shape: RequestShape, batch: number) => {
    const tokens = shape.tokensIn - shape.tokensCached;
    const pairs = (from: number, to: number): number =>
      groups.reduce((sum, q) => sum + q.flopsPerPair * attendedPairs(from, to, q.windowTokens), 0);
    // The output head runs for the last position alone.
    const headParams = Math.min(arch.vocabularySize * arch.hiddenSize, arch.sharedReadParams);
    const flops =
      2 * ((arch.activeParams - headParams) * tokens + headParams) + pairs(shape.tokensCached, shape.tokensIn);
    const cachedBytes = sequenceBytes(groups, 0, shape.tokensCached);
    const w = weightTerm(tokens);
    const computeSeconds =
      flops / (peak * base.prefillFlopEfficiency) + cachedBytes / (bandwidth * base.kvBandwidthEfficiency);
    const ownJoules = flops * prefillFlopJoules + cachedBytes * base.kvJoulesPerByte;
    if (batch <= 1) {
      return {
        seconds: launchSeconds + Math.max(computeSeconds, w.seconds),
        dynamicJoules: ownJoules + w.joules,
        wait: 0,
      };
    }
    // Chunked prefill rides on decode steps: launches and weights are shared by the batch. This share is assumed.
    return {
      seconds: computeSeconds + (launchSeconds + w.seconds) / batch,
      dynamicJoules: ownJoules + w.joules / batch,
      wait: (launchSeconds + w.seconds) * (1 - 1 / batch),
    };
  };

  const prefill = (shape: RequestShape): PhaseFigures => {
    checkShape(shape);
    if (shape.tokensIn === 0) return { joules: 0, seconds: 0, replicaSeconds: 0 };
    const terms = prefillTerms(shape, effectiveBatch(shape));
    const phase = run(terms.seconds, terms.dynamicJoules);
    return {
      joules: phase.joules,
      seconds: phase.seconds + engine.timeFactor * terms.wait,
      replicaSeconds: phase.seconds,
    };
  };

  const decode = (shape: RequestShape): PhaseFigures => {
    checkShape(shape);
    if (shape.tokensOut === 0) return { joules: 0, seconds: 0, replicaSeconds: 0 };
    const form = formFor(shape);
    const length = stretched(shape.tokensOut, form.batch);
    let seconds = form.seconds;
    let dynamic = form.dynamicJoules;
    for (let i = 0; i < groups.length; i++) {
      const context = meanWindowedContext(shape.tokensIn, length, groups[i]!.windowTokens);
      seconds += context * form.secondsPerContext[i]!;
      dynamic += context * form.joulesPerContext[i]!;
    }
    const step = run(seconds, dynamic);
    const wall = shape.tokensOut * step.seconds;
    return { joules: (shape.tokensOut * step.joules) / form.batch, seconds: wall, replicaSeconds: wall / form.batch };
  };

  const slopes = (shape: RequestShape): PhaseSlopes => {
    checkShape(shape);
    const form = formFor(shape);
    const length = stretched(shape.tokensOut, form.batch);
    let seconds = form.seconds;
    let dynamic = form.dynamicJoules;
    let secondsSlope = 0;
    let joulesSlope = 0;
    for (let i = 0; i < groups.length; i++) {
      const context = meanWindowedContext(shape.tokensIn, length, groups[i]!.windowTokens);
      const slope = meanWindowedSlope(shape.tokensIn, length, groups[i]!.windowTokens);
      seconds += context * form.secondsPerContext[i]!;
      dynamic += context * form.joulesPerContext[i]!;
      secondsSlope += slope * form.secondsPerContext[i]!;
      joulesSlope += slope * form.joulesPerContext[i]!;
    }
    const head = capWatts - staticWatts;
    const isCapped = dynamic / head > seconds;
    const stepSlope = staticWatts * (isCapped ? joulesSlope / head : secondsSlope) + joulesSlope;
    // Prefill slopes by a central difference of one token: exact for a quadratic, and right across window edges.
    const whole = prefill(shape).joules;
    const cached = prefill({ ...shape, tokensIn: shape.tokensIn + 1, tokensCached: shape.tokensCached + 1 }).joules;
    const fresh = prefill({ ...shape, tokensIn: shape.tokensIn + 1 }).joules;
    return {
      prefillPerCachedToken: shape.tokensIn === 0 ? 0 : cached - whole,
      prefillPerNewToken: shape.tokensIn === 0 ? 0 : fresh - whole,
      decodePerContextToken: (engine.energyFactor * shape.tokensOut * stepSlope) / form.batch,
    };
  };

  const warnings = (shape: RequestShape): string[] => {
    const batch = effectiveBatch(shape);
    const list: string[] = [];
    if (batch < dep.batch) {
      list.push(
        `batch ${round(dep.batch)} exceeds the KV cache: ${round(batch)} sequences of this length fit beside the weights, and that is used`,
      );
    }
    if (arch.maxContextTokens !== null && shape.tokensIn + shape.tokensOut > arch.maxContextTokens) {
      list.push(`${shape.tokensIn + shape.tokensOut} tokens exceed the model's context of ${arch.maxContextTokens}`);
    }
    return list;
  };

  return { prefill, decode, slopes, effectiveBatch, warnings };
}

/** One request under one deployment, with warnings. For many requests, `prepare` once. Throws as `prepare` does. */
export function evaluateRequest(
  arch: Architecture,
  dep: Deployment,
  shape: RequestShape,
  coefs: Coefficients = COEFFICIENTS,
): { prefill: PhaseFigures; decode: PhaseFigures; warnings: string[] } {
  const model = prepare(arch, dep, coefs);
  return { prefill: model.prefill(shape), decode: model.decode(shape), warnings: model.warnings(shape) };
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
  for (const [field, value] of [
    ['in', shape.tokensIn],
    ['cached', shape.tokensCached],
    ['out', shape.tokensOut],
  ] as const) {
    if (!Number.isFinite(value) || value < 0)
      throw new PhysicsError(field, `${field} must be a number of tokens >= 0, got ${value}`);
  }
  if (shape.tokensCached > shape.tokensIn) {
    throw new PhysicsError('cached', `cached (${shape.tokensCached}) cannot exceed in (${shape.tokensIn})`);
  }
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e10 ? 2 : 0)} GB`;
const round = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
