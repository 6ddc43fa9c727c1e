/**
 * A model as the energy equation sees it: what is read, moved and multiplied per token. Derived from the fields of a
 * public `config.json` (Hugging Face `transformers` names); see `fromConfig.ts`.
 */

import type { GpuId, PrecisionId } from './types.js';

/** Layers that share one kind of attention (or recurrence). */
export interface AttentionGroup {
  readonly kind: 'full' | 'sliding' | 'recurrent';
  readonly layers: number;
  /** Sliding window in tokens; null for full attention and recurrence. */
  readonly windowTokens: number | null;
  /** KV cache elements per token and layer: 2 x kvHeads x headDim; MLA: kv_lora_rank + qk_rope_head_dim; 0 if recurrent. */
  readonly kvElementsPerTokenPerLayer: number;
  /** Multiply-adds x 2 of attention per (query token, context token) pair and layer: 4 x heads x headDim (MLA: in prefill). */
  readonly attentionFlopsPerPairPerLayer: number;
  /** The same in decode where it differs: latent attention (MLA) then works on the compressed cache. */
  readonly decodeFlopsPerPairPerLayer?: number;
  /** Recurrent state elements per sequence and layer; 0 for attention. */
  readonly stateElementsPerLayer: number;
  /** KV heads (1 for latent attention): tensor parallelism beyond them copies the cache. Absent: no copies assumed. */
  readonly kvHeads?: number;
}

/** Parameter counts are in parameters (not billions), all layers together. */
export interface Architecture {
  /** Hugging Face id, or a name for a user's config. */
  readonly id: string;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly vocabularySize: number;
  /** Everything stored. */
  readonly totalParams: number;
  /** Multiplied for each token: shared + experts per token, LM head included, input embedding excluded. */
  readonly activeParams: number;
  /** Read in every decode step whatever the batch: attention, dense MLPs, shared experts, routers, LM head. */
  readonly sharedReadParams: number;
  /** All routed experts of all layers; 0 for dense models. */
  readonly expertParams: number;
  readonly moeLayers: number;
  /** Routed experts per MoE layer, and how many of them a token uses; 0 for dense models. */
  readonly experts: number;
  readonly expertsPerToken: number;
  readonly attention: readonly AttentionGroup[];
  /** Longest context the config allows, in tokens; null if it does not say. */
  readonly maxContextTokens: number | null;
  /** From `quantization_config`, else `torch_dtype`; null if the config says neither. */
  readonly nativePrecision: PrecisionId | null;
  /**
   * Parameters among `sharedReadParams` (output head not counted) that the checkpoint keeps in 16 bit under its own
   * quantization (`modules_to_not_convert`, `ignore`), e.g. attention in the FP8 releases of Llama; absent: none.
   */
  readonly sixteenBitParams?: number;
  /** Native FP8 with one scale per block of weights (`weight_block_size`): its expert kernels pad more. Absent: no. */
  readonly fp8BlockScales?: boolean;
  /** What was assumed while reading the config, one phrase each. */
  readonly notes: readonly string[];
}

/** Public figures of one GPU; peaks are dense (no sparsity). */
export interface GpuSpec {
  readonly id: GpuId;
  readonly title: string;
  readonly vramGiB: number;
  readonly bandwidthBytesPerSecond: number;
  /** Peak FLOP/s by arithmetic: fp32 (CUDA cores), bf16/fp16 tensor, fp8, int8; null where the hardware has none. */
  readonly peakFlopsPerSecond: {
    readonly fp32: number;
    readonly bf16: number;
    readonly fp8: number | null;
    readonly int8: number | null;
  };
  readonly tdpWatts: number;
  readonly idleWatts: number;
  readonly source: string;
}
