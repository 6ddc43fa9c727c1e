/** The VAE of a video model from the field names of its public config: compression, and FLOPs of its decoder. */
import { z } from 'zod';
import { VideoConfigError, type VideoVae } from './architecture.js';

const counts = z.union([z.number().int().positive(), z.array(z.number().int().positive()).min(1)]);
const channels = z.array(z.number().int().positive()).min(1).max(16);
const compression = z.number().int().min(1).max(64);

const vaeSchema = z.object({
  _class_name: z.string().optional(),
  // What says the compression outright, under the names that configs and people give it.
  temporal: compression.optional(),
  spatial: compression.optional(),
  compression: z.array(compression).min(2).max(3).optional(),
  vae_scale_factor_temporal: compression.optional(),
  vae_scale_factor_spatial: compression.optional(),
  scale_factor_temporal: compression.optional(),
  scale_factor_spatial: compression.optional(),
  temporal_compression_ratio: compression.optional(),
  spatial_compression_ratio: compression.optional(),
  temporal_compression: compression.optional(),
  spatial_compression: compression.optional(),
  // What it follows from.
  base_dim: z.number().int().positive().optional(),
  decoder_base_dim: z.number().int().positive().optional(),
  dim_mult: channels.optional(),
  num_res_blocks: z.number().int().positive().optional(),
  temperal_downsample: z.array(z.boolean()).optional(),
  block_out_channels: channels.optional(),
  decoder_block_out_channels: channels.optional(),
  layers_per_block: counts.optional(),
  decoder_layers_per_block: counts.optional(),
  temporal_expansions: channels.optional(),
  spatial_expansions: channels.optional(),
  spatio_temporal_scaling: z.array(z.boolean()).optional(),
  patch_size: z.number().int().positive().optional(),
});
type VaeConfig = z.infer<typeof vaeSchema>;

/** One level of a decoder, from the latents to the pixels. */
interface Level {
  readonly channels: number;
  readonly resnets: number;
  /** How much finer the next level is: space in each direction, and time. */
  readonly up: readonly [space: number, time: number];
}

interface Decoder {
  readonly levels: readonly Level[];
  /** Pixels in each direction that the last level puts out at once. */
  readonly patch: number;
  /** Volume of a kernel: 27 for 3 x 3 x 3, 9 for frames on their own. */
  readonly kernel: number;
}

/** VAEs by public class name, each with the config that its model card ships, for what a user's config leaves out. */
const FAMILIES: Readonly<Record<string, { readonly defaults: VaeConfig; readonly is2d?: boolean }>> = {
  AutoencoderKLWan: {
    defaults: { base_dim: 96, dim_mult: [1, 2, 4, 4], num_res_blocks: 2, temperal_downsample: [false, true, true] },
  },
  AutoencoderKLHunyuanVideo: {
    defaults: {
      block_out_channels: [128, 256, 512, 512],
      layers_per_block: 2,
      temporal_compression_ratio: 4,
      spatial_compression_ratio: 8,
    },
  },
  AutoencoderKLHunyuanVideo15: {
    defaults: {
      block_out_channels: [128, 256, 512, 1024, 1024],
      layers_per_block: 2,
      temporal_compression_ratio: 4,
      spatial_compression_ratio: 16,
    },
  },
  AutoencoderKLCogVideoX: {
    defaults: { block_out_channels: [128, 256, 256, 512], layers_per_block: 3, temporal_compression_ratio: 4 },
  },
  AutoencoderKLMochi: {
    defaults: {
      decoder_block_out_channels: [128, 256, 512, 768],
      layers_per_block: [3, 3, 4, 6, 3],
      temporal_expansions: [1, 2, 3],
      spatial_expansions: [2, 2, 2],
    },
  },
  AutoencoderKLLTXVideo: {
    defaults: {
      block_out_channels: [128, 256, 512, 512],
      layers_per_block: [4, 3, 3, 3, 4],
      spatio_temporal_scaling: [true, true, true, false],
      patch_size: 4,
    },
  },
  AutoencoderKLAllegro: {
    defaults: {
      block_out_channels: [128, 256, 512, 512],
      layers_per_block: 2,
      temporal_compression_ratio: 4,
      spatial_compression_ratio: 8,
    },
  },
  AutoencoderKLCosmos: {
    defaults: {
      block_out_channels: [128, 256, 512, 512],
      layers_per_block: 2,
      temporal_compression_ratio: 8,
      spatial_compression_ratio: 8,
    },
  },
  AutoencoderKL: { defaults: { block_out_channels: [128, 256, 512, 512], layers_per_block: 2 }, is2d: true },
};

/** Class names that are read. */
export const VAE_CLASSES: readonly string[] = Object.keys(FAMILIES);

/** @throws VideoConfigError where the object says no compression that can be used. */
export function vaeFromConfig(config: unknown, className: string): VideoVae {
  const checked = vaeSchema.safeParse(withoutNulls(config ?? {}));
  if (!checked.success) {
    const issue = checked.error.issues[0]!;
    throw new VideoConfigError(`config.vae.${issue.path.join('.') || '?'}: ${issue.message}`);
  }
  const own = checked.data;
  const family = FAMILIES[own._class_name ?? className] ?? FAMILIES[className];
  if (family === undefined) {
    throw new VideoConfigError(`config.vae._class_name: not known; known are ${VAE_CLASSES.join(', ')}`);
  }
  const merged: VaeConfig = { ...family.defaults, ...own };
  const decoder = decoderOf(merged, family.is2d === true);
  const built = decoder.levels.reduce(([s, t], level) => [s * level.up[0], t * level.up[1]] as const, [
    decoder.patch,
    1,
  ] as readonly [number, number]);
  const spatial =
    own.spatial_compression ??
    own.spatial ??
    own.compression?.at(-1) ??
    own.vae_scale_factor_spatial ??
    own.scale_factor_spatial ??
    own.spatial_compression_ratio ??
    built[0];
  const temporal =
    own.temporal_compression ??
    own.temporal ??
    own.compression?.[0] ??
    own.vae_scale_factor_temporal ??
    own.scale_factor_temporal ??
    own.temporal_compression_ratio ??
    built[1];
  return {
    spatialCompression: spatial,
    temporalCompression: family.is2d === true ? 1 : temporal,
    decoderFlopsPerPixel: decoderFlops(decoder),
  };
}

/** Whether a config's `vae` says anything that the compression follows from: a field of this file, its class apart. */
export const saysCompression = (vae: unknown): boolean =>
  typeof vae === 'object' &&
  vae !== null &&
  Object.entries(vae).some(([key, value]) => key !== '_class_name' && value !== null && key in vaeSchema.shape);

/** A null field counts as left out: public configs write both. */
export const withoutNulls = (config: unknown): unknown =>
  typeof config === 'object' && config !== null && !Array.isArray(config)
    ? Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null))
    : config;

const resnetsAt = (layers: number | readonly number[] | undefined, index: number, extra: number): number =>
  typeof layers === 'number' ? layers + extra : (layers?.[index] ?? 2 + extra);

function decoderOf(config: VaeConfig, is2d: boolean): Decoder {
  const kernel = is2d ? 9 : 27;
  if (config.dim_mult !== undefined) {
    // Wan: levels from coarse to fine; time is halved where the encoder says so, in reverse.
    const base = config.decoder_base_dim ?? config.base_dim ?? 96;
    const mult = [...config.dim_mult].reverse();
    const times = [...(config.temperal_downsample ?? [])].reverse();
    return {
      kernel,
      patch: config.patch_size ?? 1,
      levels: mult.map((m, i) => ({
        channels: base * m,
        resnets: (config.num_res_blocks ?? 2) + 1,
        up: i === mult.length - 1 ? [1, 1] : [2, times[i] === true ? 2 : 1],
      })),
    };
  }
  const widths = [
    ...(config.decoder_block_out_channels ?? config.block_out_channels ?? [128, 256, 512, 512]),
  ].reverse();
  const last = widths.length - 1;
  if (config.spatial_expansions !== undefined || config.temporal_expansions !== undefined) {
    // Mochi: an expansion follows every level but the last.
    const space = [...(config.spatial_expansions ?? [])].reverse();
    const time = [...(config.temporal_expansions ?? [])].reverse();
    const layers = Array.isArray(config.layers_per_block)
      ? [...config.layers_per_block].reverse()
      : config.layers_per_block;
    return {
      kernel,
      patch: 1,
      levels: widths.map((c, i) => ({
        channels: c,
        resnets: resnetsAt(layers, i, 0),
        up: i === last ? [1, 1] : [space[i] ?? 2, time[i] ?? 1],
      })),
    };
  }
  if (config.spatio_temporal_scaling !== undefined) {
    // LTX: time and space together, and a patch of pixels at the end.
    const scaled = config.spatio_temporal_scaling.filter(Boolean).length;
    const layers = config.decoder_layers_per_block ?? config.layers_per_block;
    return {
      kernel,
      patch: config.patch_size ?? 4,
      levels: widths.map((c, i) => ({
        channels: c,
        resnets: resnetsAt(layers, i, 0),
        up: i < scaled ? [2, 2] : [1, 1],
      })),
    };
  }
  const doublings = (ratio: number | undefined): number => Math.round(Math.log2(ratio ?? 1));
  const times = is2d ? 0 : doublings(config.temporal_compression_ratio ?? config.scale_factor_temporal ?? 4);
  const spaces = Math.min(
    last,
    doublings(config.spatial_compression_ratio ?? config.scale_factor_spatial ?? 2 ** last),
  );
  return {
    kernel,
    patch: 1,
    levels: widths.map((c, i) => ({
      channels: c,
      resnets: resnetsAt(config.layers_per_block, i, 1),
      up: [i < spaces ? 2 : 1, i < times ? 2 : 1],
    })),
  };
}

/** FLOPs per pixel and frame of the clip: residual blocks of two convolutions, and one at each refinement. */
function decoderFlops({ levels, patch, kernel }: Decoder): number {
  // Output pixels per point of the level that is looked at, from the finest down.
  let perPoint = patch * patch;
  let flops = 0;
  for (let i = levels.length - 1; i >= 0; i--) {
    const { channels: c, resnets, up } = levels[i]!;
    // The level's own grid, before its refinement.
    const points = perPoint * up[0] * up[0] * up[1];
    const before = levels[i - 1]?.channels ?? c;
    flops += (2 * kernel * (before * c + (2 * resnets - 1) * c * c)) / points;
    if (up[0] * up[1] > 1) flops += (2 * 9 * c * c) / perPoint;
    perPoint = points;
  }
  // To the three colours.
  return flops + (2 * kernel * levels.at(-1)!.channels * 3 * patch * patch) / (patch * patch);
}
