/** What the server says unasked: status, diagnostics, and that lenses are to be asked for again. */
import { CodeLensRefreshRequest } from 'vscode-languageserver';
import type { Connection } from 'vscode-languageserver';
import { diagnosticsOf } from './features/diagnostics.js';
import { documentStatus, totals } from './features/status.js';
import type { Totals } from './features/status.js';
import { Method } from './protocol/messages.js';
import type { DocumentStatus } from './protocol/messages.js';
import type { ClientSupport } from './workspace/clientSupport.js';
import type { DocumentSession, SessionChange } from './workspace/session.js';
import { runSliced } from './workspace/slices.js';
import { settled, throttled } from './workspace/throttled.js';
import type { Throttled } from './workspace/throttled.js';

/** A message about a document waits for a pause of the edits, in milliseconds, and no longer than the latest. */
const reportMilliseconds = 120;
const latestMilliseconds = 600;

interface DocumentReports {
  readonly status: Throttled;
  readonly diagnostics: Throttled;
  stop: AbortController;
  hasDiagnostics: boolean;
  lastStatus: string;
}

export class Reports {
  readonly #connection: Connection;
  readonly #support: () => ClientSupport | null;
  readonly #documents = new Map<DocumentSession, DocumentReports>();
  /** Documents that answered a request with figures missing: they ask the client to ask again. */
  readonly #owed = new Set<DocumentSession>();
  readonly #refresh: Throttled;

  constructor(connection: Connection, support: () => ClientSupport | null) {
    this.#connection = connection;
    this.#support = support;
    this.#refresh = throttled(() => this.#refreshNow(), 50);
  }

  /** Work on a document went on. */
  changed(session: DocumentSession, what: SessionChange): void {
    const reports = this.#of(session);
    reports.stop.abort();
    reports.status();
    if (what !== 'progress') reports.diagnostics();
    if (what === 'counted' && this.#owed.delete(session)) this.refresh();
  }

  /** An answer lacked figures: when they are there, the client is asked to ask again. */
  owe(session: DocumentSession): void {
    this.#owed.add(session);
  }

  /** Lenses and hints changed without an edit. */
  refresh(): void {
    this.#refresh();
  }

  closed(session: DocumentSession): void {
    const reports = this.#documents.get(session);
    reports?.status.cancel();
    reports?.diagnostics.cancel();
    reports?.stop.abort();
    this.#documents.delete(session);
    this.#owed.delete(session);
    if (reports?.hasDiagnostics === true) this.#send(session.uri, []);
  }

  /** The server is shutting down: nothing is due any more. */
  stop(): void {
    this.#refresh.cancel();
    for (const { status, diagnostics, stop } of this.#documents.values()) {
      status.cancel();
      diagnostics.cancel();
      stop.abort();
    }
    this.#documents.clear();
    this.#owed.clear();
  }

  #of(session: DocumentSession): DocumentReports {
    let reports = this.#documents.get(session);
    if (!reports) {
      reports = {
        status: settled(() => void this.#reportStatus(session), reportMilliseconds, latestMilliseconds),
        diagnostics: settled(() => this.#reportDiagnostics(session), reportMilliseconds, latestMilliseconds),
        stop: new AbortController(),
        hasDiagnostics: false,
        lastStatus: '',
      };
      this.#documents.set(session, reports);
    }
    return reports;
  }

  /** The total is summed in slices: a file of ten thousand conversations must not hold up a hover. */
  async #reportStatus(session: DocumentSession): Promise<void> {
    const reports = this.#documents.get(session);
    if (!reports) return;
    reports.stop.abort();
    const { signal } = (reports.stop = new AbortController());
    let total: Totals | null = null;
    if (session.isTranscript && session.isCounted) {
      const job = totals(session);
      const keep = function* (): Generator<void> {
        total = yield* job;
      };
      const run = await runSliced(keep(), signal);
      if (!run.done || signal.aborted) return;
    }
    const status: DocumentStatus = documentStatus(session, total);
    const text = JSON.stringify(status);
    if (text === reports.lastStatus) return;
    reports.lastStatus = text;
    void this.#connection.sendNotification(Method.documentStatus, status);
  }

  #reportDiagnostics(session: DocumentSession): void {
    const reports = this.#documents.get(session);
    if (!reports || (session.isTranscript && !session.isParsed)) return;
    const problems = session.isTranscript ? session.analysis.problems : [];
    if (problems.length === 0 && !reports.hasDiagnostics) return;
    reports.hasDiagnostics = problems.length > 0;
    const diagnostics = diagnosticsOf(problems, (span) => session.text.rangeOf(span));
    this.#send(session.uri, diagnostics, session.version);
  }

  #send(uri: string, diagnostics: ReturnType<typeof diagnosticsOf>, version?: number): void {
    void this.#connection.sendDiagnostics({ uri, diagnostics, ...(version === undefined ? {} : { version }) });
  }

  #refreshNow(): void {
    const support = this.#support();
    const ignore = (): void => undefined;
    if (support?.codeLensRefresh === true) this.#connection.sendRequest(CodeLensRefreshRequest.type).catch(ignore);
    if (support?.inlayHintRefresh === true) this.#connection.languages.inlayHint.refresh().catch(ignore);
  }
}
