/** The history as the panel, the exports and the lenses have it. */
import { historyCsv, historyJson, shownJoules, shownRuns } from '../core/history/index.js';
import type { HistoryRecord } from '../core/history/index.js';
import type {
  ComparisonDto,
  ExportHistoryParams,
  ExportHistoryResult,
  HistoryEntryDto,
  HistoryReport,
  RequestPlace,
  RequestPlaceParams,
} from '../protocol/history.js';
import type { Reply } from '../protocol/messages.js';
import type { Documents } from '../workspace/documents.js';
import { fileNameOf, uriOfFile } from '../workspace/history.js';
import type { WorkspaceHistory } from '../workspace/history.js';
import type { Measurements } from '../workspace/measurements.js';
import type { DocumentSession } from '../workspace/session.js';
import { positionBelow } from './codeLens.js';
import { comparisonOf } from './comparison.js';
import { keptOf } from './historyRecord.js';
import { failure, noTranscript, success } from './replies.js';
import { measuredFigure } from './turnText.js';
import { figureText } from './words.js';

/** Drawn at once, at most. All of them are in an export. */
const mostEntries = 2000;

/** What is kept, the newest of it, each request with whether its text still stands where its document is open. */
export async function historyReport(
  history: WorkspaceHistory,
  documents: Documents,
  measurements: Measurements,
): Promise<Reply<HistoryReport>> {
  const { records: all, unreadable } = await history.all();
  const records = all.slice(-mostEntries);
  const open = new Map<string, DocumentSession>();
  for (const session of documents.all()) {
    const { file, folder } = fileNameOf(session.uri, history.folders);
    open.set(JSON.stringify([folder, file]), session);
  }
  const sessionOf = ({ folder, file }: HistoryRecord): DocumentSession | undefined =>
    open.get(JSON.stringify([folder, file]));
  const uriOf = (record: HistoryRecord): string | null => sessionOf(record)?.uri ?? uriOfFile(record, history.folders);
  const entries = records.map((record): HistoryEntryDto => {
    const session = sessionOf(record);
    const isKnown = session?.isTranscript === true && session.isParsed;
    const state = !isKnown ? 'unknown' : measurements.stands(session, keptOf(record)) ? 'current' : 'stale';
    return entryOf(record, uriOf(record), state);
  });
  return success({
    isKept: history.isKept,
    entries,
    total: all.length,
    comparisons: comparisonsOf(records, uriOf),
    unreadable,
  });
}

function entryOf(record: HistoryRecord, uri: string | null, state: HistoryEntryDto['state']): HistoryEntryDto {
  const { measured, predicted, comparison } = record;
  return {
    id: record.id,
    at: record.at,
    uri,
    file: record.file,
    ...(record.folder === undefined ? {} : { folder: record.folder }),
    conversation: record.conversation,
    replyTurn: record.replyTurn,
    requestHash: record.requestHash,
    state,
    provenance: measured.provenance,
    scope: measured.scope,
    method: measured.method,
    ...(measured.meter === undefined ? {} : { meter: measured.meter }),
    joules: shownJoules(measured),
    ...(measured.grossJoules === undefined ? {} : { netJoules: measured.joules }),
    ci95: measured.ci95,
    n: measured.n,
    runs: shownRuns(record),
    ...(measured.idleWatts === undefined ? {} : { idleWatts: measured.idleWatts }),
    tokensIn: measured.tokensIn,
    tokensOut: measured.tokensOut,
    ...(measured.tokensCached === undefined ? {} : { tokensCached: measured.tokensCached }),
    seconds: measured.seconds,
    predictedJoules: predicted.joules,
    predictedInterval90: predicted.interval90,
    ratio: record.ratio,
    profile: record.assumptions?.profile ?? null,
    model: record.model,
    endpoint: record.endpoint,
    stopped: record.stopped,
    warningCount: record.warningCount,
    ...(comparison ? { comparison: { id: comparison.id, side: comparison.side } } : {}),
    measuredText: measuredFigure(keptOf(record).measurement),
    predictedText: figureText(predicted),
  };
}

function comparisonsOf(
  records: readonly HistoryRecord[],
  uriOf: (record: HistoryRecord) => string | null,
): ComparisonDto[] {
  const sides = new Map<string, Partial<Record<'a' | 'b', HistoryRecord>>>();
  for (const record of records) {
    if (record.comparison)
      sides.set(record.comparison.id, { ...sides.get(record.comparison.id), [record.comparison.side]: record });
  }
  // A side alone is one of a comparison whose other half was not kept, or was deleted with its file.
  return [...sides.values()].flatMap(({ a, b }) => (a && b ? (comparisonOf(a, b, uriOf) ?? []) : []));
}

/** The history, or what is kept of one document, as the text of a file. */
export async function exportHistory(
  history: WorkspaceHistory,
  { format, uri }: ExportHistoryParams,
): Promise<Reply<ExportHistoryResult>> {
  const records = uri === undefined ? (await history.all()).records : await history.of(uri);
  return success({ text: (format === 'csv' ? historyCsv : historyJson)(records), count: records.length });
}

/** Where a measured request stands in a parsed document: at its reply, or where that is to come. */
export function requestPlace(
  session: DocumentSession,
  params: RequestPlaceParams,
  measurements: Measurements,
): Reply<RequestPlace> {
  const last = session.conversations.length - 1;
  if (last < 0) return noTranscript(params.uri);
  const found = measurements.find(session, params.requestHash, params.conversation, params.replyTurn);
  const conversation = session.conversations[found ?? Math.min(params.conversation, last)];
  if (!conversation) return failure('stale', 'The conversation is no longer in the document.');
  const reply = conversation.turns[params.replyTurn];
  const end = conversation.turns.at(-1)?.span.end ?? 0;
  return success({
    position: reply ? session.text.positionAt(reply.span.start) : positionBelow(session, end),
    stale: found === null,
  });
}
