/** What the counting thread and its owner say to each other. */
import type { VocabularyId } from '../core/tokens/types.js';

export interface WorkerOptions {
  /** Folder of the vocabularies. */
  readonly directory: string;
}

/** Texts to count; `id` comes back with the reply. */
export interface WorkerTask {
  readonly id: number;
  readonly vocabulary: VocabularyId;
  readonly texts: readonly string[];
}

export type WorkerReply =
  { readonly id: number; readonly counts: Uint32Array } | { readonly id: number; readonly error: string };
