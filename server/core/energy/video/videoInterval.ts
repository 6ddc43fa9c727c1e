/** 90 % intervals of a clip: log-scale spreads in quadrature, Student's t for the few models behind them. */
import type { Interval90 } from '../types.js';
import type { VideoCoefficients } from './coefficients.js';

/** What the width depends on. */
export interface VideoIntervalCase {
  readonly isOwn: boolean;
  readonly isUnet: boolean;
  readonly isSoftwareKnown: boolean;
  readonly gpus: number;
  /** Log-scale spread of what several GPUs cost, where their split is not known; 0 where it is. */
  readonly splitSigma: number;
  readonly isReferenceGpu: boolean;
  readonly latentTokens: number;
}

/** 95th percentile of Student's t, by degrees of freedom from 1. */
const T95 = [6.314, 2.92, 2.353, 2.132, 2.015, 1.943, 1.895, 1.86, 1.833, 1.812];

/** Of tails with few degrees of freedom. */
export const t95 = (degrees: number): number => T95[Math.max(0, Math.round(degrees) - 1)] ?? 1.645;

/** How far the spread on several GPUs has grown, over that at 8. */
export const parallelScale = (gpus: number): number => Math.log2(gpus) / 3;

/** Log-scale half-width of the interval. */
export function videoHalfWidth({ error, sizes }: VideoCoefficients, c: VideoIntervalCase): number {
  const beyond = Math.max(
    0,
    Math.log(sizes.fewestTokens / c.latentTokens),
    Math.log(c.latentTokens / sizes.mostTokens),
  );
  const parts = [
    c.isOwn ? error.ownSigma : c.isUnet ? 0 : error.unseenSigma,
    // The one U-Net was measured at one setting: half of what an unknown one may be off.
    c.isUnet ? (c.isOwn ? error.unetSigma / 2 : error.unetSigma) : 0,
    c.isSoftwareKnown ? 0 : error.softwareSigma,
    error.parallelSigma * parallelScale(c.gpus),
    c.splitSigma,
    c.isReferenceGpu ? 0 : error.gpuSigma,
    c.isUnet ? 0 : error.sizeSigma * beyond,
  ];
  return t95(c.gpus > 1 ? error.severalTailDegrees : error.tailDegrees) * Math.hypot(...parts);
}

export function videoInterval(joules: number, coefficients: VideoCoefficients, c: VideoIntervalCase): Interval90 {
  const factor = Math.exp(videoHalfWidth(coefficients, c));
  return [joules / factor, joules * factor];
}
