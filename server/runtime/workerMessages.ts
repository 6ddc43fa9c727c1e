/** What the counting thread and its owner say to each other. */
import type { EncodedText, VocabularyId } from '../core/tokens/types.js';

export interface WorkerOptions {
  /** Folder of the vocabularies. */
  readonly directory: string;
}

/** Texts to count, or one to encode; `id` comes back with the reply. */
export type WorkerTask = CountTask | EncodeTask;

export interface CountTask {
  readonly id: number;
  readonly vocabulary: VocabularyId;
  readonly texts: readonly string[];
}

export interface EncodeTask {
  readonly id: number;
  readonly vocabulary: VocabularyId;
  readonly encode: string;
}

export type WorkerReply =
  | { readonly id: number; readonly counts: Uint32Array }
  | { readonly id: number; readonly encoded: EncodedText }
  | { readonly id: number; readonly error: string };
