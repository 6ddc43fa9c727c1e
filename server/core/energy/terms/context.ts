/** What depends on the context: KV cache bytes, recurrent state, attention arithmetic. Sums over the attention groups. */
import type { Architecture, AttentionGroup } from '../architecture.js';

/** Mean of min(context, window) while the context grows evenly from `from` to `from + tokens`. */
export function meanWindowedContext(from: number, tokens: number, window: number | null): number {
  if (window === null || from + tokens <= window) return from + tokens / 2;
  if (from >= window || tokens <= 0) return Math.min(from, window);
  const inside = window - from;
  return (inside * (from + inside / 2) + (tokens - inside) * window) / tokens;
}

/** Sum over query positions `from`..`to` of min(position, window): pairs that prefill attends to. */
export function attendedPairs(from: number, to: number, window: number | null): number {
  if (to <= from) return 0;
  return (to - from) * meanWindowedContext(from, to - from, window);
}

/** Derivative of `meanWindowedContext` with respect to `from`. */
export function meanWindowedSlope(from: number, tokens: number, window: number | null): number {
  if (window === null || from + tokens <= window) return 1;
  if (from >= window) return 0;
  return tokens <= 0 ? 1 : (window - from) / tokens;
}

/** One attention group per token of context, at a KV element size. */
export interface ContextGroup {
  readonly windowTokens: number | null;
  /** KV bytes per context token on all GPUs and layers of the group, with the copies that tensor parallelism keeps. */
  readonly kvBytesPerToken: number;
  /** FLOPs per (query, context) pair of prefill, all layers of the group. */
  readonly flopsPerPair: number;
  /** The same in decode. */
  readonly decodeFlopsPerPair: number;
}

/** The groups with a context-dependent cost; `shards` is how many GPUs split the attention of one layer. */
export function contextGroups(arch: Architecture, bytesPerElement: number, shards = 1): ContextGroup[] {
  return arch.attention
    .filter((g) => g.kind !== 'recurrent')
    .map((g: AttentionGroup) => {
      const bytes = g.layers * g.kvElementsPerTokenPerLayer * bytesPerElement;
      const copies = Math.max(1, shards / (g.kvHeads ?? shards));
      return {
        windowTokens: g.windowTokens,
        kvBytesPerToken: bytes * copies,
        flopsPerPair: g.layers * g.attentionFlopsPerPairPerLayer,
        decodeFlopsPerPair: g.layers * (g.decodeFlopsPerPairPerLayer ?? g.attentionFlopsPerPairPerLayer),
      };
    });
}

/** Layers with a recurrent mixer. */
export function recurrentLayers(arch: Architecture): number {
  return arch.attention.reduce((sum, g) => sum + (g.kind === 'recurrent' ? g.layers : 0), 0);
}

/** Bytes of recurrent state per sequence (kept in fp32 by the engines), all layers. */
export function recurrentStateBytes(arch: Architecture): number {
  return arch.attention.reduce((sum, g) => sum + g.layers * g.stateElementsPerLayer * 4, 0);
}

/** KV cache and state bytes that one sequence of `tokens` occupies. */
export function sequenceBytes(groups: readonly ContextGroup[], stateBytes: number, tokens: number): number {
  return groups.reduce((sum, g) => sum + g.kvBytesPerToken * Math.min(tokens, g.windowTokens ?? tokens), stateBytes);
}
