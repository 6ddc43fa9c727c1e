/**
 * The public config.json of a diffusion transformer (and of AnimateDiff's U-Net) as an architecture. Field names are those
 * of the diffusers classes and of the models' own repositories. A field that a config leaves out has its class's default.
 */
import { z } from 'zod';
import { unknownIdMessage } from '../nearest.js';
import {
  VideoConfigError,
  type BlockGroup,
  type DiffusionTransformer,
  type VideoArchitecture,
} from './architecture.js';
import { saysCompression, VAE_CLASSES, vaeFromConfig, withoutNulls } from './vae.js';

const MOST_WIDTH = 1e5;
const count = z.number().int().min(1).max(1e4);
const width = z.number().int().min(1).max(MOST_WIDTH);
const patch = z.union([count, z.array(count).length(3)]);

const configSchema = z.object({
  _class_name: z.string().optional(),
  model_type: z.string().optional(),
  type: z.string().optional(),
  architectures: z.array(z.string()).optional(),
  num_attention_heads: count.optional(),
  num_heads: count.optional(),
  attention_head_dim: z.union([width, z.array(width)]).optional(),
  dim: width.optional(),
  hidden_size: width.optional(),
  ffn_dim: z.number().int().min(1).max(1e6).optional(),
  num_layers: count.optional(),
  num_single_layers: z.number().int().min(0).max(1e4).optional(),
  num_refiner_layers: z.number().int().min(0).max(1e4).optional(),
  depth: count.optional(),
  depth_single_blocks: z.number().int().min(0).max(1e4).optional(),
  mlp_ratio: z.number().positive().max(64).optional(),
  patch_size: patch.optional(),
  patch_size_t: count.optional(),
  text_dim: width.optional(),
  text_len: count.optional(),
  text_embed_dim: width.optional(),
  caption_channels: width.optional(),
  max_text_seq_length: count.optional(),
  max_sequence_length: count.optional(),
  model_max_length: count.optional(),
  pooled_projection_dim: width.optional(),
  guidance_embeds: z.boolean().optional(),
  guidance_embed: z.boolean().optional(),
  block_out_channels: z.array(count).min(1).max(16).optional(),
  layers_per_block: count.optional(),
  cross_attention_dim: width.optional(),
  down_block_types: z.array(z.string()).optional(),
  in_channels: count.optional(),
  vae: z.unknown().optional(),
});
type Config = z.infer<typeof configSchema>;

/** Parameters of the text encoders that these models use. */
const T5_XXL = 4.76e9;
const UMT5_XXL = 5.68e9;
const LLAMA_8B = 8.03e9;
const QWEN_7B = 7.6e9;
const CLIP_L = 0.123e9;

/** One family: what its class lacks a field for, and how its blocks are built. */
interface Family {
  readonly vae: string;
  readonly textEncoderParams: number;
  readonly guidedPasses?: number;
  readonly frameRounding?: 'near';
  read(config: Config): {
    readonly blocks: readonly BlockGroup[];
    readonly textTokens: number;
    readonly patch: readonly [number, number];
    readonly isGuidanceDistilled?: boolean;
  };
}

const headsTimesDim = (config: Config, heads: number, dim: number): number => {
  const given = config.attention_head_dim;
  return (config.num_attention_heads ?? config.num_heads ?? heads) * (typeof given === 'number' ? given : dim);
};

/** Time and space of `patch_size` as a list or a number, with `patch_size_t` apart. */
function patchOf(config: Config, time: number, space: number): readonly [number, number] {
  const given = config.patch_size;
  if (Array.isArray(given)) return [given[0]!, given[1]!];
  return [config.patch_size_t ?? time, given ?? space];
}

/** Four projections of attention, and two of a feed-forward layer `ratio` times as wide. */
const block = (d: number, ratio: number): number => 8 * d * d + 4 * ratio * d * d;

/** Self-attention over the latents, cross-attention to the text, feed-forward. */
const crossBlocks = (layers: number, d: number, feedForward: number): BlockGroup => ({
  layers,
  width: d,
  // Query and output of the cross-attention act on latents, key and value on text.
  linearFlopsPerToken: 8 * d * d + 4 * d * d + 4 * d * feedForward,
  linearFlopsPerTextToken: 4 * d * d,
  attention: 'all',
  text: 'cross',
});

/** Text and latents in one sequence, each through its own or shared weights of equal size. */
const jointBlocks = (layers: number, d: number, ratio: number): BlockGroup => ({
  layers,
  width: d,
  linearFlopsPerToken: block(d, ratio),
  linearFlopsPerTextToken: block(d, ratio),
  attention: 'all',
  text: 'joint',
});

const wan: Family = {
  vae: 'AutoencoderKLWan',
  textEncoderParams: UMT5_XXL,
  frameRounding: 'near',
  read: (c) => {
    const d = c.dim ?? headsTimesDim(c, 40, 128);
    return {
      blocks: [crossBlocks(c.num_layers ?? 40, d, c.ffn_dim ?? 13_824)],
      textTokens: c.text_len ?? 512,
      patch: patchOf(c, 1, 2),
    };
  },
};

const hunyuan: Family = {
  vae: 'AutoencoderKLHunyuanVideo',
  textEncoderParams: LLAMA_8B + CLIP_L,
  read: (c) => {
    const d = headsTimesDim(c, 24, 128);
    const ratio = c.mlp_ratio ?? 4;
    return {
      blocks: [jointBlocks(c.num_layers ?? 20, d, ratio), ...singleBlocks(c.num_single_layers ?? 40, d, ratio)],
      textTokens: 256,
      patch: patchOf(c, 1, 2),
      isGuidanceDistilled: c.guidance_embeds ?? true,
    };
  },
};

const singleBlocks = (layers: number, d: number, ratio: number): BlockGroup[] =>
  layers > 0 ? [jointBlocks(layers, d, ratio)] : [];

/** Spatial and temporal blocks in turn, both with cross-attention to the text. */
const factored = (layers: number, d: number, ratio: number): BlockGroup[] => [
  { ...crossBlocks(layers, d, ratio * d), attention: 'frame' },
  { ...crossBlocks(layers, d, ratio * d), attention: 'position' },
];

const FAMILIES: Readonly<Record<string, Family>> = {
  WanTransformer3DModel: wan,
  WanModel: wan,
  SkyReelsV2Transformer3DModel: wan,
  ChronoEditTransformer3DModel: wan,
  HunyuanVideoTransformer3DModel: hunyuan,
  HunyuanVideoFramepackTransformer3DModel: hunyuan,
  HunyuanVideo15Transformer3DModel: {
    vae: 'AutoencoderKLHunyuanVideo15',
    textEncoderParams: QWEN_7B,
    read: (c) => ({
      blocks: [jointBlocks(c.num_layers ?? 54, headsTimesDim(c, 16, 128), c.mlp_ratio ?? 4)],
      textTokens: 1000,
      patch: patchOf(c, 1, 1),
    }),
  },
  CogVideoXTransformer3DModel: {
    vae: 'AutoencoderKLCogVideoX',
    textEncoderParams: T5_XXL,
    read: (c) => ({
      blocks: [jointBlocks(c.num_layers ?? 30, headsTimesDim(c, 30, 64), 4)],
      textTokens: c.max_text_seq_length ?? 226,
      patch: patchOf(c, 1, 2),
    }),
  },
  MochiTransformer3DModel: {
    vae: 'AutoencoderKLMochi',
    textEncoderParams: T5_XXL,
    read: (c) => {
      const d = headsTimesDim(c, 24, 128);
      const text = c.pooled_projection_dim ?? 1536;
      return {
        // Gated feed-forward of 8/3 d: three products that make 16 d^2. Text has a narrower stream of its own.
        blocks: [
          { ...jointBlocks(c.num_layers ?? 48, d, 4), linearFlopsPerTextToken: 8 * d * text + 16 * text * text },
        ],
        textTokens: c.max_sequence_length ?? 256,
        patch: patchOf(c, 1, 2),
      };
    },
  },
  LTXVideoTransformer3DModel: {
    vae: 'AutoencoderKLLTXVideo',
    textEncoderParams: T5_XXL,
    read: (c) => {
      const d = headsTimesDim(c, 32, 64);
      return { blocks: [crossBlocks(c.num_layers ?? 28, d, 4 * d)], textTokens: 256, patch: patchOf(c, 1, 1) };
    },
  },
  AllegroTransformer3DModel: {
    vae: 'AutoencoderKLAllegro',
    textEncoderParams: T5_XXL,
    read: (c) => {
      const d = headsTimesDim(c, 24, 96);
      return { blocks: [crossBlocks(c.num_layers ?? 32, d, 4 * d)], textTokens: 512, patch: patchOf(c, 1, 2) };
    },
  },
  CosmosTransformer3DModel: {
    vae: 'AutoencoderKLCosmos',
    textEncoderParams: 4.76e9,
    read: (c) => {
      const d = headsTimesDim(c, 32, 128);
      return {
        blocks: [crossBlocks(c.num_layers ?? 28, d, (c.mlp_ratio ?? 4) * d)],
        textTokens: 512,
        patch: patchOf(c, 1, 2),
      };
    },
  },
  LatteTransformer3DModel: {
    vae: 'AutoencoderKL',
    textEncoderParams: T5_XXL,
    read: (c) => {
      const d = headsTimesDim(c, 16, 72);
      const [spatial, temporal] = factored(c.num_layers ?? 28, d, 4);
      // Its temporal blocks do not look at the text.
      return {
        blocks: [
          spatial!,
          { ...temporal!, linearFlopsPerToken: block(d, 4), linearFlopsPerTextToken: 0, text: 'none' },
        ],
        textTokens: 120,
        patch: patchOf(c, 1, 2),
      };
    },
  },
  STDiT3: {
    vae: 'AutoencoderKLHunyuanVideo',
    textEncoderParams: T5_XXL,
    read: (c) => ({
      blocks: factored(c.depth ?? 28, c.hidden_size ?? 1152, c.mlp_ratio ?? 4),
      textTokens: c.model_max_length ?? 300,
      patch: patchOf(c, 1, 2),
    }),
  },
  // Open-Sora 2: the dual and single stream blocks of Flux, over video.
  MMDiTModel: {
    vae: 'AutoencoderKLHunyuanVideo',
    textEncoderParams: T5_XXL + CLIP_L,
    guidedPasses: 3,
    read: (c) => {
      const d = c.hidden_size ?? 3072;
      const ratio = c.mlp_ratio ?? 4;
      return {
        blocks: [jointBlocks(c.depth ?? 19, d, ratio), ...singleBlocks(c.depth_single_blocks ?? 38, d, ratio)],
        textTokens: 512,
        patch: patchOf(c, 1, 2),
        isGuidanceDistilled: c.guidance_embed ?? false,
      };
    },
  },
};

const UNETS = ['UNetMotionModel', 'UNet2DConditionModel', 'UNet3DConditionModel'];

/** Class names of denoisers that are read. */
export const DENOISER_CLASSES: readonly string[] = [...Object.keys(FAMILIES), 'UNetMotionModel'];

/** The name in `_class_name`, or what other fields say plainly. */
function classOf(config: Config): string {
  const named = config._class_name ?? config.architectures?.[0];
  if (named !== undefined && named !== '') return named;
  if (config.model_type === 'STDiT3') return 'STDiT3';
  if (config.type === 'flux' && config.depth_single_blocks !== undefined) return 'MMDiTModel';
  if (config.ffn_dim !== undefined && config.dim !== undefined && config.num_heads !== undefined) return 'WanModel';
  throw new VideoConfigError(
    `config: no _class_name; give the config.json of the transformer folder (known are ${DENOISER_CLASSES.join(', ')})`,
  );
}

/**
 * @param config The object of a transformer's `config.json`, with an optional `vae` object (its config.json, or its compression).
 * @throws VideoConfigError naming the field or the class that cannot be read
 */
export function videoArchitectureFromConfig(config: unknown): VideoArchitecture {
  const checked = configSchema.safeParse(withoutNulls(config));
  if (!checked.success) {
    const issue = checked.error.issues[0]!;
    const field = issue.path.join('.');
    throw new VideoConfigError(
      field === '' ? 'config: expected the object of a config.json' : `config.${field}: ${issue.message}`,
    );
  }
  const own = checked.data;
  const className = classOf(own);
  if (UNETS.includes(className)) return motionUNet(own, className);
  const family = FAMILIES[className];
  if (family === undefined) {
    throw new VideoConfigError(
      `config._class_name: ${unknownIdMessage('video transformer', className, DENOISER_CLASSES)}`,
    );
  }
  const { blocks, textTokens, patch: sides, isGuidanceDistilled } = family.read(own);
  if (blocks[0]!.width > MOST_WIDTH) throw new VideoConfigError('config: heads x head dimension is not plausible');
  const denoiser: DiffusionTransformer = {
    kind: 'transformer',
    blocks,
    textTokens,
    patch: sides,
    // The sinusoid of 256 channels through two layers, and six vectors of modulation from it.
    embeddingFlopsPerPass: 2 * 256 * blocks[0]!.width + 14 * blocks[0]!.width ** 2,
  };
  return {
    denoiser,
    vae: vaeFromConfig(own.vae, family.vae),
    textEncoderParams: family.textEncoderParams,
    isGuidanceDistilled: isGuidanceDistilled ?? false,
    guidedPasses: family.guidedPasses ?? 2,
    frameRounding: family.frameRounding ?? 'down',
    className,
  };
}

function motionUNet(config: Config, className: string): VideoArchitecture {
  const blockChannels = config.block_out_channels ?? [320, 640, 1280, 1280];
  const types = config.down_block_types;
  return {
    denoiser: {
      kind: 'unet',
      blockChannels,
      layersPerBlock: config.layers_per_block ?? 2,
      attends: blockChannels.map((_, i) => types?.[i]?.includes('CrossAttn') ?? i < blockChannels.length - 1),
      textWidth: config.cross_attention_dim ?? 768,
      textTokens: 77,
      latentChannels: config.in_channels ?? 4,
    },
    vae: vaeFromConfig(config.vae, 'AutoencoderKL'),
    textEncoderParams: CLIP_L,
    isGuidanceDistilled: false,
    guidedPasses: 2,
    frameRounding: 'down',
    className,
  };
}

/** What `config` says of its VAE: the compression itself, a class alone, or nothing. */
export function saysItsVae(config: object): 'compression' | 'class' | 'nothing' {
  const vae = (config as { vae?: unknown }).vae;
  if (saysCompression(vae)) return 'compression';
  const named = (vae as { _class_name?: unknown } | null | undefined)?._class_name;
  return typeof named === 'string' && VAE_CLASSES.includes(named) ? 'class' : 'nothing';
}
