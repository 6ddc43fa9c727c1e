/** The form of a profile in settings, `joulelens.json` and the built-in data, checked by zod. */
import { z } from 'zod';
import { findGpu, GPUS, unknownGpuMessage } from './gpus.js';
import { ENGINES, findId, PRECISIONS } from './ids.js';
import { unknownIdMessage } from './nearest.js';
import type { EngineId, GpuId, PrecisionId } from './types.js';
import { gridIntensity, GRID_ZONES } from './units.js';

/** A string of a known set, any case; an unknown one is an error that lists the nearest. */
function known<T extends string>(kind: string, ids: readonly T[], find: (wanted: string) => T | null) {
  return z
    .string()
    .transform((wanted, context): T => {
      const id = find(wanted);
      if (id !== null) return id;
      context.addIssue({ code: 'custom', message: unknownIdMessage(kind, wanted, ids) });
      return z.NEVER;
    })
    .meta({ enum: [...ids] });
}

const gpuIds: readonly GpuId[] = GPUS.map((gpu) => gpu.id);

export const gpuSchema = z
  .string()
  .transform((wanted, context): GpuId => {
    const gpu = findGpu(wanted);
    if (gpu !== null) return gpu.id;
    context.addIssue({ code: 'custom', message: unknownGpuMessage(wanted) });
    return z.NEVER;
  })
  .meta({ enum: [...gpuIds] });
export const engineSchema = known<EngineId>('engine', ENGINES, (wanted) => findId(ENGINES, wanted));
export const precisionSchema = known<PrecisionId>('precision', PRECISIONS, (wanted) => findId(PRECISIONS, wanted));

/** GPUs and ranks. */
export const ranksSchema = z.number().int().min(1).max(1024);

const batchNumber = z.number().min(1).max(100_000);

/** A number of concurrent requests, or a range that stands for "unknown, within". */
export const batchSchema = z.union([batchNumber, z.tuple([batchNumber, batchNumber])], {
  error: 'expected a number of at least 1, or [lo, hi]',
}).refine((batch) => typeof batch === 'number' || batch[0] <= batch[1], 'the range ends before it starts'); // prettier-ignore

const factor = z.number().min(0.01).max(100);
const sigma = z.number().min(0).max(5);
const fittedFactor = z.strictObject({ factor, logSigma: sigma.describe('Standard deviation of its logarithm.') });
const percent = z.number().min(0).max(1e6);
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'expected a day such as 2026-11-25');
const tokenRange = z.tuple([z.number().min(0), z.number().min(0)]);
const errors = { mapePercent: percent, medianPercent: percent, coveragePercent: percent };

/** What measurements of one endpoint say over the general fit. Written by `joulelens calibrate`. */
export const calibrationSchema = z.strictObject({
  models: z.array(z.string().min(1).max(300)).min(1).max(100).describe('Ids of the models that were measured; it holds for these alone.'),
  gpu: gpuSchema,
  gpus: ranksSchema,
  tp: ranksSchema,
  ep: ranksSchema,
  pp: ranksSchema,
  engine: engineSchema,
  precision: precisionSchema,
  factors: z.strictObject({
    engine: fittedFactor.describe('On all joules: what prefill and decode share.'),
    prefill: fittedFactor.describe('On the joules of prefill, beside the engine factor.'),
    decode: fittedFactor.describe('On the joules of decode, beside the engine factor.'),
    batch: z
      .strictObject({ exponent: z.number().min(-2).max(2), sigma, at: batchNumber })
      .describe('All joules grow as (batch / at)^exponent over the prediction.'),
    request: z
      .strictObject({ joules: z.number().min(0).max(1e9), sigma: z.number().min(0).max(1e9) })
      .describe('Joules of each request whatever its tokens.'),
  }),
  interval: z
    .strictObject({ logSigma: sigma, prefillLogSigma: sigma })
    .describe('Spread of measured over predicted, log-scale: of everything, and of prefill on top.'),
  measured: z
    .strictObject({
      n: z.number().int().min(1),
      shapes: z.number().int().min(1),
      tokensIn: tokenRange,
      tokensOut: tokenRange,
      batch: z.tuple([batchNumber, batchNumber]),
      from: day.optional(),
      to: day.optional(),
      meter: z.string().max(200).optional(),
      scope: z.string().max(200),
      heldBack: z.strictObject({ n: z.number().int().min(1), ...errors, uncalibrated: z.strictObject(errors) }).optional(),
    })
    .describe('The measurements that it was fitted on, and its error on those held back. No endpoint is named.'),
}); // prettier-ignore

/** What a profile may hold; its name is the key it stands under. */
export const profileSchema = z.strictObject({
  description: z.string().max(500).optional().describe('One sentence that says when to choose it.'),
  gpu: gpuSchema.default('h100-sxm').describe('GPU of the replica.'),
  gpus: ranksSchema.optional().describe('GPUs of one replica. Left out: the smallest power of two that holds the weights x 1.2.'),
  tp: ranksSchema.optional().describe('Tensor parallel ranks.'),
  ep: ranksSchema.optional().describe('Expert parallel ranks.'),
  pp: ranksSchema.optional().describe('Pipeline stages.'),
  engine: engineSchema.default('vllm-0.11').describe('Inference engine.'),
  precision: precisionSchema.optional().describe("Weight format. Left out: the model's own."),
  batch: batchSchema.default([8, 128]).describe('Concurrent requests: a number, or [lo, hi] if only a range is known.'),
  prefixCache: z.boolean().default(true).describe('Whether the engine keeps the KV cache of a shared prefix between requests.'),
  hostWattsPerGpu: z.number().min(0).max(10_000).default(200).describe('Power of the host per GPU, in watts (150 to 350 is usual).'),
  pue: z.number().min(1).max(5).default(1.15).describe('Power usage effectiveness of the facility (1.08 to 1.4 is usual).'),
  gridZone: z
    .string()
    .refine((zone) => gridIntensity(zone) !== null, {
      error: (issue) => unknownIdMessage('grid zone', String(issue.input), GRID_ZONES),
    })
    .optional()
    .describe('Grid zone for gCO2e: a three-letter country code, or WORLD.'),
  calibration: calibrationSchema.optional().describe('Fitted to measurements of one endpoint by "joulelens calibrate" or Calibrate This Endpoint.'),
}); // prettier-ignore
