/** Measure: announce a request, send it, and keep what came back beside its prediction at the same tokens. */
import type { ConversationFigures, Interval90, ServedShape } from '../core/index.js';
import type {
  MeasureParams,
  MeasurePlan,
  MeasureProgress,
  MeasureResult,
  MeasuredRunDto,
  MeasurementDto,
  Reply,
} from '../protocol/messages.js';
import { lengthOf } from '../workspace/measurements.js';
import type { WorkspaceHistory } from '../workspace/history.js';
import type { Measurements } from '../workspace/measurements.js';
import type { DocumentSession } from '../workspace/session.js';
import { recordOf } from './historyRecord.js';
import type { LiveEndpoint, LiveOutcome, LivePort, LiveRun } from './livePort.js';
import { failure, success } from './replies.js';
import type { DocumentRequest } from './requests.js';
import { energyDto } from './turnDto.js';
import { announcementText } from './turnText.js';

export interface MeasurePorts {
  readonly live: LivePort;
  readonly measurements: Measurements;
  readonly history: WorkspaceHistory;
  /** The prediction of one request under the assumptions of `figures`; null where there is none. */
  predict(figures: ConversationFigures, shape: ServedShape): { joules: number; interval90: Interval90 } | null;
  /** Tokens of a text with the tokenizer of `figures`. */
  countTokens(figures: ConversationFigures, text: string): Promise<number>;
  /** The time now, ISO 8601. */
  now(): string;
  /** Unlike any other. */
  newId(): string;
  /** Of the extension. */
  version(): string;
}

/** What would be sent and what it is predicted to cost. */
export function measurePlan(request: DocumentRequest, live: LivePort): MeasurePlan {
  return {
    requestHash: live.hashRequest(request.messages),
    conversation: request.conversation,
    replyTurn: request.replyTurn,
    model: request.figures.choice.model.id,
    predicted: request.predicted ? energyDto(request.predicted) : null,
    announcement: announcementText(request.predicted),
  };
}

/** Sends the request and keeps the result. Every failure is one clear line; what came back before it is handed on. */
export async function measure(
  session: DocumentSession,
  request: DocumentRequest,
  params: MeasureParams,
  ports: MeasurePorts,
  signal: AbortSignal,
  onProgress: (progress: MeasureProgress) => void,
): Promise<Reply<MeasureResult>> {
  const endpoint: LiveEndpoint = { baseUrl: params.endpoint, apiKey: params.apiKey };
  let outcome: LiveOutcome;
  let modelWarning: string | undefined;
  let endpointModel: string;
  try {
    const model = await ports.live.resolveModel(endpoint, params.endpointModel ?? request.figures.choice.model.id, {
      timeoutSeconds: Math.min(10, params.timeoutSeconds),
      signal,
    });
    modelWarning = model.warning;
    endpointModel = model.id;
    outcome = await ports.live.measure(
      {
        endpoint,
        model: model.id,
        messages: request.messages,
        repeats: params.repeats,
        maxTokens: params.maxTokens ?? request.figures.conversation.parameters.maxTokens,
        timeoutSeconds: params.timeoutSeconds,
        keepCache: params.keepCache,
        meter: params.meter,
        extractor: params.extractor,
        stopWithin: params.stopWithin,
        budgetSeconds: params.budgetSeconds,
      },
      { signal, onProgress: ({ fraction, message }) => onProgress({ token: params.progressToken, fraction, message }) },
    );
  } catch (error) {
    return endpointFailure(error, params.endpoint);
  }
  if (!outcome.measured) {
    const why = outcome.stopped?.message ?? `${params.endpoint}: replied, but reported no energy.`;
    return failure('no-energy', why, outcome);
  }
  const beside = await besidePrediction(outcome, outcome.measured, request, ports);
  if (!beside)
    return failure(
      'endpoint',
      'The reply has no prediction to stand beside: choose a model of the catalogue.',
      outcome,
    );
  const requestHash = ports.live.hashRequest(request.messages);
  const measurement = measurementOf(beside, outcome, params.endpoint, ports.now(), [modelWarning, request.leftOut]);
  const { conversation, replyTurn, messages } = request;
  const problem = await ports.history.keep(
    session.uri,
    recordOf({
      id: ports.newId(),
      requestHash,
      request,
      outcome,
      measurement,
      tokensCached: beside.tokensCached,
      endpointModel,
      keepCache: params.keepCache,
      meter: params.meter ?? 'response',
      keepReply: params.keepReply === true,
      extensionVersion: ports.version(),
    }),
  );
  if (problem !== null) measurement.warnings.push(problem);
  ports.measurements.add(session, { requestHash, conversation, replyTurn, length: lengthOf(messages), measurement });
  return success({ requestHash, measurement, raw: [...outcome.raw] });
}

/** A series' figure beside its prediction. */
export type BesidePrediction = Omit<MeasurementDto, 'endpoint' | 'at' | 'stale' | 'reply'> & {
  /** Mean over the runs. */
  readonly tokensCached: number;
};

/** As it is shown, and sent to the client. */
export function measurementOf(
  { tokensCached: _, ...figures }: BesidePrediction,
  { reply }: LiveOutcome,
  endpoint: string,
  at: string,
  warnings: readonly (string | null | undefined)[],
): MeasurementDto {
  const all = [...warnings, ...figures.warnings].filter((each) => typeof each === 'string');
  return { ...figures, endpoint, at, stale: false, reply, warnings: all };
}

/** The measured figure and the prediction for the tokens and the cache state of the runs. */
export async function besidePrediction(
  outcome: LiveOutcome,
  measured: NonNullable<LiveOutcome['measured']>,
  request: DocumentRequest,
  ports: MeasurePorts,
): Promise<BesidePrediction | null> {
  const warnings = [...outcome.warnings];
  const tokensIn = measured.tokensIn ?? request.tokensIn ?? 0;
  const tokensOut = measured.tokensOut ?? (await ports.countTokens(request.figures, outcome.reply));
  const counted = outcome.runs.filter(({ kind, discarded }) => kind === 'run' && discarded === undefined);
  const cached = counted.flatMap(({ tokensCached }) => (tokensCached === null ? [] : [tokensCached]));
  const tokensCached = cached.length === 0 ? 0 : cached.reduce((sum, each) => sum + each, 0) / cached.length;
  const predicted = ports.predict(request.figures, { tokensIn, tokensCached, tokensOut });
  if (!predicted) return null;
  return {
    provenance: measured.provenance,
    joules: measured.joules,
    ci95: measured.ci95,
    n: measured.n,
    scope: measured.scope,
    method: measured.method,
    boundary: measured.boundary,
    ...optionalFigures(measured),
    runs: outcome.runs.map(runDto),
    ...(outcome.stopped ? { stopped: { reason: outcome.stopped.reason, message: outcome.stopped.message } } : {}),
    tokensIn,
    tokensOut,
    tokensCached,
    seconds: measured.seconds,
    predictedJoules: predicted.joules,
    predictedInterval90: [predicted.interval90[0], predicted.interval90[1]],
    // A prediction holds the idle power of the GPUs while they work.
    ratio: (measured.grossJoules ?? measured.joules) / predicted.joules,
    warnings,
  };
}

/** What only some meters know. */
function optionalFigures(measured: NonNullable<LiveOutcome['measured']>): Partial<MeasurementDto> {
  const { grossJoules, idleWatts, prefillJoules, decodeJoules, phaseMethod, range } = measured;
  return {
    ...(grossJoules === undefined ? {} : { grossJoules }),
    ...(idleWatts === undefined ? {} : { idleWatts }),
    ...(prefillJoules === undefined ? {} : { prefillJoules }),
    ...(decodeJoules === undefined ? {} : { decodeJoules }),
    ...(phaseMethod === undefined ? {} : { phaseMethod }),
    ...(range === undefined ? {} : { range: [range[0], range[1]] }),
  };
}

function runDto(run: LiveRun): MeasuredRunDto {
  return {
    kind: run.kind,
    joules: run.joules,
    ...(run.discarded === undefined ? {} : { discarded: run.discarded }),
    ...(run.grossJoules === undefined ? {} : { grossJoules: run.grossJoules }),
    ...(run.idleWatts === undefined ? {} : { idleWatts: run.idleWatts }),
    ...(run.prefillJoules === undefined ? {} : { prefillJoules: run.prefillJoules }),
    ...(run.decodeJoules === undefined ? {} : { decodeJoules: run.decodeJoules }),
    tokensIn: run.tokensIn,
    tokensOut: run.tokensOut,
    tokensCached: run.tokensCached,
    seconds: run.seconds,
    secondsToFirstToken: run.secondsToFirstToken,
  };
}

/** The endpoint's own error has one clear line; anything else is named as what it is, without a stack. */
export function endpointFailure(error: unknown, endpoint: string): Reply<never> {
  const details = error as { message?: unknown; code?: unknown; details?: { raw?: string[]; partialText?: string } };
  const message = typeof details.message === 'string' ? details.message : String(error);
  if (details.code === 'cancelled') return failure('cancelled', 'Cancelled.');
  const line = message.includes(endpoint) || details.code !== undefined ? message : `${endpoint}: ${message}`;
  const { raw, partialText: reply } = details.details ?? {};
  return failure('endpoint', line, { ...(raw ? { raw } : {}), ...(reply === undefined ? {} : { reply }) });
}
