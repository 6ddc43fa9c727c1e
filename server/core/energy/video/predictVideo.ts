/** One row of `joulelens video --rows`: checked, priced, never thrown. */
import { z } from 'zod';
import { findGpu, gpuById, unknownGpuMessage } from '../gpus.js';
import type { GpuId, Interval90 } from '../types.js';
import { createVideoCatalogue, videoModelFromConfig, type VideoCatalogue, type VideoModel } from './catalogue.js';
import { VIDEO_COEFFICIENTS, type VideoCoefficients } from './coefficients.js';
import { paperVideo } from './paperModel.js';
import {
  gpuSeconds,
  parallelFactor,
  scaled,
  totalOf,
  unknownSplitFactor,
  videoTerms,
  type SequenceSplit,
  type VideoTerms,
} from './physics.js';
import { planVideo, type VideoSettings } from './plan.js';
import { withoutNulls } from './vae.js';
import { videoInterval } from './videoInterval.js';

/** Software that runs the denoiser. */
export type VideoSoftware = 'diffusers' | 'xdit';

const MOST_PIXELS = 32_768;
const rowSchema = z.object({
  model: z.string().optional(),
  config: z.record(z.string(), z.unknown()).optional(),
  width: z.number().min(1).max(MOST_PIXELS).optional(),
  height: z.number().min(1).max(MOST_PIXELS).optional(),
  frames: z.number().min(1).max(1e6).optional(),
  steps: z.number().int().min(1).max(10_000).optional(),
  guidance: z.number().min(0).max(1000).optional(),
  gpus: z.number().int().min(1).max(8).optional(),
  ulysses: z.number().int().min(1).max(8).optional(),
  gpu: z.string().optional(),
  engine: z.enum(['diffusers', 'xdit']).optional(),
});
type Row = z.infer<typeof rowSchema>;

/** Fields of a row, for help and for warnings about others. */
export const VIDEO_ROW_FIELDS: readonly string[] = Object.keys(rowSchema.shape);

/** What a figure was made under. */
export interface VideoAssumptions extends VideoSettings {
  /** Catalogue id, or the name of a config. */
  readonly model: string;
  readonly gpus: number;
  /** GPUs that split the attention heads; the rest is the ring degree. Null: not said. */
  readonly ulysses: number | null;
  readonly gpu: GpuId;
  /** Null: not said, between the two that were measured. */
  readonly engine: VideoSoftware | null;
  readonly precision: 'bf16';
  /** Passes of the denoiser per step. */
  readonly passes: number;
  readonly latentTokens: number;
  /** What was assumed because nobody said it, and what is special about the model. */
  readonly notes: readonly string[];
}

/** Energy of one clip. */
export interface VideoPrediction {
  /** All GPUs. */
  readonly gpuJoules: number;
  readonly gpuWattHours: number;
  /** From prompt to pixels, with the model loaded. */
  readonly seconds: number;
  /** Of `gpuJoules`. */
  readonly interval90: Interval90;
  /** The published formula's figure; null where it does not apply (no transformer). */
  readonly paperGpuWattHours: number | null;
  /** CPU and memory of the host beside the GPUs. */
  readonly hostJoules: number;
  /** Parts of `gpuJoules`. */
  readonly terms: VideoTerms;
  /** `own`: rows of this very model are in the calibration; `unseen`: none are. */
  readonly confidence: string;
  readonly assumptions: VideoAssumptions;
  readonly warnings: readonly string[];
}

export interface VideoError {
  readonly error: string;
}

export type VideoPredictor = (row: unknown) => VideoPrediction | VideoError;

export interface VideoPredictorOptions {
  readonly catalogue?: VideoCatalogue;
  readonly coefficients?: VideoCoefficients;
}

/** Checks and prices parsed rows. What it returns never throws. */
export function createVideoPredictor(options: VideoPredictorOptions = {}): VideoPredictor {
  const catalogue = options.catalogue ?? createVideoCatalogue();
  const coefficients = options.coefficients ?? VIDEO_COEFFICIENTS;
  return (input) => {
    const fields = withoutNulls(input);
    const checked = rowSchema.safeParse(fields);
    if (!checked.success) return { error: issueText(checked.error, fields) };
    const row = checked.data;
    try {
      const warnings = Object.keys(fields as object)
        .filter((name) => !VIDEO_ROW_FIELDS.includes(name))
        .map((name) => `field ${JSON.stringify(name)} is not known: ignored`);
      return predictClip(modelOf(catalogue, row), row, coefficients, warnings);
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };
}

function modelOf(catalogue: VideoCatalogue, row: Row): VideoModel {
  if (row.config !== undefined) return videoModelFromConfig(row.model ?? 'config', row.config);
  if (row.model === undefined) {
    throw new Error("model: missing; give a model id, or config with the object of a transformer's config.json");
  }
  const match = catalogue.find(row.model);
  if (!match.ok) throw new Error(`model: ${match.error}`);
  return match.model;
}

/** What a request says; the rest comes from the model's defaults. */
export type VideoAsked = Partial<VideoSettings> & {
  readonly gpus?: number | undefined;
  readonly ulysses?: number | undefined;
  readonly gpu?: string | undefined;
  readonly engine?: VideoSoftware | undefined;
};

/** @throws Error naming the field that is missing or cannot be served. */
export function predictClip(
  model: VideoModel,
  asked: { readonly [K in keyof VideoAsked]?: VideoAsked[K] | undefined },
  coefficients: VideoCoefficients = VIDEO_COEFFICIENTS,
  warnings: readonly string[] = [],
): VideoPrediction {
  const notes: string[] = [...model.notes];
  const settings = settingsOf(model, asked, notes);
  const gpus = asked.gpus ?? 1;
  const gpu = asked.gpu === undefined ? gpuById('h100-sxm') : findGpu(asked.gpu);
  if (gpu === null) throw new Error(`gpu: ${unknownGpuMessage(asked.gpu!)}`);
  const plan = planVideo(model.arch, settings, model.pipeline);
  // Several GPUs were measured under xDiT alone.
  const engine: VideoSoftware | null = asked.engine ?? (gpus > 1 ? 'xdit' : null);
  if (asked.engine === undefined) {
    notes.push(
      engine === null
        ? 'engine not said: between Diffusers and xDiT, and the interval covers both'
        : 'several GPUs: xDiT, sequence split over the GPUs',
    );
  }
  const { base, parallel, ownFactors } = coefficients;
  const own = model.measuredAs === null ? undefined : ownFactors[model.measuredAs];
  const software = engine === 'diffusers' ? 1 : engine === 'xdit' ? base.xditFactor : Math.sqrt(base.xditFactor);
  const reference = gpuById('h100-sxm');
  const gpuFactor = coefficients.gpus[gpu.id] ?? 1;
  const split = splitOf(gpus, asked.ulysses, notes);
  const across =
    split === null
      ? unknownSplitFactor(model.arch, gpus, parallel)
      : { factor: parallelFactor(model.arch, split, parallel), logSigma: 0 };
  const one = videoTerms(model.arch, plan.stages, plan.passes, plan.decoded, base);
  const terms = scaled(one, (own ?? 1) * software * gpuFactor * across.factor);
  const gpuJoules = totalOf(terms);
  const watts =
    (totalOf(one) / gpuSeconds(one, base)) * (gpu.tdpWatts / reference.tdpWatts) * gpus ** -parallel.powerExponent;
  const seconds = gpuJoules / (watts * gpus);
  const latentTokens = Math.max(...plan.stages.map(({ grid }) => grid.frames * grid.perFrame));
  const paper = paperVideo(
    model,
    model.pipeline === undefined ? [{ clip: settings, steps: settings.steps }] : plan.stages,
    plan.passes,
  );
  const isUnet = model.arch.denoiser.kind === 'unet';
  return {
    gpuJoules,
    gpuWattHours: gpuJoules / 3600,
    seconds,
    interval90: videoInterval(gpuJoules, coefficients, {
      isOwn: own !== undefined,
      isUnet,
      isSoftwareKnown: engine !== null,
      gpus,
      splitSigma: across.logSigma,
      isReferenceGpu: gpu === reference,
      latentTokens,
    }),
    paperGpuWattHours: paper === null ? null : paper.gpuWattHours,
    hostJoules: base.hostWatts * seconds * gpus,
    terms,
    confidence: confidenceOf(own === undefined ? null : model, isUnet, gpu === reference, gpus),
    assumptions: {
      model: model.name,
      ...plan.clip,
      steps: settings.steps,
      guidance: settings.guidance,
      gpus,
      ulysses: split?.ulysses ?? null,
      gpu: gpu.id,
      engine,
      precision: 'bf16',
      passes: plan.passes,
      latentTokens,
      notes,
    },
    warnings: [
      ...warnings,
      ...plan.notices,
      ...paperWarnings(model),
      ...sizeWarnings(latentTokens, isUnet, coefficients),
    ],
  };
}

/** Null where nobody said how several GPUs share the clip. @throws Error where the degree does not divide their number. */
function splitOf(gpus: number, ulysses: number | undefined, notes: string[]): SequenceSplit | null {
  if (ulysses !== undefined && gpus % ulysses !== 0) {
    throw new Error(`ulysses: ${ulysses} does not divide ${gpus} GPUs; the rest of them is the ring degree`);
  }
  if (gpus === 1) return { ulysses: 1, ring: 1 };
  if (ulysses !== undefined) return { ulysses, ring: gpus / ulysses };
  notes.push('Ulysses degree not said: between all splits of the sequence, and the interval covers them');
  return null;
}

function confidenceOf(measured: VideoModel | null, isUnet: boolean, isReference: boolean, gpus: number): string {
  const parts = [
    measured === null
      ? 'no measurement of this model: from its architecture alone'
      : measured.measuredAs === measured.id
        ? 'calibrated with measurements of this model'
        : `calibrated with measurements of ${measured.measuredAs}, whose architecture is the same`,
    ...(isUnet ? ['one U-Net was measured, at one setting'] : []),
    ...(isReference ? [] : ['not measured on this GPU: scaled by clocks on model cards and public figures']),
    ...(gpus > 1 ? ['several GPUs: overhead of four measured models'] : []),
  ];
  return parts.join('; ');
}

function settingsOf(
  model: VideoModel,
  asked: { readonly [K in keyof VideoAsked]?: VideoAsked[K] | undefined },
  notes: string[],
): VideoSettings {
  const defaulted: string[] = [];
  const take = (name: keyof VideoSettings): number => {
    const given = asked[name];
    if (given !== undefined) return given;
    const standard = model.defaults?.[name] ?? (name === 'guidance' ? 5 : undefined);
    if (standard === undefined) throw new Error(`${name}: missing; a config has no default settings`);
    defaulted.push(`${name} ${standard}`);
    return standard;
  };
  const settings = {
    width: take('width'),
    height: take('height'),
    frames: take('frames'),
    steps: take('steps'),
    guidance: take('guidance'),
  };
  if (defaulted.length > 0) {
    notes.push(
      `not said, taken as ${model.defaults === null ? 'usual' : "the model's default"}: ${defaulted.join(', ')}`,
    );
  }
  return settings;
}

const paperWarnings = (model: VideoModel): string[] =>
  model.arch.denoiser.kind === 'unet'
    ? ['published formula: it is of transformers, so there is no figure']
    : model.id === 'wan2.1-t2v-1.3b'
      ? []
      : ["published formula: with this model's own sizes; its efficiency was fitted on WAN2.1-T2V-1.3B alone"];

function sizeWarnings(tokens: number, isUnet: boolean, { sizes }: VideoCoefficients): string[] {
  if (isUnet) return [];
  const range = `measured from ${sizes.fewestTokens} to ${sizes.mostTokens}`;
  if (tokens < sizes.fewestTokens / 1.5) return [`${Math.round(tokens)} latent tokens are few: ${range}`];
  if (tokens > sizes.mostTokens * 1.5) return [`${Math.round(tokens)} latent tokens are many: ${range}`];
  return [];
}

const EXPECTED: Readonly<Record<string, string>> = {
  model: 'expected a model id in quotes',
  config: "expected the object of a transformer's config.json",
  width: `expected pixels from 1 to ${MOST_PIXELS}`,
  height: `expected pixels from 1 to ${MOST_PIXELS}`,
  frames: 'expected a number of frames of at least 1',
  steps: 'expected a whole number of denoising steps from 1 to 10000',
  guidance: 'expected a guidance scale of at least 0',
  gpus: 'expected a whole number from 1 to 8',
  ulysses: 'expected a whole number from 1 to 8 that divides gpus',
  gpu: 'expected an id in quotes, such as "h100-sxm"',
  engine: 'expected "diffusers" or "xdit"',
};

function issueText(error: z.ZodError, input: unknown): string {
  const field = error.issues[0]!.path[0];
  if (field === undefined) return 'row: expected a JSON object with model or config, width, height, frames and steps';
  const value: unknown = (input as Readonly<Record<string, unknown>>)[String(field)];
  const shown = JSON.stringify(value) ?? String(value);
  return `${String(field)}: ${EXPECTED[String(field)] ?? error.issues[0]!.message} (it is ${shown.slice(0, 60)})`;
}
