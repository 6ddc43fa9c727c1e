/**
 * The core's public index: text and numbers in, plain data out.
 *
 * `createJouleService` ties transcripts, tokens and energy together over injected ports. It holds no global state:
 * two services do not know of each other.
 */
import { DocumentAnalysis } from './analysis/documentAnalysis.js';
import { loadCoreData, type CoreData } from './data/index.js';
import type { ModelCatalogue } from './energy/catalogue.js';
import { createPricerCache } from './energy/pricerCache.js';
import type { TokenCounter } from './tokens/types.js';
import type { TemplateFill } from './transcript/fill/fillTemplate.js';
import type { FileHint, FormatAdapter, ParseContext } from './transcript/model.js';
import { FORMATS } from './transcript/registry.js';

export * from './transcript/model.js';
export { byFamily, FAMILY_TITLES } from './transcript/families.js';
export * from './tokens/types.js';
export * from './energy/types.js';
export { DocumentAnalysis } from './analysis/documentAnalysis.js';
export type { AnalysisSettings, ConversationFigures, TemplateUse } from './analysis/conversationFigures.js';
export { isLowerBound, isOnlyStanding, requestOfTurn, usageBeside, type UsageBeside } from './analysis/meaning.js';
export type { StandingEnergy } from './energy/standing.js';
export { AS_WRITTEN, type TemplateFill } from './transcript/fill/fillTemplate.js';
export type { TemplateValues } from './transcript/fill/rendered.js';
export { DEFAULT_MODEL } from './data/index.js';
export type { OwnTokenizer } from './tokens/ownTokenizers.js';
export { chooseModel, findModel } from './analysis/modelChoice.js';
export type { ModelChoice, ModelSettings, ModelSource } from './analysis/modelChoice.js';
export { predictShape, type ServedShape } from './analysis/shapePrediction.js';
export * from './statistics/index.js';
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
  /** Default: the data that ships. */
  readonly data?: CoreData;
  /** Formats in the order of detection. Default: every one there is. */
  readonly formats?: readonly FormatAdapter[];
}

export interface OpenOptions {
  /** Longest source that is parsed, in code units; no limit by default. */
  readonly maxSourceLength?: number;
  /** Of exports whose conversations branch; default the current one. */
  readonly branches?: ParseContext['branches'];
  /** What placeholders of templates are filled with; default nothing. */
  readonly fill?: TemplateFill;
}

export interface JouleService {
  readonly catalogue: ModelCatalogue;
  /** Every transcript format, in the order of detection. */
  readonly formats: readonly FormatAdapter[];
  /** Starts the analysis of one document. Does no work beyond looking at the head of the text. */
  openDocument(hint: FileHint, text: string, options?: OpenOptions): DocumentAnalysis;
}

/** @param options.counter where token counting happens: this thread, a worker, a test double */
export function createJouleService(options: JouleServiceOptions): JouleService {
  const { models: catalogue, lengths } = options.data ?? loadCoreData();
  const pricers = createPricerCache();
  const { counter, formats = FORMATS } = options;
  return {
    catalogue,
    formats,
    openDocument: (hint, text, open = {}) =>
      new DocumentAnalysis({ counter, catalogue, lengths, pricers, formats, hint, text, ...open }),
  };
}
