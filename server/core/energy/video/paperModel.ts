/**
 * The published analytic model of text-to-video energy (Delavande, Pierrard, Luccioni: "Video Killed the Energy Budget",
 * arXiv 2509.19222), as printed: FLOPs over an efficiency and a peak give seconds, times the GPU's power gives energy.
 * Its constants for WAN2.1-T2V-1.3B (Table 5) are one fitted set: N 32 and d 2048 are not the released model's sizes, and
 * the efficiency goes with them.
 */
import type { VideoArchitecture } from './architecture.js';
import type { VideoModel } from './catalogue.js';
import type { ClipSize } from './plan.js';

/** Table 5. FLOPs, watts, and sizes of the denoiser and the text encoder. */
export interface PaperConstants {
  readonly layers: number;
  readonly width: number;
  readonly feedForwardRatio: number;
  readonly textTokens: number;
  /** Passes of the text encoder: prompt and negative prompt. */
  readonly textPasses: number;
  readonly textWidth: number;
  readonly textLayers: number;
  readonly textFeedForwardRatio: number;
  readonly timeWidth: number;
  /** Pixels per latent token in each direction, and frames per latent frame. */
  readonly pixelsPerToken: number;
  readonly framesPerLatent: number;
  readonly vaeFlopsPerPixel: number;
}

/** Achieved over peak FLOP/s: the paper's regression on WAN2.1-T2V-1.3B (R2 0.998). */
export const PAPER_EFFICIENCY = 0.456;
/** Dense 16-bit peak of an H100 in FLOP/s. Table 5 misprints the exponent. */
export const PAPER_PEAK = 989e12;
/** Power of an H100 at its limit, in watts. */
export const PAPER_WATTS = 700;

/** Mean percentage errors that the paper states for its sweeps (Table 3): quoted, not recomputed. */
export const PAPER_SWEEP_ERRORS = {
  resolution: { energyPercent: 11.6, latencyPercent: 14 },
  frames: { energyPercent: 6.6, latencyPercent: 10.5 },
  steps: { energyPercent: 1.9, latencyPercent: 1.9 },
} as const;

/** T5-XXL, as Table 5 has it for every model. */
const TEXT = { textPasses: 2, textWidth: 4096, textLayers: 24, textFeedForwardRatio: 2.5 } as const;

/** Table 5 for WAN2.1-T2V-1.3B; the VAE's convolutions (Table 6) are summed from its public config. */
export const paperWan = (arch: VideoArchitecture): PaperConstants => ({
  ...TEXT,
  layers: 32,
  width: 2048,
  feedForwardRatio: 4,
  textTokens: 512,
  timeWidth: 256,
  pixelsPerToken: 16,
  framesPerLatent: 4,
  vaeFlopsPerPixel: arch.vae.decoderFlopsPerPixel,
});

/** FLOPs of a clip by the paper's terms; `perStep` ones are of one pass. */
export interface PaperFlops {
  readonly text: number;
  readonly selfAttention: number;
  readonly crossAttention: number;
  readonly mlp: number;
  readonly timeEmbedding: number;
  readonly vae: number;
  readonly total: number;
}

/** Latent tokens as the paper counts them, not rounded: (1 + T/4)(H/16)(W/16). */
export const paperTokens = (c: PaperConstants, { width, height, frames }: ClipSize): number =>
  (1 + frames / c.framesPerLatent) * (height / c.pixelsPerToken) * (width / c.pixelsPerToken);

export const paperSelfAttention = (c: PaperConstants, l: number): number =>
  c.layers * (8 * l * c.width ** 2 + 4 * l ** 2 * c.width);

export const paperCrossAttention = (c: PaperConstants, l: number): number =>
  c.layers * (4 * l * c.width ** 2 + 4 * c.textTokens * c.width ** 2 + 4 * l * c.textTokens * c.width);

export const paperMlp = (c: PaperConstants, l: number): number => c.layers * 4 * c.feedForwardRatio * l * c.width ** 2;

export const paperTimeEmbedding = (c: PaperConstants): number => 2 * c.timeWidth * c.width + 14 * c.width ** 2;

export const paperTextEncoder = (c: PaperConstants): number =>
  c.textPasses *
  c.textLayers *
  (8 * c.textTokens * c.textWidth ** 2 +
    4 * c.textTokens ** 2 * c.textWidth +
    4 * c.textFeedForwardRatio * c.textTokens * c.textWidth ** 2);

export const paperVae = (c: PaperConstants, { width, height, frames }: ClipSize): number =>
  c.vaeFlopsPerPixel * width * height * frames;

/** FLOPs of a clip at `tokens` latent tokens. */
export function paperFlops(
  c: PaperConstants,
  tokens: number,
  steps: number,
  passes: number,
  clip: ClipSize,
): PaperFlops {
  const per = steps * passes;
  const text = paperTextEncoder(c);
  const selfAttention = per * paperSelfAttention(c, tokens);
  const crossAttention = per * paperCrossAttention(c, tokens);
  const mlp = per * paperMlp(c, tokens);
  const timeEmbedding = per * paperTimeEmbedding(c);
  const vae = paperVae(c, clip);
  return {
    text,
    selfAttention,
    crossAttention,
    mlp,
    timeEmbedding,
    vae,
    total: text + selfAttention + crossAttention + mlp + timeEmbedding + vae,
  };
}

/** Seconds and energy of FLOPs under the paper's efficiency, peak and power. */
export function paperEnergy(flops: number): { readonly seconds: number; readonly gpuWattHours: number } {
  const seconds = flops / (PAPER_EFFICIENCY * PAPER_PEAK);
  return { seconds, gpuWattHours: (PAPER_WATTS * seconds) / 3600 };
}

/** The same terms with another model's own public sizes; null for a U-Net. */
function paperConstantsOf(model: VideoModel): PaperConstants | null {
  const { denoiser, vae } = model.arch;
  if (denoiser.kind !== 'transformer') return null;
  if (model.id === 'wan2.1-t2v-1.3b') return paperWan(model.arch);
  const { width } = denoiser.blocks[0]!;
  const layers = denoiser.blocks.reduce((sum, b) => sum + b.layers, 0);
  const perToken = denoiser.blocks.reduce((sum, b) => sum + b.layers * b.linearFlopsPerToken, 0) / layers;
  // The paper's blocks have cross-attention (4 d^2 more per token); where text is joint, the rest is feed-forward too.
  const feedForward = perToken - 8 * width ** 2 - 4 * width ** 2;
  return {
    ...TEXT,
    layers,
    width,
    feedForwardRatio: feedForward / (4 * width ** 2),
    textTokens: denoiser.textTokens,
    timeWidth: 256,
    pixelsPerToken: vae.spatialCompression * denoiser.patch[1],
    framesPerLatent: vae.temporalCompression * denoiser.patch[0],
    vaeFlopsPerPixel: vae.decoderFlopsPerPixel,
  };
}

/** The published formula for a clip of a model, stage by stage; null where it has none. */
export function paperVideo(
  model: VideoModel,
  stages: readonly { readonly clip: ClipSize; readonly steps: number }[],
  passes: number,
): { readonly seconds: number; readonly gpuWattHours: number } | null {
  const c = paperConstantsOf(model);
  if (c === null) return null;
  let flops = paperTextEncoder(c) + paperVae(c, stages.at(-1)!.clip);
  for (const { clip, steps } of stages) {
    const { selfAttention, crossAttention, mlp, timeEmbedding } = paperFlops(
      c,
      paperTokens(c, clip),
      steps,
      passes,
      clip,
    );
    flops += selfAttention + crossAttention + mlp + timeEmbedding;
  }
  return paperEnergy(flops);
}
