/**
 * What a weight format means for bytes moved and arithmetic done. Facts of the formats, not fitted numbers:
 * fitted factors of a format stand in `coefficients.json` under `precisions`.
 */
import type { Architecture, GpuSpec } from '../architecture.js';
import type { PrecisionId } from '../types.js';

/** Which arithmetic unit multiplies the weights. */
export type ComputePath = 'fp32' | 'bf16' | 'fp8' | 'int8';

export interface WeightFormat {
  /** Bytes per quantized weight, scales included. */
  readonly bytesPerWeight: number;
  /** Bytes of one activation or KV cache element. */
  readonly bytesPerActivation: number;
  readonly compute: ComputePath;
  /** Which weights the format covers by default; the others stay in 16 bit. */
  readonly covers: 'all' | 'linear' | 'experts';
}

/**
 * Formats by id. fp8 and int8 keep one scale per 128 x 128 block or channel (under 0.1 %); int4 is 4 bits and a 16-bit
 * scale per 128 weights and zero points (4.16 bits); NF4 of bitsandbytes 4.5 bits with its block-64 scales (4.127 when the
 * scales are quantized twice, off by default); mxfp4 is 4 bits and one 8-bit scale per 32 weights (OCP MX v1.0), in use on
 * the experts alone (gpt-oss).
 */
export const WEIGHT_FORMATS: Readonly<Record<PrecisionId, WeightFormat>> = {
  bf16: { bytesPerWeight: 2, bytesPerActivation: 2, compute: 'bf16', covers: 'all' },
  fp16: { bytesPerWeight: 2, bytesPerActivation: 2, compute: 'bf16', covers: 'all' },
  fp32: { bytesPerWeight: 4, bytesPerActivation: 4, compute: 'fp32', covers: 'all' },
  fp8: { bytesPerWeight: 1, bytesPerActivation: 2, compute: 'fp8', covers: 'linear' },
  int8: { bytesPerWeight: 1, bytesPerActivation: 2, compute: 'int8', covers: 'linear' },
  'int8-bnb': { bytesPerWeight: 1, bytesPerActivation: 2, compute: 'int8', covers: 'linear' },
  int4: { bytesPerWeight: 0.52, bytesPerActivation: 2, compute: 'bf16', covers: 'linear' },
  'int4-bnb': { bytesPerWeight: 0.5625, bytesPerActivation: 2, compute: 'bf16', covers: 'linear' },
  mxfp4: { bytesPerWeight: 0.53125, bytesPerActivation: 2, compute: 'bf16', covers: 'experts' },
};

/** Bytes of the weights that one decode step may read, and of everything stored. */
export interface WeightBytes {
  /** Read in every step whatever the batch. */
  readonly shared: number;
  /** All routed experts of all layers. */
  readonly experts: number;
  /** What the GPUs must hold, input embedding included. */
  readonly stored: number;
}

/**
 * Bytes of a model's weights in a format. Under formats that cover linear layers only, the output head (and the input
 * embedding) stay in 16 bit, as does what the checkpoint itself leaves unconverted (`sixteenBitParams`), which counts only
 * when the asked format is the checkpoint's own.
 */
export function weightBytes(arch: Architecture, precision: PrecisionId): WeightBytes {
  const format = WEIGHT_FORMATS[precision];
  const headParams = Math.min(arch.vocabularySize * arch.hiddenSize, arch.sharedReadParams);
  const embeddingParams = Math.max(0, arch.totalParams - arch.sharedReadParams - arch.expertParams);
  const wide = format.covers === 'all' ? format.bytesPerWeight : 2;
  if (format.covers === 'experts') {
    // A dense model has no experts to put in this format: then it covers its linear layers instead.
    if (arch.expertParams > 0) {
      const shared = wide * arch.sharedReadParams;
      const experts = format.bytesPerWeight * arch.expertParams;
      return { shared, experts, stored: shared + experts + wide * embeddingParams };
    }
  }
  const keptByCheckpoint = arch.nativePrecision === precision ? (arch.sixteenBitParams ?? 0) : 0;
  const keptShared = Math.min(arch.sharedReadParams, headParams + keptByCheckpoint);
  const shared = wide * keptShared + format.bytesPerWeight * (arch.sharedReadParams - keptShared);
  const experts = format.bytesPerWeight * arch.expertParams;
  return { shared, experts, stored: shared + experts + wide * embeddingParams };
}

/** Peak FLOP/s of a GPU on a format's arithmetic unit; 16-bit where the hardware has no such unit. */
export function peakFlops(gpu: GpuSpec, compute: ComputePath): number {
  const peaks = gpu.peakFlopsPerSecond;
  return peaks[compute] ?? peaks.bf16;
}
