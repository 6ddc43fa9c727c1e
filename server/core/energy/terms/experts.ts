/**
 * Mixture of experts: how many experts a step reads, how unevenly expert parallelism loads the GPUs, and how much
 * arithmetic the grouped products do on padding. Facts of the engines' kernels and of chance; nothing here is fitted.
 */
import type { Architecture } from '../architecture.js';
import type { PrecisionId } from '../types.js';

/**
 * Fraction of the routed experts that at least one of `tokens` tokens uses, 0 to 1, if each picks `expertsPerToken` of
 * `experts` at random: 1 - (1 - k/E)^tokens.
 */
export function expertCoverage(experts: number, expertsPerToken: number, tokens: number): number {
  if (experts <= 0) return 0;
  return 1 - Math.pow(1 - Math.min(1, expertsPerToken / experts), Math.max(0, tokens));
}

/**
 * Experts read by the busiest of `ranks` GPUs over the mean, >= 1: 1 + strength x sqrt(2 ln ranks) x deviation / mean,
 * the expected maximum of normal counts with the binomial deviation of touched experts per GPU; at most `ranks`.
 */
export function busiestRankRatio(ranks: number, experts: number, coverage: number, strength: number): number {
  if (ranks <= 1 || coverage <= 0) return 1;
  const touched = (experts * coverage) / ranks;
  const deviation = Math.sqrt(touched * (1 - coverage));
  return Math.min(ranks, 1 + (strength * Math.sqrt(2 * Math.log(ranks)) * deviation) / touched);
}

/** Tiles of a grouped product: rows that each expert's part is padded to, small or large by the number of tokens. */
export interface TileRule {
  readonly smallRows: number;
  readonly largeRows: number;
  /** Share of steps with large tiles, 0 to 1. */
  readonly largeShare: number;
}

/**
 * vLLM's default launch of the Triton kernel (`get_default_config` in fused_moe.py): 16 rows while the tokens are at most
 * the GPU's experts, else 64; block-scaled FP8 always 64. The kernels of mxfp4 (gpt-oss) and of channel-scaled FP8
 * follow small batches: 16. A batch is a mean that the steps vary about, so the change is spread over 1 to 1.5 times the
 * GPU's experts.
 */
export function tileRule(arch: Architecture, precision: PrecisionId, tokens: number, ranks: number): TileRule {
  if (precision === 'fp8') {
    const rows = arch.fp8BlockScales === true ? 64 : 16;
    return { smallRows: rows, largeRows: rows, largeShare: 0 };
  }
  if (precision === 'mxfp4') return { smallRows: 16, largeRows: 16, largeShare: 0 };
  const ratio = (tokens * ranks) / arch.experts;
  return { smallRows: 16, largeRows: 64, largeShare: 1 / (1 + Math.pow(1.22 / ratio, 14)) };
}

/**
 * FLOPs that the grouped products of one step launch for `tokens` tokens, padding included, all layers and GPUs.
 * Block-scaled FP8 launches every expert of a GPU, touched or not (its cost was seen not to fall at small batch);
 * elsewhere only touched experts count. Rows round up to tiles: at least one, half a tile too many on average.
 */
export function paddedExpertFlops(
  arch: Architecture,
  precision: PrecisionId,
  tokens: number,
  ranks: number,
  coverage: number,
): number {
  if (arch.expertParams <= 0 || coverage <= 0) return 0;
  const launchesAll = precision === 'fp8' && arch.fp8BlockScales === true;
  const launched = arch.experts * (launchesAll ? 1 : coverage);
  const rowsPerExpert = (tokens * arch.expertsPerToken) / launched;
  const { smallRows, largeRows, largeShare } = tileRule(arch, precision, tokens, ranks);
  const padded = (tile: number): number => tile * Math.max(1, rowsPerExpert / tile + 0.5);
  const rows = launched * ((1 - largeShare) * padded(smallRows) + largeShare * padded(largeRows));
  return rows * 2 * (arch.expertParams / arch.experts);
}

/** Bytes of activations gathered, scattered and summed for one token by the routing of all MoE layers, one pass, 16 bit. */
export function routedActivationBytes(arch: Architecture): number {
  return arch.moeLayers * arch.expertsPerToken * arch.hiddenSize * 2;
}
