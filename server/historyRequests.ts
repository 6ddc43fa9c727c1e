/** The requests about the history of measurements and the comparison of two prompts. */
import type { CancellationToken } from 'vscode-languageserver';
import type { ClientRequestContext, OnAsk } from './clientRequests.js';
import { compare } from './features/compare.js';
import type { CompareSide } from './features/compare.js';
import { exportHistory, historyReport, requestPlace } from './features/history.js';
import { cancelled, noTranscript, success } from './features/replies.js';
import { requestChoices } from './features/requestChoices.js';
import { findRequest } from './features/requests.js';
import { HistoryMethod } from './protocol/history.js';
import type {
  ClearHistoryParams,
  ClearHistoryResult,
  CompareParams,
  CompareResult,
  CompareSideParams,
  ExportHistoryParams,
  KeptReply,
  KeptReplyParams,
  RequestChoice,
  RequestPlace,
  RequestPlaceParams,
} from './protocol/history.js';
import { Method } from './protocol/messages.js';
import type { Reply, UriParams } from './protocol/messages.js';
import type { DocumentSession } from './workspace/session.js';
import { signalOf } from './workspace/signals.js';

export function serveHistory(context: ClientRequestContext, onAsk: OnAsk): void {
  const { connection, documents, measurements, history, reports, deps, version } = context;
  const changed = (): void => {
    reports.refresh();
    void connection.sendNotification(HistoryMethod.historyChanged);
  };

  onAsk(HistoryMethod.history, () => historyReport(history, documents, measurements));
  onAsk(HistoryMethod.exportHistory, (params: ExportHistoryParams) => exportHistory(history, params));
  onAsk(HistoryMethod.clearHistory, async ({ uri }: ClearHistoryParams): Promise<Reply<ClearHistoryResult>> => {
    const deleted = await history.clear(uri);
    measurements.clear(uri);
    changed();
    return success({ deleted });
  });
  onAsk(HistoryMethod.requestPlace, async (params: RequestPlaceParams, token): Promise<Reply<RequestPlace>> => {
    const session = documents.get(params.uri);
    if (!session || !(await session.untilParsed(token)) || !session.isTranscript) return noTranscript(params.uri);
    return requestPlace(session, params, measurements);
  });
  onAsk(HistoryMethod.keptReply, ({ uri, conversation }: KeptReplyParams): Reply<KeptReply | null> => {
    const kept = measurements.lastReply(uri, conversation);
    if (!kept) return success(null);
    const { requestHash, replyTurn, measurement } = kept;
    return success({ uri, conversation: kept.conversation, replyTurn, requestHash, reply: measurement.reply });
  });
  onAsk(HistoryMethod.requests, async ({ uri }: UriParams, token): Promise<Reply<RequestChoice[]>> => {
    const session = documents.get(uri);
    if (!session?.isTranscript) return noTranscript(uri);
    await session.untilAllCounted(token);
    if (token.isCancellationRequested) return cancelled();
    return session.isTranscript ? success(requestChoices(session)) : noTranscript(uri);
  });

  onAsk(HistoryMethod.compare, async (params: CompareParams, token): Promise<Reply<CompareResult>> => {
    const apart: DocumentSession[] = [];
    try {
      const a = await sideOf(params.a, token, apart);
      if (!a.ok) return a;
      const b = await sideOf(params.b, token, apart);
      if (!b.ok) return b;
      const ports = { ...deps, measurements, history, version };
      const reply = await compare(a.value, b.value, params, ports, signalOf(token), (progress) => {
        void connection.sendNotification(Method.measureProgress, progress);
      });
      if (reply.ok) changed();
      return reply;
    } finally {
      for (const session of apart) session.close();
    }
  });

  /** The request that is meant, in the open document or in a version of it that is read apart. */
  async function sideOf(
    params: CompareSideParams,
    token: CancellationToken,
    apart: DocumentSession[],
  ): Promise<Reply<CompareSide>> {
    const { uri, text, languageId = 'plaintext' } = params;
    let session = documents.get(uri);
    if (text !== undefined) {
      session = documents.openApart({ uri, languageId, version: 0, text });
      apart.push(session);
    }
    const request = await findRequest(session, params, token);
    if (!request.ok) return { ...request, error: `${params.label}: ${request.error}` };
    return success({ params, session: text === undefined ? (session ?? null) : null, request: request.value });
  }
}
