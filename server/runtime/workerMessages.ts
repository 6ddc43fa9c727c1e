/** What the counting thread and its owner say to each other. */
import type { EncodedText, TokenizerReport, VocabularyId } from '../core/tokens/types.js';

export interface WorkerOptions {
  /** Folder of the vocabularies. */
  readonly directory: string;
}

/** Texts to count, one to encode, or a file to look at; `id` comes back with the reply. */
export type WorkerTask = CountTask | EncodeTask | InspectTask;

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

export interface InspectTask {
  readonly id: number;
  readonly vocabulary: VocabularyId;
  readonly inspect: true;
}

export type WorkerReply =
  | { readonly id: number; readonly counts: Uint32Array }
  | { readonly id: number; readonly encoded: EncodedText }
  | { readonly id: number; readonly report: TokenizerReport }
  | { readonly id: number; readonly error: string };
