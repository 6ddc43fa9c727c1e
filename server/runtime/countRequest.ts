/** One call of a worker counter, cut into batches. */
import type { AbortSignalLike, VocabularyId } from '../core/tokens/types.js';

/** Code units per batch: what a thread is given at a time, so that posting never holds up its owner. */
export const BATCH_LENGTH = 1 << 18;

export interface CountRequest {
  readonly vocabulary: VocabularyId;
  readonly texts: readonly string[];
  readonly counts: Uint32Array;
  readonly signal: AbortSignalLike | undefined;
  /** First text that is in no batch yet. */
  next: number;
  /** Code units that are in no batch yet. */
  waiting: number;
  /** Batches that a thread has. */
  underWay: number;
  resolve(counts: Uint32Array): void;
  reject(error: Error): void;
}

/** Takes the next batch: the texts from `first` on, of `BATCH_LENGTH` code units together or one longer text. */
export function takeBatch(request: CountRequest): { readonly first: number; readonly texts: readonly string[] } {
  const first = request.next;
  let length = 0;
  while (request.next < request.texts.length && length < BATCH_LENGTH) length += request.texts[request.next++]!.length;
  request.waiting -= length;
  return { first, texts: request.texts.slice(first, request.next) };
}

/** The request whose turn it is: the one with the least left, so that an edit does not wait for a large file. */
export function nextRequest(requests: Iterable<CountRequest>): CountRequest | null {
  let best: CountRequest | null = null;
  for (const request of requests) {
    if (request.next < request.texts.length && (!best || request.waiting < best.waiting)) best = request;
  }
  return best;
}
