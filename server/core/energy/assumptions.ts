/** From a profile and a model to a deployment: every default filled in, and said. */
import type { Architecture } from './architecture.js';
import { calibrationNote, calibrationProblem } from './calibrated.js';
import type { ResolvedModel } from './catalogue.js';
import { gpuById } from './gpus.js';
import { contextGroups, recurrentStateBytes, sequenceBytes } from './terms/context.js';
import { weightBytes, WEIGHT_FORMATS } from './terms/precision.js';
import type { Deployment } from './physics.js';
import type { Assumptions, Batch, PrecisionId, Profile } from './types.js';

/** What a caller sets over a profile; fields left out keep the profile's. */
export type Overrides = Partial<
  Pick<
    Profile,
    'gpu' | 'gpus' | 'tp' | 'ep' | 'pp' | 'engine' | 'precision' | 'batch' | 'prefixCache' | 'hostWattsPerGpu' | 'pue'
  >
>;

/** Assumptions that contradict each other: one line that names the field. */
export class AssumptionError extends Error {
  constructor(
    readonly field: string,
    problem: string,
  ) {
    super(`${field}: ${problem}`);
    this.name = 'AssumptionError';
  }
}

/** GPUs hold the weights and a fifth more for cache and workspace. */
const ROOM_FACTOR = 1.2;
const MOST_GPUS = 1024;

export interface ResolveOptions {
  readonly overrides?: Overrides;
  /** Longest sequence that must fit, in tokens; it can only raise a defaulted GPU count. */
  readonly longestSequence?: number;
}

/**
 * Fills in what a profile leaves open for a model: precision, GPU count, parallelism.
 * @throws AssumptionError where the fields contradict each other.
 */
export function resolveAssumptions(profile: Profile, model: ResolvedModel, options: ResolveOptions = {}): Assumptions {
  const merged: Profile = { ...profile, ...definedOnly(options.overrides ?? {}) };
  const { arch } = model;
  const notes: string[] = [...model.notes, ...arch.notes];
  checkBatch(merged.batch);
  const precision = choosePrecision(merged, arch, notes);
  const gpus = chooseGpus(merged, arch, precision, options.longestSequence ?? 0, notes);
  const { tp, ep, pp } = chooseParallelism(merged, arch, gpus, notes);
  const served = { model: model.id, gpu: merged.gpu, gpus, tp, ep, pp, engine: merged.engine, precision };
  const { calibration } = profile;
  const problem = calibration === undefined ? null : calibrationProblem(calibration, served);
  if (calibration !== undefined) notes.push(problem ?? calibrationNote(calibration));
  return {
    profile: profile.name,
    ...served,
    batch: merged.batch,
    prefixCache: merged.prefixCache,
    hostWattsPerGpu: merged.hostWattsPerGpu,
    pue: merged.pue,
    ...(merged.gridZone === undefined ? {} : { gridZone: merged.gridZone }),
    ...(calibration === undefined || problem !== null ? {} : { calibration }),
    notes,
  };
}

/** The deployment of assumptions at one batch. */
export const deploymentOf = (assumptions: Assumptions, batch: number): Deployment => ({
  gpu: gpuById(assumptions.gpu),
  gpus: assumptions.gpus,
  tp: assumptions.tp,
  ep: assumptions.ep,
  pp: assumptions.pp,
  engine: assumptions.engine,
  precision: assumptions.precision,
  batch,
});

/** The batch that points are figured at: the number, or the geometric middle of the range. */
export const centralBatch = (batch: Batch): number =>
  typeof batch === 'number' ? batch : Math.sqrt(batch[0] * batch[1]);

function definedOnly(overrides: Overrides): Overrides {
  return Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
}

function checkBatch(batch: Batch): void {
  const [lo, hi] = typeof batch === 'number' ? [batch, batch] : batch;
  if (!(lo >= 1) || !Number.isFinite(hi)) {
    throw new AssumptionError('batch', `${JSON.stringify(batch)} must be a number of at least 1, or [lo, hi]`);
  }
  if (hi < lo) throw new AssumptionError('batch', `the range [${lo}, ${hi}] ends before it starts`);
}

function choosePrecision(profile: Profile, arch: Architecture, notes: string[]): PrecisionId {
  if (profile.precision !== undefined) return profile.precision;
  if (arch.nativePrecision === null) {
    notes.push('bf16: the config names no precision');
    return 'bf16';
  }
  if (arch.nativePrecision === 'fp32') {
    notes.push('fp32 by the config; many engines serve such a model in 16 bit: set the precision if so');
  }
  return arch.nativePrecision;
}

function chooseGpus(
  profile: Profile,
  arch: Architecture,
  precision: PrecisionId,
  longestSequence: number,
  notes: string[],
): number {
  if (profile.gpus !== undefined) return profile.gpus;
  const stated = statedGpus(profile);
  if (stated !== null) return stated;
  // Memory as sold (80 GB), the usual reading of this rule; physics checks the fit against what the board has.
  const vram = Math.round(gpuById(profile.gpu).vramGiB) * 1e9;
  const weights = weightBytes(arch, precision).stored;
  const forWeights = powerOfTwo((weights * ROOM_FACTOR) / vram);
  const groups = contextGroups(arch, WEIGHT_FORMATS[precision].bytesPerActivation, 1);
  const sequence = sequenceBytes(groups, recurrentStateBytes(arch), longestSequence);
  const needed = powerOfTwo(((weights + sequence) * ROOM_FACTOR) / vram);
  const gpus = sequence > forWeights * vram - weights * ROOM_FACTOR ? Math.max(forWeights, needed) : forWeights;
  if (gpus > MOST_GPUS) {
    throw new AssumptionError('gpus', `${arch.id} would need more than ${MOST_GPUS} GPUs of type ${profile.gpu}`);
  }
  notes.push(
    gpus === forWeights
      ? `${gpus} GPU${gpus === 1 ? '' : 's'}: the smallest power of two that holds the weights x ${ROOM_FACTOR}`
      : `${gpus} GPUs: the smallest power of two that holds the weights and ${longestSequence} tokens of context`,
  );
  return gpus;
}

/** GPU count that tp, ep and pp imply; null if none is given. */
function statedGpus({ tp, ep, pp }: Profile): number | null {
  if (tp === undefined && ep === undefined && pp === undefined) return null;
  return Math.max(tp ?? 1, ep ?? 1) * (pp ?? 1);
}

const powerOfTwo = (atLeast: number): number => 2 ** Math.max(0, Math.ceil(Math.log2(atLeast)));

interface Parallelism {
  readonly tp: number;
  readonly ep: number;
  readonly pp: number;
}

function chooseParallelism(profile: Profile, arch: Architecture, gpus: number, notes: string[]): Parallelism {
  const { tp, ep, pp = 1 } = profile;
  if (gpus % pp !== 0) throw new AssumptionError('pp', `${pp} does not divide the ${gpus} GPUs`);
  const stage = gpus / pp;
  if (ep !== undefined && ep > 1 && arch.experts === 0) {
    throw new AssumptionError('ep', `${ep}, but ${arch.id} has no experts`);
  }
  for (const [field, value] of [
    ['tp', tp],
    ['ep', ep],
  ] as const) {
    if (value !== undefined && stage % value !== 0) {
      const stages = pp > 1 ? ` of a pipeline stage (gpus ${gpus} / pp ${pp})` : '';
      throw new AssumptionError(field, `${value} does not divide the ${stage} GPUs${stages}`);
    }
  }
  if (tp !== undefined || ep !== undefined)
    return { tp: tp ?? (ep !== undefined && ep > 1 ? 1 : stage), ep: ep ?? 1, pp };
  if (stage === 1) return { tp: 1, ep: 1, pp };
  if (arch.experts > 0 && profile.engine.startsWith('vllm')) {
    notes.push(`expert parallel over ${stage} GPUs: the default for mixtures of experts on vLLM`);
    return { tp: 1, ep: stage, pp };
  }
  return { tp: stage, ep: 1, pp };
}
