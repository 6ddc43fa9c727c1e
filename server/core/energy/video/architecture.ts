/** What the energy of a text-to-video model depends on: its denoiser, its VAE and its text encoder. Plain data. */

/** Transformer blocks of one kind. FLOPs are of one pass, multiply and add counted as two. */
export interface BlockGroup {
  readonly layers: number;
  /** Channels of the hidden state. */
  readonly width: number;
  /** Products with weights, per latent token and layer. */
  readonly linearFlopsPerToken: number;
  /** The same per text token. */
  readonly linearFlopsPerTextToken: number;
  /** What a latent token attends to: every token, those of its frame, or those of its place in other frames. */
  readonly attention: 'all' | 'frame' | 'position';
  /** Text stands in the same sequence, is attended to across, or does not enter. */
  readonly text: 'joint' | 'cross' | 'none';
}

/** A diffusion transformer. */
export interface DiffusionTransformer {
  readonly kind: 'transformer';
  readonly blocks: readonly BlockGroup[];
  /** Tokens that the text encoder hands over, padding included. */
  readonly textTokens: number;
  /** Time embedding and modulation, FLOPs per pass whatever the size. */
  readonly embeddingFlopsPerPass: number;
  /** Latent frames, and latent rows and columns, that make one token. */
  readonly patch: readonly [time: number, space: number];
}

/** A U-Net over single frames with motion modules between them (AnimateDiff), in the field names of its config. */
export interface MotionUNet {
  readonly kind: 'unet';
  readonly blockChannels: readonly number[];
  readonly layersPerBlock: number;
  /** Per block, whether it attends to the text. */
  readonly attends: readonly boolean[];
  readonly textWidth: number;
  readonly textTokens: number;
  readonly latentChannels: number;
}

export type Denoiser = DiffusionTransformer | MotionUNet;

/** The decoder from latents to pixels. */
export interface VideoVae {
  /** Pixels per latent, in time and in each direction of space. */
  readonly temporalCompression: number;
  readonly spatialCompression: number;
  /** Convolutions of the decoder per pixel and frame of the clip. */
  readonly decoderFlopsPerPixel: number;
}

/** A text-to-video model as figures are made for it. */
export interface VideoArchitecture {
  readonly denoiser: Denoiser;
  readonly vae: VideoVae;
  /** Parameters of the text encoder; it runs once for the prompt, and once more for the negative one. */
  readonly textEncoderParams: number;
  /** Guidance is inside the weights: one pass a step whatever the scale. */
  readonly isGuidanceDistilled: boolean;
  /** Passes a step when guidance is on: two, or three where text and image are guided apart. */
  readonly guidedPasses: number;
  /** What the pipeline does with frames that are not one more than a multiple of the VAE's: nearest below, or nearest. */
  readonly frameRounding: 'down' | 'near';
  /** Public `_class_name` of the denoiser. */
  readonly className: string;
}

/** A config that cannot be read as a text-to-video model; the message is one clear line. */
export class VideoConfigError extends Error {}
