/** The requests of our own client, `joulelens/...`. Each answers with a `Reply`: no request is ever an exception. */
import type { CancellationToken, Connection } from 'vscode-languageserver';
import { AS_WRITTEN } from './core/index.js';
import type { TemplateFill } from './core/index.js';
import { fillChoices, formatChoices, modelChoices, profileChoices, sampleChoices } from './features/choices.js';
import { insertReply } from './features/insertReply.js';
import { markdownTables } from './features/markdownTable.js';
import { endpointFailure, measure, measurePlan } from './features/measure.js';
import { cancelled, failure, noTranscript, success } from './features/replies.js';
import { findRequest } from './features/requests.js';
import { turnReportAt, turnsOf } from './features/turnNavigation.js';
import { videoReportAt } from './features/videoReport.js';
import { serveCalibration } from './calibrationRequests.js';
import { HistoryMethod } from './protocol/history.js';
import { Method } from './protocol/messages.js';
import type {
  Choice,
  FillTemplateParams,
  InsertReplyParams,
  MeasureParams,
  MeasurePlan,
  MeasurePlanParams,
  MeasureResult,
  ProbeEndpointParams,
  ProbeEndpointResult,
  Reply,
  ShowBranchesParams,
  TreatAsParams,
  TurnAtParams,
  UriParams,
  VideoReport,
} from './protocol/messages.js';
import type { ServerDeps } from './deps.js';
import type { Reports } from './reports.js';
import { serveTokens } from './tokenRequests.js';
import type { Documents } from './workspace/documents.js';
import type { WorkspaceHistory } from './workspace/history.js';
import type { Measurements } from './workspace/measurements.js';
import type { DocumentSession } from './workspace/session.js';
import type { SettingsStore } from './workspace/settings.js';
import { signalOf } from './workspace/signals.js';

/** Seconds for the question which models an endpoint serves. */
const probeSeconds = 10;

/** What the handlers work on. */
export interface ClientRequestContext {
  readonly connection: Connection;
  readonly documents: Documents;
  readonly measurements: Measurements;
  readonly history: WorkspaceHistory;
  readonly settings: SettingsStore;
  readonly reports: Reports;
  readonly deps: ServerDeps;
  /** Of the extension. */
  readonly version: () => string;
}

/** Registers a request: its answer is a `Reply`, whatever happens. */
export type OnAsk = <P, T>(
  method: string,
  answer: (params: P, token: CancellationToken) => Reply<T> | Promise<Reply<T>>,
) => void;

/** Serves them, and hands on how others are registered. */
export function serveClient(context: ClientRequestContext): OnAsk {
  const { connection, documents, measurements, history, settings, reports, deps, version } = context;

  function onAsk<P, T>(
    method: string,
    answer: (params: P, token: CancellationToken) => Reply<T> | Promise<Reply<T>>,
  ): void {
    connection.onRequest(method, async (params: P, token: CancellationToken): Promise<Reply<T>> => {
      try {
        return await answer(params, token);
      } catch (error) {
        // Unforeseen: the stack is for the log, the line for the user.
        connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
        return failure('internal', `${method} failed: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
  }

  /** Answers from a counted transcript. */
  function onTranscript<P extends UriParams, T>(
    method: string,
    answer: (session: DocumentSession, params: P) => Reply<T>,
  ): void {
    onAsk(method, async (params: P, token) => {
      const session = documents.get(params.uri);
      if (!session?.isTranscript) return noTranscript(params.uri);
      await session.untilAllCounted(token);
      if (token.isCancellationRequested) return cancelled();
      return session.isTranscript ? answer(session, params) : noTranscript(params.uri);
    });
  }

  onTranscript(Method.turns, (session) => success(turnsOf(session)));
  onTranscript(Method.turnAt, (session, { position }: TurnAtParams) =>
    success(turnReportAt(session, position, measurements)),
  );
  onAsk(Method.videoAt, ({ uri, position }: TurnAtParams): Reply<VideoReport | null> => {
    const session = documents.get(uri);
    return session ? success(videoReportAt(session, position)) : noTranscript(uri);
  });
  onTranscript(Method.markdownTable, (session) => success({ markdown: markdownTables(session, measurements) }));
  onTranscript(Method.insertReply, (session, params: InsertReplyParams) => insertReply(session, params, measurements));

  onAsk(Method.profiles, async ({ uri }: Partial<UriParams>) => success(profileChoices(await settings.of(uri))));
  onAsk(Method.models, async ({ uri }: Partial<UriParams>) =>
    success(modelChoices(deps.service, await settings.of(uri), uri === undefined ? undefined : documents.get(uri))),
  );
  onAsk(Method.formats, ({ uri }: UriParams): Reply<Choice[]> => {
    const session = documents.get(uri);
    return session ? success(formatChoices(deps.service, session)) : noTranscript(uri);
  });
  onAsk(Method.samples, () => success(sampleChoices(deps.service)));
  onAsk(Method.treatAs, ({ uri, format }: TreatAsParams): Reply<null> => {
    const session = documents.get(uri);
    if (!session) return noTranscript(uri);
    session.treatAs(format ?? undefined);
    reports.refresh();
    return success(null);
  });

  onTranscript(Method.templateFills, (session) => success(fillChoices(session)));
  onAsk(Method.fillTemplate, ({ uri, fill }: FillTemplateParams): Reply<null> => {
    const session = documents.get(uri);
    if (!session) return noTranscript(uri);
    session.fillTemplates(templateFill(fill));
    reports.refresh();
    return success(null);
  });
  onAsk(Method.showBranches, ({ uri, branches }: ShowBranchesParams): Reply<null> => {
    const session = documents.get(uri);
    if (!session) return noTranscript(uri);
    session.showBranches(branches);
    reports.refresh();
    return success(null);
  });
  const settingsOf = (uri: string) => settings.of(uri);
  serveTokens(onAsk, documents, { ...deps, settingsOf }, (progress) => {
    void connection.sendNotification(Method.measureProgress, progress);
  });

  serveCalibration(onAsk, documents, settings, deps, (progress) => {
    void connection.sendNotification(Method.measureProgress, progress);
  });

  onAsk(Method.measurePlan, async (params: MeasurePlanParams, token): Promise<Reply<MeasurePlan>> => {
    const request = await findRequest(documents.get(params.uri), params, token);
    return request.ok ? success(measurePlan(request.value, deps.live)) : request;
  });

  onAsk(Method.measure, async (params: MeasureParams, token): Promise<Reply<MeasureResult>> => {
    const session = documents.get(params.uri);
    const request = await findRequest(session, params, token);
    if (!request.ok || !session) return request.ok ? noTranscript(params.uri) : request;
    const ports = { ...deps, measurements, history, version };
    const reply = await measure(session, request.value, params, ports, signalOf(token), (progress) => {
      void connection.sendNotification(Method.measureProgress, progress);
    });
    if (reply.ok) {
      reports.refresh();
      void connection.sendNotification(HistoryMethod.historyChanged);
    }
    return reply;
  });

  onAsk(
    Method.probeEndpoint,
    async ({ baseUrl, key }: ProbeEndpointParams, token): Promise<Reply<ProbeEndpointResult>> => {
      try {
        const options = { timeoutSeconds: probeSeconds, signal: signalOf(token) };
        const models = await deps.live.listModels({ baseUrl, apiKey: key }, options);
        return success({ models: models.map(({ id }) => id) });
      } catch (error) {
        return endpointFailure(error, baseUrl);
      }
    },
  );
  return onAsk;
}

function templateFill(fill: FillTemplateParams['fill']): TemplateFill {
  if (fill === null) return AS_WRITTEN;
  return 'sample' in fill ? { kind: 'sample', name: fill.sample } : { kind: 'values', ...fill };
}
