/** What one pass of a denoiser has to do: FLOPs by kind, and elements that its element-wise operations touch. */
import type { Denoiser, DiffusionTransformer, MotionUNet } from './architecture.js';

/** A clip as the denoiser sees it. Sizes may be fractions: the formulas do not round. */
export interface LatentGrid {
  /** Tokens in time; frames for a U-Net. */
  readonly frames: number;
  /** Tokens of a frame; for a U-Net, latent pixels. */
  readonly perFrame: number;
}

/** One pass. */
export interface PassWork {
  /** Products with weights. */
  readonly linearFlops: number;
  /** Products of queries with keys, and of weights with values. */
  readonly selfAttentionFlops: number;
  readonly crossAttentionFlops: number;
  /** Convolutions (U-Net). */
  readonly convFlops: number;
  /** Tokens x channels x layers: norms, activations, modulation, rotary embedding run over them. */
  readonly elements: number;
  /** Layers whose kernels are launched. */
  readonly layers: number;
}

/** Work of one pass over a grid. */
export const passWork = (denoiser: Denoiser, grid: LatentGrid): PassWork =>
  denoiser.kind === 'transformer' ? transformerWork(denoiser, grid) : unetWork(denoiser, grid);

function transformerWork(denoiser: DiffusionTransformer, { frames, perFrame }: LatentGrid): PassWork {
  const tokens = frames * perFrame;
  const text = denoiser.textTokens;
  let linearFlops = denoiser.embeddingFlopsPerPass;
  let selfAttentionFlops = 0;
  let crossAttentionFlops = 0;
  let elements = 0;
  let layers = 0;
  for (const b of denoiser.blocks) {
    const sequence = tokens + (b.text === 'joint' ? text : 0);
    const attended = b.attention === 'all' ? sequence : b.attention === 'frame' ? perFrame : frames;
    linearFlops +=
      b.layers * (tokens * b.linearFlopsPerToken + (b.text === 'none' ? 0 : text * b.linearFlopsPerTextToken));
    selfAttentionFlops += b.layers * 4 * sequence * attended * b.width;
    if (b.text === 'cross') crossAttentionFlops += b.layers * 4 * tokens * text * b.width;
    elements += b.layers * sequence * b.width;
    layers += b.layers;
  }
  return { linearFlops, selfAttentionFlops, crossAttentionFlops, convFlops: 0, elements, layers };
}

/** Adds up a U-Net's parts: residual blocks, a transformer where it attends, and a motion module after each. */
function unetWork(net: MotionUNet, { frames, perFrame }: LatentGrid): PassWork {
  let [linear, self, cross, conv, elements, layers] = [0, 0, 0, 0, 0, 0];
  const first = net.blockChannels[0]!;
  const embedding = 4 * first;
  const resnet = (from: number, to: number, pixels: number): void => {
    conv += frames * (18 * to * (from + to) * pixels + (from === to ? 0 : 2 * from * to * pixels));
    linear += frames * 2 * embedding * to;
    elements += frames * pixels * to;
    layers++;
  };
  const spatial = (c: number, pixels: number): void => {
    const tokens = frames * pixels;
    // In and out, self-attention, queries and output of the cross-attention, gated feed-forward of 4 c.
    linear += tokens * (4 + 8 + 4 + 24) * c * c + frames * 4 * net.textWidth * c * net.textTokens;
    self += 4 * tokens * pixels * c;
    cross += 4 * tokens * net.textTokens * c;
    elements += tokens * c;
    layers++;
  };
  const motion = (c: number, pixels: number): void => {
    const tokens = frames * pixels;
    // In and out, two attentions over the frames, gated feed-forward of 4 c.
    linear += tokens * (4 + 16 + 24) * c * c;
    self += 2 * 4 * tokens * frames * c;
    elements += tokens * c;
    layers++;
  };

  let pixels = perFrame;
  let c = first;
  conv += frames * 18 * net.latentChannels * c * pixels;
  const skips = [c];
  const last = net.blockChannels.length - 1;
  net.blockChannels.forEach((to, i) => {
    for (let layer = 0; layer < net.layersPerBlock; layer++) {
      resnet(c, to, pixels);
      c = to;
      if (net.attends[i] === true) spatial(c, pixels);
      motion(c, pixels);
      skips.push(c);
    }
    if (i === last) return;
    pixels /= 4;
    conv += frames * 18 * c * c * pixels;
    skips.push(c);
  });
  resnet(c, c, pixels);
  resnet(c, c, pixels);
  spatial(c, pixels);
  motion(c, pixels);
  for (let i = last; i >= 0; i--) {
    const to = net.blockChannels[i]!;
    for (let layer = 0; layer <= net.layersPerBlock; layer++) {
      resnet(c + skips.pop()!, to, pixels);
      c = to;
      if (net.attends[i] === true) spatial(c, pixels);
      motion(c, pixels);
    }
    if (i === 0) break;
    pixels *= 4;
    conv += frames * 18 * c * c * pixels;
  }
  conv += frames * 18 * c * net.latentChannels * pixels;
  return {
    linearFlops: linear,
    selfAttentionFlops: self,
    crossAttentionFlops: cross,
    convFlops: conv,
    elements,
    layers,
  };
}
