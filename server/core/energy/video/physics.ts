/**
 * Our energy of a clip: every kind of work times its joules, on one H100 under Diffusers; software, number and kind of GPUs
 * scale it. Before rounding it is a polynomial of degree two in latent tokens and linear in steps.
 */
import type { VideoArchitecture } from './architecture.js';
import type { ParallelCoefficients, VideoBase } from './coefficients.js';
import type { ClipSize, Stage } from './plan.js';
import { passWork } from './work.js';

/** Joules of a clip by what they are spent on; they add up to the total. */
export interface VideoTerms {
  /** Prompt, and negative prompt under guidance, through the text encoder. */
  readonly textEncoder: number;
  /** Products of the denoiser with its weights (projections, feed-forward; convolutions of a U-Net). */
  readonly linear: number;
  readonly selfAttention: number;
  readonly crossAttention: number;
  /** Norms, activations, modulation, rotary embedding, and launching all of it. */
  readonly elementwise: number;
  /** Latents to pixels. */
  readonly vae: number;
}

export const totalOf = (terms: VideoTerms): number =>
  terms.textEncoder + terms.linear + terms.selfAttention + terms.crossAttention + terms.elementwise + terms.vae;

/** All terms times one factor. */
export const scaled = (terms: VideoTerms, factor: number): VideoTerms => ({
  textEncoder: terms.textEncoder * factor,
  linear: terms.linear * factor,
  selfAttention: terms.selfAttention * factor,
  crossAttention: terms.crossAttention * factor,
  elementwise: terms.elementwise * factor,
  vae: terms.vae * factor,
});

/**
 * One H100 SXM under Diffusers. Sizes and steps may be fractions.
 *
 * @param passes per step
 * @param decoded what the VAE decodes
 */
export function videoTerms(
  arch: VideoArchitecture,
  stages: readonly Stage[],
  passes: number,
  decoded: ClipSize,
  base: VideoBase,
): VideoTerms {
  let [linear, selfAttention, crossAttention, elementwise] = [0, 0, 0, 0];
  for (const { grid, steps } of stages) {
    const work = passWork(arch.denoiser, grid);
    const runs = steps * passes;
    linear += runs * (work.linearFlops * base.linearFlopJoules + work.convFlops * base.convFlopJoules);
    selfAttention += runs * work.selfAttentionFlops * base.attentionFlopJoules;
    crossAttention += runs * work.crossAttentionFlops * base.attentionFlopJoules;
    elementwise += runs * (work.elements * base.elementJoules + work.layers * base.launchJoules);
  }
  const pixels = decoded.width * decoded.height * decoded.frames;
  const prompts = passes > 1 ? 2 : 1;
  const textFlops = 2 * arch.textEncoderParams * arch.denoiser.textTokens * prompts;
  return {
    textEncoder: textFlops * base.linearFlopJoules,
    linear,
    selfAttention,
    crossAttention,
    elementwise,
    vae: pixels * arch.vae.decoderFlopsPerPixel * base.convFlopJoules,
  };
}

/** GPU seconds of the terms: products and attention at the power cap, the rest below it. */
export function gpuSeconds(terms: VideoTerms, base: VideoBase): number {
  const tensor = terms.textEncoder + terms.linear + terms.selfAttention + terms.crossAttention;
  return tensor / base.tensorWatts + (terms.elementwise + terms.vae) / base.otherWatts;
}

/** How GPUs share the sequence: `ulysses` of them split the heads, and `ring` such groups pass keys and values round. */
export interface SequenceSplit {
  readonly ulysses: number;
  readonly ring: number;
}

/** Energy of all GPUs over that of one. */
export function parallelFactor(
  arch: VideoArchitecture,
  { ulysses, ring }: SequenceSplit,
  p: ParallelCoefficients,
): number {
  const others = ulysses * ring - 1;
  if (others <= 0) return 1;
  const isJoint = arch.denoiser.kind === 'transformer' && arch.denoiser.blocks.every((b) => b.text === 'joint');
  const [overhead, exponent, perRing] = isJoint
    ? [p.jointOverhead, p.jointExponent, p.jointRing]
    : [p.crossOverhead, p.crossExponent, p.crossRing];
  return 1 + overhead * others ** exponent + perRing * others * (ring - 1);
}

/** Every split of a clip over `gpus`, the shortest ring first. */
function sequenceSplits(gpus: number): SequenceSplit[] {
  const splits: SequenceSplit[] = [];
  for (let ring = 1; ring <= gpus; ring++) {
    if (gpus % ring === 0) splits.push({ ulysses: gpus / ring, ring });
  }
  return splits;
}

/** `parallelFactor` where the split is not known: the mean over all, and how far they spread. Logarithms. */
export function unknownSplitFactor(
  arch: VideoArchitecture,
  gpus: number,
  p: ParallelCoefficients,
): { readonly factor: number; readonly logSigma: number } {
  const logs = sequenceSplits(gpus).map((split) => Math.log(parallelFactor(arch, split, p)));
  const middle = logs.reduce((sum, x) => sum + x, 0) / logs.length;
  const variance = logs.reduce((sum, x) => sum + (x - middle) ** 2, 0) / logs.length;
  return { factor: Math.exp(middle), logSigma: Math.sqrt(variance) };
}
