/**
 * The core's public index: text and numbers in, plain data out.
 *
 * `createJouleService` ties transcripts, tokens and energy together over injected ports. It holds no global state:
 * two services do not know of each other.
 */
import { DocumentAnalysis } from './analysis/documentAnalysis.js';
import { createCatalogue, type ModelCatalogue } from './energy/catalogue.js';
import { loadReplyLengths, type ReplyLengthTable } from './energy/replyLength.js';
import type { TokenCounter } from './tokens/types.js';
import type { FileHint } from './transcript/model.js';

export * from './transcript/model.js';
export * from './tokens/types.js';
export * from './energy/types.js';
export { DocumentAnalysis } from './analysis/documentAnalysis.js';
export type { AnalysisSettings, ConversationFigures } from './analysis/conversationFigures.js';
export { chooseModel, DEFAULT_MODEL_ID, findModel } from './analysis/modelChoice.js';
export type { ModelChoice, ModelSettings, ModelSource } from './analysis/modelChoice.js';
export { requestAt, turnText, type ChatMessage } from './analysis/messages.js';
export {
  conversationJson,
  diagnosticJson,
  overheadTokens,
  rangeAt,
  type AnnotationJson,
  type ConversationJson,
  type PositionAt,
} from './analysis/annotation.js';

export interface JouleServiceOptions {
  readonly counter: TokenCounter;
  /** Default: the catalogue that ships. */
  readonly catalogue?: ModelCatalogue;
  /** Default: the reply lengths that ship. */
  readonly lengths?: ReplyLengthTable;
}

export interface OpenOptions {
  /** Longest source that is parsed, in code units; no limit by default. */
  readonly maxSourceLength?: number;
}

export interface JouleService {
  readonly catalogue: ModelCatalogue;
  readonly lengths: ReplyLengthTable;
  /** Starts the analysis of one document. Does no work beyond looking at the head of the text. */
  openDocument(hint: FileHint, text: string, options?: OpenOptions): DocumentAnalysis;
}

/** @param options.counter where token counting happens: this thread, a worker, a test double */
export function createJouleService(options: JouleServiceOptions): JouleService {
  const catalogue = options.catalogue ?? createCatalogue();
  const lengths = options.lengths ?? loadReplyLengths();
  return {
    catalogue,
    lengths,
    openDocument: (hint, text, open = {}) =>
      new DocumentAnalysis({ counter: options.counter, catalogue, lengths, hint, text, ...open }),
  };
}
