/**
 * The messages about the history of measurements and the comparison of two prompts: types and constants only.
 *
 * Figures have the names of `measure --json`. What is predicted, measured, estimated or simulated is never one number.
 */
import type { MeasurementDto, MeasureParams, MeasurePlanParams, Position, ProvenanceDto } from './messages.js';

/** Method names. */
export const HistoryMethod = {
  /** client -> server request: {} -> Reply<HistoryReport> */
  history: 'joulelens/history',
  /** server -> client notification, no parameters: what the history holds, or what is stale of it, changed */
  historyChanged: 'joulelens/historyChanged',
  /** client -> server request: ClearHistoryParams -> Reply<ClearHistoryResult> */
  clearHistory: 'joulelens/clearHistory',
  /** client -> server request: ExportHistoryParams -> Reply<ExportHistoryResult> */
  exportHistory: 'joulelens/exportHistory',
  /** client -> server request: RequestPlaceParams -> Reply<RequestPlace> : where a measured request stands now */
  requestPlace: 'joulelens/requestPlace',
  /** client -> server request: KeptReplyParams -> Reply<KeptReply | null> : the last measured reply whose text is there */
  keptReply: 'joulelens/keptReply',
  /** client -> server request: { uri } -> Reply<RequestChoice[]> : the requests of a document that can be measured */
  requests: 'joulelens/requests',
  /** client -> server request: CompareParams -> Reply<CompareResult>; progress by Method.measureProgress; cancellable */
  compare: 'joulelens/compare',
} as const;

/** What the client says when it starts the server (`initializationOptions`). */
export interface InitializationDto {
  /** Folder on this machine for the history of measurements; absent: none is kept. */
  historyFolder?: string;
  /** Version of the extension. */
  version?: string;
}

/** One kept measurement. */
export interface HistoryEntryDto {
  id: string;
  /** ISO 8601. */
  at: string;
  /** The document under the folders that are open now; null where its folder is not. */
  uri: string | null;
  /** Path in its workspace folder, or its name. */
  file: string;
  folder?: string;
  conversation: number;
  /** Index that the reply has or would have. */
  replyTurn: number;
  requestHash: string;
  /** `unknown` where the document is not open. */
  state: 'current' | 'stale' | 'unknown';
  provenance: ProvenanceDto;
  scope: string;
  method: string;
  meter?: string;
  /** What stands beside the prediction: with the idle power of the devices while the request ran, where the meter knows it. */
  joules: number;
  /** Above idle; absent where the meter does not know it. */
  netJoules?: number;
  /** Half-width of the 95 % interval in joules; null for one run. */
  ci95: number | null;
  n: number;
  /** Joules of the runs that count, in the order they were run. */
  runs: number[];
  idleWatts?: number;
  tokensIn: number;
  tokensOut: number;
  tokensCached?: number;
  seconds: number;
  predictedJoules: number;
  predictedInterval90: [lo: number, hi: number];
  ratio: number;
  profile: string | null;
  model: string;
  endpoint: string;
  /** Why the series ended early; null where it did not. */
  stopped: string | null;
  warningCount: number;
  comparison?: { id: string; side: 'a' | 'b' };
  /** `52.3 J ± 1.1 (n=5)`. */
  measuredText: string;
  /** `50 J (24–139)`. */
  predictedText: string;
}

/** A mean difference, B minus A, and how sure it is. */
export interface DifferenceDto {
  mean: number;
  /** At the level of `CompareDto.alpha`; null where two pairs or more, or their noise, are wanting. */
  interval: [lo: number, hi: number] | null;
  /** Two-sided p-value of the paired t-test. */
  p: number | null;
  /** Whether the interval leaves out 0; null where there is none. */
  isReal: boolean | null;
}

/** Two prompts, measured in pairs. */
export interface ComparisonDto {
  id: string;
  at: string;
  provenance: ProvenanceDto;
  a: ComparisonSideDto;
  b: ComparisonSideDto;
  /** Complete pairs, and those that were planned. */
  pairs: number;
  plannedPairs: number;
  /** 0.05, or the share of it that the look spent which ended the comparison. */
  alpha: number;
  /** In joules a request. */
  joules: DifferenceDto;
  /** In joules a token of the reply: replies may differ in length. Null where a run has no token counts. */
  perOutputToken: DifferenceDto | null;
  /** Predicted difference in joules at the tokens that were measured. */
  predictedJoules: number;
  /** One sentence: what was found, how sure, from how many pairs. */
  verdict: string;
  /** What the verdict rests on and what it leaves out, a sentence each. */
  notes: string[];
  /** The figures as text, in units that read well. */
  texts: ComparisonTexts;
}

/** Figures of A, of B, and of B minus A with its interval. */
export interface ComparisonTexts {
  a: string;
  b: string;
  joules: string;
  predictedA: string;
  predictedB: string;
  predicted: string;
  perTokenA: string;
  perTokenB: string;
  perToken: string;
}

export interface ComparisonSideDto {
  /** `saved version of chat.json, reply 5`. */
  label: string;
  uri: string | null;
  conversation: number;
  replyTurn: number;
  requestHash: string;
  joules: number;
  ci95: number | null;
  tokensIn: number;
  tokensOut: number;
  predictedJoules: number;
  /** Joules of the runs in the order of the pairs. */
  runs: number[];
}

export interface HistoryReport {
  /** Whether measurements are kept beyond this session. */
  isKept: boolean;
  /** In the order of time; the newest where there are more than anybody looks at. */
  entries: HistoryEntryDto[];
  /** How many are kept in all. */
  total: number;
  /** In the order of time. */
  comparisons: ComparisonDto[];
  /** Lines of the history's files that cannot be read: torn, damaged or of a newer version. They stay there. */
  unreadable: number;
}

export interface ClearHistoryParams {
  /** The measurements of one document; everything where absent. */
  uri?: string;
}
export interface ClearHistoryResult {
  deleted: number;
}
export interface ExportHistoryParams {
  format: 'csv' | 'json';
  /** The measurements of one document; everything where absent. */
  uri?: string;
}
export interface ExportHistoryResult {
  text: string;
  count: number;
}

export interface RequestPlaceParams {
  uri: string;
  requestHash: string;
  conversation: number;
  replyTurn: number;
}
export interface RequestPlace {
  position: Position;
  /** True where the request is no longer in the document: the place is where it was last seen. */
  stale: boolean;
}

export interface KeptReplyParams {
  uri: string;
  /** Any where absent. */
  conversation?: number;
}
/** A measured reply, of this session or, where the user lets the history keep replies, of an earlier one. */
export interface KeptReply {
  uri: string;
  conversation: number;
  /** Index that the reply has or would have. */
  replyTurn: number;
  requestHash: string;
  reply: string;
}

/** A request of a document. */
export interface RequestChoice {
  conversation: number;
  /** Index of its reply; null for the request about to be made. */
  turn: number | null;
  /** `Reply 3` or `Next reply`. */
  label: string;
  /** `214 tok in · predicted 12 J (8-20)`. */
  description: string;
  /** Beginning of the last turn before the reply. */
  detail: string;
}

/** One of the two prompts: a request of an open document, or of another version of it. */
export interface CompareSideParams extends MeasurePlanParams {
  label: string;
  /** The whole text of the other version, and its language; absent for the document as it is open. */
  text?: string;
  languageId?: string;
}
export interface CompareParams extends Omit<MeasureParams, keyof MeasurePlanParams | 'repeats'> {
  a: CompareSideParams;
  b: CompareSideParams;
  pairs: number;
  /** Seconds for all of it. */
  budgetSeconds?: number;
  /** Looks half way too, and ends there where the difference is clear; spends 1 of the 5 % on it. */
  stopEarly: boolean;
}
export interface CompareResult {
  comparison: ComparisonDto;
  a: MeasurementDto;
  b: MeasurementDto;
  /** Why it ended before all pairs were done, in a sentence; null where it did not. */
  stopped: string | null;
  warnings: string[];
  /** Raw payload lines. */
  raw: string[];
}

/** What the extension tells the panel of measurements. */
export type PanelMessage =
  | { kind: 'history'; report: HistoryReport; active: { uri: string; name: string } | null }
  | { kind: 'running'; running: RunningDto | null }
  | { kind: 'problem'; text: string };

/** A measurement under way. */
export interface RunningDto {
  title: string;
  /** 0..1 */
  fraction: number;
  /** `run 2 of 5 · 48.1 J so far`. */
  message: string;
}

/** What the panel asks of the extension. */
export type PanelRequest =
  { kind: 'ready' } | { kind: 'reveal'; request: RequestPlaceParams } | { kind: 'command'; command: PanelCommand };

/** The commands that the panel has buttons for, without their prefix. */
export const panelCommands = [
  'measure',
  'comparePrompts',
  'exportHistory',
  'clearHistory',
  'setUpEndpoint',
  'openSample',
] as const;
export type PanelCommand = (typeof panelCommands)[number];
