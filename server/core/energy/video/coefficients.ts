/** The constants of the video equation: read from one data file that `npm run calibrate` writes. */
import type { StatedCoefficient } from '../coefficients.js';
import data from '../../data/videoCoefficients.json';

/** Constants of one H100 SXM, 16 bit, Diffusers eager. */
export interface VideoBase {
  /** Joules per FLOP: products with weights, attention, convolutions. */
  readonly linearFlopJoules: number;
  readonly attentionFlopJoules: number;
  readonly convFlopJoules: number;
  /** Joules per token, channel and layer: norms, activations, modulation, rotary embedding. */
  readonly elementJoules: number;
  /** Joules per layer and pass: launches. */
  readonly launchJoules: number;
  /** Energy under xDiT over that under Diffusers. */
  readonly xditFactor: number;
  /** Watts while products and attention run, and while the rest does. */
  readonly tensorWatts: number;
  readonly otherWatts: number;
  /** Host watts per GPU. */
  readonly hostWatts: number;
}

/**
 * Energy on n GPUs over one: `1 + overhead x (n - 1)^exponent + ring x (n - 1) x (ring degree - 1)`. Ring attention hands
 * keys and values on in as many steps as its degree; the shorter the part of a GPU, the less of that is hidden.
 */
export interface ParallelCoefficients {
  /** For text that is attended to across (Wan), and for text in the same sequence. */
  readonly crossOverhead: number;
  readonly crossExponent: number;
  readonly crossRing: number;
  readonly jointOverhead: number;
  readonly jointExponent: number;
  readonly jointRing: number;
  /** Mean power of a GPU on n GPUs over one: `n^-powerExponent`. */
  readonly powerExponent: number;
}

/** Log-scale spreads of measured over predicted. */
export interface VideoError {
  /** A model that no row is of. */
  readonly unseenSigma: number;
  /** A model with rows of its own, at other settings. */
  readonly ownSigma: number;
  /** Between Diffusers and xDiT, where it is not said which. */
  readonly softwareSigma: number;
  /** Multi-GPU overhead with the split known, at 8 GPUs; `parallelScale` brings it to others. */
  readonly parallelSigma: number;
  /** A U-Net: one model is known. */
  readonly unetSigma: number;
  /** A GPU other than the H100 SXM. */
  readonly gpuSigma: number;
  /** Per factor of e outside the measured sizes. */
  readonly sizeSigma: number;
  readonly tailDegrees: number;
  /** On several GPUs: fewer models are behind it. */
  readonly severalTailDegrees: number;
}

/** Range of latent tokens that the rows cover. */
export interface MeasuredSizes {
  readonly fewestTokens: number;
  readonly mostTokens: number;
}

export interface VideoCoefficients {
  readonly base: VideoBase;
  readonly parallel: ParallelCoefficients;
  readonly error: VideoError;
  readonly sizes: MeasuredSizes;
  /** By GPU: joules of a clip over those of an H100 SXM. */
  readonly gpus: Readonly<Record<string, number>>;
  /** By catalogue id: measured over predicted of the model's own rows, drawn towards 1. */
  readonly ownFactors: Readonly<Record<string, number>>;
}

type Stated = Readonly<Record<string, StatedCoefficient>>;

/** The data file's shape. */
export interface VideoCoefficientsFile {
  readonly note: string;
  readonly base: Stated;
  readonly parallel: Stated;
  readonly error: Stated;
  readonly sizes: Stated;
  readonly gpus: Stated;
  readonly ownFactors: Stated;
}

const values = (stated: Stated): Record<string, number> =>
  Object.fromEntries(Object.entries(stated).map(([name, c]) => [name, c.value]));

/** Plain numbers of a file. */
export const readVideoCoefficients = (file: VideoCoefficientsFile): VideoCoefficients => ({
  base: values(file.base) as unknown as VideoBase,
  parallel: values(file.parallel) as unknown as ParallelCoefficients,
  error: values(file.error) as unknown as VideoError,
  sizes: values(file.sizes) as unknown as MeasuredSizes,
  gpus: values(file.gpus),
  ownFactors: values(file.ownFactors),
});

/** The shipped file, with units, ranges and sources. */
export const VIDEO_COEFFICIENTS_FILE = data as unknown as VideoCoefficientsFile;

/** The shipped constants as plain numbers. */
export const VIDEO_COEFFICIENTS: VideoCoefficients = readVideoCoefficients(VIDEO_COEFFICIENTS_FILE);
