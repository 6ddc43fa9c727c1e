/**
 * One decode step of a batch: its seconds and joules, linear in the mean context. Everything that depends on the model,
 * the deployment and the coefficients, but not on a request, is worked out here once.
 */
import type { Architecture } from './architecture.js';
import type { BaseCoefficients, Coefficients, EngineCoefficients } from './coefficients.js';
import type { Deployment } from './physics.js';
import { PhysicsError } from './physicsError.js';
import { contextGroups, recurrentLayers, recurrentStateBytes, type ContextGroup } from './terms/context.js';
import { busiestRankRatio, expertCoverage, paddedExpertFlops, routedActivationBytes } from './terms/experts.js';
import { peakFlops, weightBytes, WEIGHT_FORMATS } from './terms/precision.js';

/** One decode step, linear in the mean windowed context of each attention group; seconds without launches. */
export interface StepForm {
  readonly batch: number;
  readonly seconds: number;
  readonly dynamicJoules: number;
  /** Per group: added per token of mean context, whole batch. */
  readonly secondsPerContext: readonly number[];
  readonly joulesPerContext: readonly number[];
  /** Parts of the above: reading all weights of the step, and its experts alone. */
  readonly weightSeconds: number;
  readonly weightJoules: number;
  readonly expertSeconds: number;
  readonly expertJoules: number;
}

/** Seconds and joules of one thing. */
export interface Cost {
  readonly seconds: number;
  readonly joules: number;
}

/** A model on a deployment, batch still open. */
export interface StepModel {
  readonly engine: EngineCoefficients;
  readonly groups: readonly ContextGroup[];
  readonly stateBytes: number;
  /** Room for KV cache and state beside the weights, all GPUs. */
  readonly cacheBytes: number;
  readonly launchSeconds: number;
  readonly bodyParams: number;
  readonly headParams: number;
  readonly prefillFlopSeconds: number;
  readonly prefillFlopJoules: number;
  readonly kvSecondsPerByte: number;
  readonly kvJoulesPerByte: number;
  readonly recurrentPrefill: Cost;
  stepForm(batch: number): StepForm;
  /** Reading the weights once for `tokens` tokens: all of them, or experts alone. */
  weightTerm(tokens: number, expertsOnly: boolean): Cost;
  /** Adds launches to the GPU's own seconds. */
  withLaunch(gpuSeconds: number): number;
  /** Joules and seconds under the power cap and the engine's factors. */
  run(seconds: number, dynamicJoules: number): Cost;
  /** Derivative of `run(...).joules` when seconds and dynamic joules change at the given rates. */
  runSlope(seconds: number, dynamicJoules: number, secondsRate: number, joulesRate: number): number;
}

const NO_COST: Cost = { seconds: 0, joules: 0 };
const H100_TDP_WATTS = 700;
const H100_BF16_FLOPS = 989e12;

/** @throws PhysicsError when the weights do not fit. */
export function buildStepModel(arch: Architecture, dep: Deployment, coefs: Coefficients): StepModel {
  const engine = coefs.engines[dep.engine];
  const base: BaseCoefficients = { ...coefs.base, ...engine.own };
  const software = engine.softwareFactor;
  const format = WEIGHT_FORMATS[dep.precision];
  const factors = coefs.precisions[dep.precision];
  const { gpu, gpus } = dep;

  const staticWatts = gpus * base.staticWatts * (gpu.tdpWatts / H100_TDP_WATTS);
  const headroomWatts = Math.max(gpus * base.capFraction * gpu.tdpWatts - staticWatts, 0.05 * staticWatts);
  // Joules per FLOP follow a GPU's own TDP over its peak; bytes cost the same everywhere (the same kind of memory).
  const flopScale = (gpu.tdpWatts / gpu.peakFlopsPerSecond.bf16 / (H100_TDP_WATTS / H100_BF16_FLOPS)) * software;
  const hasUnit = gpu.peakFlopsPerSecond[format.compute] !== null;
  const flopJoulesFactor = hasUnit ? factors.flopJoulesFactor : 1;
  const peak = (gpus * peakFlops(gpu, format.compute) * (hasUnit ? factors.flopEfficiencyFactor : 1)) / software;
  const bandwidth = gpus * gpu.bandwidthBytesPerSecond;

  const usesTensorCores = format.compute !== 'fp32';
  const byteJoulesFactor = factors.byteJoulesFactor * (usesTensorCores ? engine.tensorByteFactor : 1);

  const weights = weightBytes(arch, dep.precision);
  const groups = contextGroups(arch, format.bytesPerActivation, gpus / dep.pp);
  const stateBytes = recurrentStateBytes(arch);
  const usableBytes = base.memoryFraction * gpus * gpu.vramGiB * 2 ** 30;
  if (weights.stored >= usableBytes) throw doNotFit(arch, dep, weights.stored, usableBytes);

  const isMoe = arch.expertParams > 0 && arch.experts > 0;
  const ranks = Math.max(1, dep.ep);
  const doublings = Math.log2(Math.max(1, gpus / dep.pp));
  const launchSeconds =
    software * arch.layers * (base.layerSeconds + factors.layerSeconds + doublings * base.collectiveSeconds) +
    arch.moeLayers * doublings * base.expertCollectiveSeconds;

  const sharedSeconds = weights.shared / (bandwidth * base.weightBandwidthEfficiency * factors.bandwidthFactor);
  const sharedJoules = weights.shared * base.weightJoulesPerByte * byteJoulesFactor;
  const coverageOf = (tokens: number): number =>
    isMoe ? expertCoverage(arch.experts, arch.expertsPerToken, tokens) : 0;
  const expertTerm = (coverage: number): Cost => {
    if (!isMoe) return NO_COST;
    const read = weights.experts * coverage;
    const busiest = busiestRankRatio(ranks, arch.experts, coverage, base.imbalanceStrength);
    return {
      seconds: (busiest * read) / (bandwidth * base.expertBandwidthEfficiency * factors.bandwidthFactor),
      joules: read * base.expertJoulesPerByte * byteJoulesFactor,
    };
  };
  const weightTerm = (tokens: number, expertsOnly: boolean): Cost => {
    const experts = expertTerm(coverageOf(tokens));
    if (expertsOnly) return experts;
    return { seconds: sharedSeconds + experts.seconds, joules: sharedJoules + experts.joules };
  };

  const flopJoules = base.flopJoules * flopScale * flopJoulesFactor;
  const tileJoules = base.tileFlopJoules * flopScale * flopJoulesFactor;
  const kvSecondsPerByte = 1 / (bandwidth * base.kvBandwidthEfficiency);
  const routedBytes = routedActivationBytes(arch) * base.routedActivationPasses;
  const sharedFlops = 2 * arch.sharedReadParams;
  const expertFlops = Math.max(0, 2 * (arch.activeParams - arch.sharedReadParams));
  // Routed activations pass through every GPU whole; the rest is split over the GPUs.
  const perSequence: Cost = {
    seconds:
      software * base.sequenceSeconds +
      sharedFlops / (peak * base.flopEfficiency) +
      (2 * stateBytes) / (bandwidth * base.stateBandwidthEfficiency) +
      routedBytes / (ROUTED_BANDWIDTH_SHARE * gpu.bandwidthBytesPerSecond),
    joules:
      software * base.sequenceJoules +
      (sharedFlops + expertFlops) * flopJoules +
      2 * stateBytes * base.stateJoulesPerByte +
      gpus * routedBytes * base.kvJoulesPerByte,
  };

  const stepForm = (batch: number): StepForm => {
    const coverage = coverageOf(batch);
    const experts = expertTerm(coverage);
    const tiles = paddedExpertFlops(arch, dep.precision, batch, ranks, coverage);
    return {
      batch,
      seconds: sharedSeconds + experts.seconds + batch * perSequence.seconds + tiles / (peak * base.tileFlopEfficiency),
      dynamicJoules: sharedJoules + experts.joules + batch * perSequence.joules + tiles * tileJoules,
      secondsPerContext: groups.map(
        (q) => batch * (q.kvBytesPerToken * kvSecondsPerByte + q.decodeFlopsPerPair / (peak * base.flopEfficiency)),
      ),
      joulesPerContext: groups.map(
        (q) => batch * (q.kvBytesPerToken * base.kvJoulesPerByte + q.decodeFlopsPerPair * flopJoules),
      ),
      weightSeconds: sharedSeconds + experts.seconds,
      weightJoules: sharedJoules + experts.joules,
      expertSeconds: experts.seconds,
      expertJoules: experts.joules,
    };
  };

  const scanLayers = recurrentLayers(arch);
  const headParams = Math.min(arch.vocabularySize * arch.hiddenSize, arch.sharedReadParams);
  const prefillFactor = (isMoe ? base.expertPrefillFactor : 1) / (usesTensorCores ? engine.tensorPrefillFactor : 1);
  // The cap lengthens time: dynamic joules flow at no more than the headroom.
  const capped = (seconds: number, joules: number): number => Math.max(seconds, joules / headroomWatts);
  const withLaunch = engine.launchOverlaps
    ? (seconds: number): number => Math.max(launchSeconds, seconds)
    : (seconds: number): number => launchSeconds + seconds;
  return {
    engine,
    groups,
    stateBytes,
    cacheBytes: usableBytes - weights.stored,
    launchSeconds,
    bodyParams: arch.activeParams - headParams,
    headParams,
    prefillFlopSeconds: 1 / (peak * base.prefillFlopEfficiency * prefillFactor),
    prefillFlopJoules: (base.prefillFlopJoules * flopScale * flopJoulesFactor) / prefillFactor,
    kvSecondsPerByte,
    kvJoulesPerByte: base.kvJoulesPerByte,
    recurrentPrefill: {
      seconds: (scanLayers * base.recurrentPrefillSeconds) / gpus,
      joules: scanLayers * base.recurrentPrefillJoules,
    },
    stepForm,
    weightTerm,
    withLaunch,
    run: (seconds, joules) => {
      const time = capped(seconds, joules);
      return { seconds: engine.timeFactor * time, joules: engine.energyFactor * (staticWatts * time + joules) };
    },
    runSlope: (seconds, joules, secondsRate, joulesRate) => {
      const isCapped = joules / headroomWatts > seconds;
      const isLaunchBound = engine.launchOverlaps && seconds <= launchSeconds;
      const timeRate = isCapped ? joulesRate / headroomWatts : isLaunchBound ? 0 : secondsRate;
      return engine.energyFactor * (staticWatts * timeRate + joulesRate);
    },
  };
}

/** Share of the bandwidth that gather and scatter kernels reach: the memory efficiency AIConfigurator uses. */
const ROUTED_BANDWIDTH_SHARE = 0.8;

function doNotFit(arch: Architecture, dep: Deployment, stored: number, usable: number): PhysicsError {
  return new PhysicsError(
    'gpus',
    `${arch.id}: weights of ${(stored / 1e9).toFixed(0)} GB in ${dep.precision} do not fit ${dep.gpus} x ${dep.gpu.title} ` +
      `(${(usable / 1e9).toFixed(0)} GB usable): set gpus higher or choose a smaller precision`,
  );
}
