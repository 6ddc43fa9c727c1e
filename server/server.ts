/** The language server over any connection: capabilities, text sync, settings, and who answers what. */
import {
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  ErrorCodes,
  ResponseError,
  TextDocumentSyncKind,
} from 'vscode-languageserver';
import type { Connection, InitializeResult } from 'vscode-languageserver';
import { serveClient } from './clientRequests.js';
import { serveHistory } from './historyRequests.js';
import type { ServerDeps } from './deps.js';
import { serveEditor } from './editorRequests.js';
import { Reports } from './reports.js';
import { CONFIG_FILE, TOKENIZER_FILES } from './settings/index.js';
import { clientSupport } from './workspace/clientSupport.js';
import type { ClientSupport } from './workspace/clientSupport.js';
import { Documents } from './workspace/documents.js';
import { keptOf } from './features/historyRecord.js';
import { HistoryMethod } from './protocol/history.js';
import type { InitializationDto } from './protocol/history.js';
import { WorkspaceHistory } from './workspace/history.js';
import { Measurements } from './workspace/measurements.js';
import type { DocumentSession } from './workspace/session.js';
import { SettingsStore } from './workspace/settings.js';

/** What the server can do. */
const capabilities: InitializeResult['capabilities'] = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
  codeLensProvider: { resolveProvider: true },
  hoverProvider: true,
  inlayHintProvider: true,
  workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
};

/** Starts the server on a connection that does not listen yet. */
export function startServer(connection: Connection, deps: ServerDeps): void {
  let support: ClientSupport | null = null;
  const reports = new Reports(connection, () => support);
  const measurements = new Measurements((messages) => deps.live.hashRequest(messages));
  const history = new WorkspaceHistory();
  const restored = new WeakSet<DocumentSession>();
  let version = '';
  const settings = new SettingsStore({
    service: deps.service,
    inspector: deps.tokens,
    editorSettings: async (uri) =>
      support?.configuration === true
        ? ((await connection.workspace.getConfiguration(
            uri === undefined ? { section: 'joulelens' } : { scopeUri: uri, section: 'joulelens' },
          )) as unknown)
        : {},
    onFileProblems: (uri, diagnostics) => void connection.sendDiagnostics({ uri, diagnostics }),
    onMessage: (message) => connection.window.showWarningMessage(message),
  });
  const documents = new Documents({
    service: deps.service,
    settingsOf: (uri) => settings.of(uri),
    onChange: (session, what) => {
      reports.changed(session, what);
      if (what === 'parsed') void restore(session);
    },
    onFailure: (session, error) => connection.console.error(`${session.uri}: ${String(error)}`),
  });

  /** What was measured in earlier sessions is shown as soon as the document is read. */
  async function restore(session: DocumentSession): Promise<void> {
    if (!history.isKept || !session.isTranscript || restored.has(session)) return;
    restored.add(session);
    try {
      const records = await history.of(session.uri);
      if (records.length === 0 || documents.get(session.uri) !== session) return;
      measurements.restore(session, records.map(keptOf));
      reports.refresh();
      void connection.sendNotification(HistoryMethod.historyChanged);
    } catch (error) {
      connection.console.error(`History of ${session.uri}: ${String(error)}`);
    }
  }

  /** Figures under other assumptions: every document asks for its settings again. */
  function reconfigure(): void {
    for (const session of documents.all()) session.reconfigure();
    reports.refresh();
  }

  connection.onInitialize((params) => {
    support = clientSupport(params);
    settings.setFolders(params.workspaceFolders?.map(({ uri }) => uri) ?? []);
    history.setFolders(params.workspaceFolders ?? []);
    const options = (params.initializationOptions ?? {}) as InitializationDto;
    version = options.version ?? '';
    if (options.historyFolder !== undefined) history.open(deps.openHistory(options.historyFolder));
    return { capabilities, serverInfo: { name: 'Joule Lens' } };
  });
  connection.onInitialized(() => {
    if (support?.configurationChanges === true) {
      void connection.client.register(DidChangeConfigurationNotification.type, { section: 'joulelens' });
    }
    if (support?.fileWatching === true) {
      const watchers = [CONFIG_FILE, ...TOKENIZER_FILES].map((name) => ({ globPattern: `**/${name}` }));
      void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
    }
    if (support?.workspaceFolders === true) {
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        settings.changeFolders(
          added.map(({ uri }) => uri),
          removed.map(({ uri }) => uri),
        );
        history.changeFolders(added, removed);
        reconfigure();
      });
    }
  });
  connection.onDidChangeConfiguration(() => {
    settings.editorSettingsChanged();
    reconfigure();
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    if (settings.filesChanged(changes.map(({ uri }) => uri))) reconfigure();
  });

  connection.onDidOpenTextDocument(({ textDocument }) => {
    documents.open(textDocument);
  });
  connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
    documents.change(uri, contentChanges, version);
  });
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    const session = documents.get(uri);
    documents.close(uri);
    settings.forget(uri);
    if (session) reports.closed(session);
  });
  connection.onShutdown(() => {
    documents.closeAll();
    reports.stop();
  });

  serveEditor(connection, documents, measurements, reports);
  const context = { connection, documents, measurements, history, settings, reports, deps, version: () => version };
  serveHistory(context, serveClient(context));
  connection.onRequest((method) => {
    throw new ResponseError(ErrorCodes.MethodNotFound, `${method} is not known to this server.`);
  });
  connection.listen();
}
