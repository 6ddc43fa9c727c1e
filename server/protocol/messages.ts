/**
 * The messages between the VS Code client and the language server: types and constants only.
 *
 * Every reply is a `Reply`: success with a value, or failure with one clear line. Positions and ranges are LSP's
 * (zero-based, UTF-16). Figures are those of `joulelens annotate --json`.
 */

export interface Position {
  line: number;
  character: number;
}
export interface Range {
  start: Position;
  end: Position;
}

/**
 * `error` is one clear line for the user: what went wrong, where, and what to do. A measurement that failed carries
 * what came back before: `raw` payload lines, and the reply's text.
 */
export type Reply<T> =
  { ok: true; value: T } | { ok: false; error: string; code?: string; raw?: string[]; reply?: string };

/**
 * Codes that a client may act on: `cancelled`; `no-transcript` (nothing to answer about); `no-tokens` (no text of a turn
 * there); `no-tokenizer` (the endpoint has no tokenizer route); `no-energy` (it replied without energy); `endpoint` (it
 * failed); `stale` (the text that was asked about has changed); `not-writable` (the reply cannot be put in there: open it
 * beside); `no-measurement`; `standing` (instructions alone: no request to send); `internal` (unforeseen: see the log).
 */
export type ReplyCode =
  | 'cancelled'
  | 'no-transcript'
  | 'no-tokens'
  | 'no-tokenizer'
  | 'no-energy'
  | 'endpoint'
  | 'stale'
  | 'not-writable'
  | 'no-measurement'
  | 'standing'
  | 'internal';

/** Energy of a turn, request or conversation; see `annotate --json` in the README. GPU joules. */
export interface EnergyDto {
  joules: number;
  interval90: [lo: number, hi: number];
  prefillJoules: number;
  rereadJoules: number;
  decodeJoules: number;
  laterJoules?: number;
  hostJoules: number;
  facilityJoules: number;
}

export type ProvenanceDto = 'measured' | 'estimated' | 'simulated' | 'unknown';

/** A measurement of one request beside its prediction at the same tokens, batch and cache state. */
export interface MeasurementDto {
  provenance: ProvenanceDto;
  joules: number;
  /** Half-width of the 95 % interval in joules; null for one run. */
  ci95: number | null;
  n: number;
  /** What was inside: `gpu-window`, `node-window`, `request-attributed`, as the meter or the endpoint says. */
  scope: string;
  method: string;
  /** What was inside, in words: `GPU 0, 1 (zeusd)`. */
  boundary?: string;
  /** With the idle power of the devices while the request ran, in joules: what a prediction is compared with. `joules` is then above idle. */
  grossJoules?: number;
  idleWatts?: number;
  prefillJoules?: number;
  decodeJoules?: number;
  /** How the phases were told apart. */
  phaseMethod?: string;
  /** Ends of the range of an estimate, in joules. */
  range?: [number, number];
  /** Every run, those that do not count included. */
  runs?: MeasuredRunDto[];
  /** Why the series ended before its last run. */
  stopped?: { reason: string; message: string };
  tokensIn: number;
  tokensOut: number;
  seconds: number;
  predictedJoules: number;
  predictedInterval90: [number, number];
  ratio: number;
  endpoint: string;
  /** ISO 8601. */
  at: string;
  /** True when the request's turns have changed since. */
  stale: boolean;
  reply: string;
  warnings: string[];
}

/** One run of a measurement. */
export interface MeasuredRunDto {
  /** `oneToken`: a run of one token, for the phases; never in the mean. */
  kind: 'run' | 'oneToken';
  /** Null where no energy was reported. */
  joules: number | null;
  /** Why it does not count although it has a figure. */
  discarded?: string;
  grossJoules?: number;
  idleWatts?: number;
  prefillJoules?: number;
  decodeJoules?: number;
  /** Null where the endpoint sent no usage. */
  tokensIn: number | null;
  tokensOut: number | null;
  tokensCached: number | null;
  seconds: number;
  secondsToFirstToken: number | null;
}

export interface TurnDto {
  conversation: number;
  index: number;
  role: 'system' | 'user' | 'assistant' | 'tool';
  range: Range;
  roleRange: Range;
  tokens: { text: number; overhead: number; exact: boolean };
  /** Null where none can be computed, e.g. for a model that the catalogue does not know. */
  energy: EnergyDto | null;
  /** One accessible sentence: `User turn 2 of 5: 214 tokens, 1.2 joules, 90 percent interval 0.8 to 2.`. */
  spoken: string;
}

/** What a standing prompt costs over `requests` requests. */
export interface StandingDto {
  requests: number;
  /** When it is sent, in a phrase: `in every request`. */
  note: string;
  energy: EnergyDto;
  /** With a warm prefix cache; absent where the profile has none. */
  cached?: EnergyDto;
}

export interface TemplateDto {
  syntax: string;
  /** Names of its variables, each once. */
  variables: string[];
  /** `as written`, `sample: NAME` or the name of a file with values. */
  filled: string;
}

/** What a document asks for in video clips, all of them together. */
export interface VideoDto {
  /** Requests with a figure, and clips that they make. */
  requests: number;
  clips: number;
  joules: number;
  interval90: [lo: number, hi: number];
  seconds: number;
  /** Requests without a figure, and why; the first reason. */
  without?: { requests: number; why: string };
}

/** What the status bar shows of a document. Sent by the server whenever it changes. */
export interface DocumentStatus {
  uri: string;
  version: number;
  state: 'none' | 'counting' | 'ready' | 'cut' | 'error';
  /** 0..1 while counting. */
  progress?: number;
  format?: string;
  profile: string;
  model: string;
  tokenizer?: { title: string; exact: boolean };
  /** Requests served at once, as text: `8-128`, `1`. */
  batch?: string;
  tokens?: number;
  energy?: EnergyDto;
  conversations?: number;
  /** True where something is sent that the file does not hold: the energy is a lower bound. */
  lowerBound?: boolean;
  /** What that is, each with its place, as text: `the messages before previous_response_id (line 3)`. */
  hidden?: string[];
  /** Of a document that is only standing instructions: what they cost over many requests. */
  standing?: StandingDto;
  /** Of a document with placeholders: how they were counted. */
  template?: TemplateDto;
  /** Of a document that is no transcript and asks for video clips. */
  video?: VideoDto;
  /** Branches that are not shown; absent for none. */
  otherBranches?: number;
  /** Which branches of an export are read; absent where none is known to branch. */
  branches?: 'current' | 'all';
  /** True for a format that cannot be written: logs and exports. */
  readOnly?: boolean;
  /** The turn at the caret's conversation when there are several. */
  message?: string;
}

/** Method names. */
export const Method = {
  /** server -> client notification: DocumentStatus */
  documentStatus: 'joulelens/documentStatus',
  /** client -> server request: { uri } -> Reply<TurnDto[]> */
  turns: 'joulelens/turns',
  /** client -> server request: { uri, position } -> Reply<TurnReport | null> */
  turnAt: 'joulelens/turnAt',
  /** TurnAtParams to Reply<VideoReport | null>: the request for video at a position, or the first after it. */
  videoAt: 'joulelens/videoAt',
  /** client -> server request: { uri } -> Reply<{ markdown: string }> */
  markdownTable: 'joulelens/markdownTable',
  /** client -> server request: { uri? } -> Reply<Choice[]> */
  profiles: 'joulelens/profiles',
  /** client -> server request: { uri? } -> Reply<Choice[]> */
  models: 'joulelens/models',
  /** client -> server request: MeasureParams -> Reply<MeasureResult>; progress by Method.measureProgress; cancellable */
  measure: 'joulelens/measure',
  /** server -> client notification: MeasureProgress */
  measureProgress: 'joulelens/measureProgress',
  /** client -> server request: MeasurePlanParams -> Reply<MeasurePlan> */
  measurePlan: 'joulelens/measurePlan',
  /** client -> server request: InsertReplyParams -> Reply<InsertReplyEdit> */
  insertReply: 'joulelens/insertReply',
  /** client -> server request: { baseUrl, key? } -> Reply<{ models: string[] }> : asks the endpoint which models it serves */
  probeEndpoint: 'joulelens/probeEndpoint',
  /** client -> server request: { uri } -> Reply<Choice[]> : the formats that a document can be read as; `current` is the one in use */
  formats: 'joulelens/formats',
  /** client -> server request: {} -> Reply<SampleChoice[]> : a sample of each format, its id that of the format */
  samples: 'joulelens/samples',
  /** client -> server request: TreatAsParams -> Reply<null> : reads the document in that format from now on */
  treatAs: 'joulelens/treatAs',
  /** client -> server request: { uri } -> Reply<Choice[]> : what a template's placeholders can be filled with */
  templateFills: 'joulelens/templateFills',
  /** client -> server request: FillTemplateParams -> Reply<null> : counts the placeholders so from now on */
  fillTemplate: 'joulelens/fillTemplate',
  /** client -> server request: ShowBranchesParams -> Reply<null> */
  showBranches: 'joulelens/showBranches',
  /** client -> server request: ShowTokensParams -> Reply<ShownTokens>; cancellable */
  showTokens: 'joulelens/showTokens',
  /** client -> server request: TokenQuery -> Reply<SelectionTokens>; cancellable */
  selectionTokens: 'joulelens/selectionTokens',
  /** client -> server request: CheckTokensParams -> Reply<CheckTokensResult>; progress by Method.measureProgress; cancellable */
  checkTokens: 'joulelens/checkTokens',
  /** client -> server request: CalibrationPlanParams -> Reply<CalibrationPlans> : what a calibration would send; sends nothing */
  calibrationPlans: 'joulelens/calibrationPlans',
  /** client -> server request: CalibrateParams -> Reply<CalibrateResult>; progress by Method.measureProgress; cancellable */
  calibrate: 'joulelens/calibrate',
  /** client -> server request: MergeProfileParams -> Reply<{ text: string }> : a joulelens.json with the profile in it */
  mergeProfile: 'joulelens/mergeProfile',
} as const;

/**
 * Commands that the server may put in code lenses, and as `command:` links in hovers (`Command.x?<encoded JSON array>`).
 * The client registers them.
 */
export const Command = {
  /** Argument: MeasurePlanParams, the request to send. */
  measure: 'joulelens.measure',
  /** Argument (optional): UriParams. */
  chooseProfile: 'joulelens.chooseProfile',
  /** Argument (optional): UriParams. */
  chooseModel: 'joulelens.chooseModel',
  /** Argument (optional): TurnAtParams; moves the caret there and shows the hover. */
  showTurn: 'joulelens.showTurn',
  /** Argument (optional): UriParams & { conversation: number }. */
  insertReply: 'joulelens.insertReply',
  /** Argument (optional): UriParams & { conversation: number }. */
  openReplyBeside: 'joulelens.openReplyBeside',
  /** Argument (optional): UriParams. */
  showMeasurements: 'joulelens.showMeasurements',
  /** No argument. */
  showOutput: 'joulelens.showOutput',
  /** Argument (optional): UriParams. */
  treatAsTranscript: 'joulelens.treatAsTranscript',
  /** Argument (optional): UriParams. */
  fillTemplate: 'joulelens.fillTemplate',
  /** Argument (optional): UriParams. */
  showAllBranches: 'joulelens.showAllBranches',
} as const;

export interface UriParams {
  uri: string;
}
export interface TurnAtParams {
  uri: string;
  position: Position;
}
/** A request for video clips at a place of a document. */
export interface VideoReport {
  range: Range;
  /** One accessible sentence. */
  spoken: string;
  /** The hover's Markdown. */
  markdown: string;
}
export interface TurnReport {
  turn: TurnDto;
  /** The hover's Markdown. */
  markdown: string;
}
export interface TreatAsParams {
  uri: string;
  /** Id of a format; null: detect again. */
  format: string | null;
}
export interface FillTemplateParams {
  uri: string;
  /** Null: as written; the name of a sample that the file has; or values of the user's own with the name of their file. */
  fill: null | { sample: string } | { label: string; values: Record<string, unknown> };
}
export interface ShowBranchesParams {
  uri: string;
  branches: 'current' | 'all';
}
export interface ProbeEndpointParams {
  /** Base URL ending in /v1. */
  baseUrl: string;
  key?: string;
}
export interface ProbeEndpointResult {
  models: string[];
}
export interface Choice {
  id: string;
  label: string;
  description: string;
  detail?: string;
  /** Where it comes from: built in, settings, joulelens.json. */
  source: string;
  current: boolean;
  /** Heading under which it stands, where choices are in groups. */
  group?: string;
}

/** A sample transcript that can be opened. */
export interface SampleChoice extends Choice {
  /** Path relative to the extension's samples/, with forward slashes. */
  file: string;
}

export interface MeasurePlanParams {
  uri: string;
  conversation: number;
  /** The request whose reply stands at or after this turn; the request about to be made when null. */
  turn: number | null;
}
export interface MeasurePlan {
  /** Hash of the request's turns (role and decoded text), to which a result belongs. */
  requestHash: string;
  conversation: number;
  /** Index that the reply has or would have. */
  replyTurn: number;
  model: string;
  /** Null where there is no prediction. */
  predicted: EnergyDto | null;
  /** `predicted 50 J (24-139 J) for 1 request`. */
  announcement: string;
}
export interface MeasureParams extends MeasurePlanParams {
  /** Base URL ending in /v1. */
  endpoint: string;
  /** From SecretStorage; never logged. */
  apiKey?: string;
  /** Name of the model at the endpoint. */
  endpointModel?: string;
  repeats: number;
  maxTokens?: number;
  timeoutSeconds: number;
  keepCache: boolean;
  /** Where the energy comes from, as on the command line; `response` where absent. Of this machine's settings, never of a workspace. */
  meter?: string;
  /** Where an answer holds its energy, for `response`. */
  extractor?: string;
  /** Ends the series when the 95 % interval is within this share of the mean; all runs where absent. */
  stopWithin?: number;
  budgetSeconds?: number;
  /** Matches MeasureProgress.token. */
  progressToken: string;
  /** Keeps the reply's text in the history too: a setting of the user's own. */
  keepReply?: boolean;
}
export interface MeasureProgress {
  token: string;
  /** 0..1 */
  fraction: number;
  message: string;
}
export interface MeasureResult {
  requestHash: string;
  measurement: MeasurementDto;
  /** Raw payload lines for the output channel (headers without secrets, chunks, comments). */
  raw: string[];
}
export interface InsertReplyParams {
  uri: string;
  conversation: number;
  requestHash: string;
}
export interface InsertReplyEdit {
  version: number;
  range: Range;
  newText: string;
}
