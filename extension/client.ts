/** The language server's process and the connection to it. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  TransportKind,
} from 'vscode-languageclient/node';
import type { LanguageClientOptions } from 'vscode-languageclient/node';
import { HistoryMethod } from '../server/protocol/history.js';
import type { InitializationDto } from '../server/protocol/history.js';
import { Command, Method } from '../server/protocol/messages.js';
import type { DocumentStatus, MeasureProgress, Reply } from '../server/protocol/messages.js';
import { filterOf, selector } from './documentSelector.js';
import type { DocumentFilter } from './documentSelector.js';
import { followDocuments } from './followDocument.js';
import type { Redactor } from './redact.js';
import { redacted } from './redact.js';

/** Documents outside the selector that the user asked for, while VS Code runs. */
const followed: DocumentFilter[] = [];

/** Whether the server is given the text of a document. */
export const isSynced = (document: vscode.TextDocument): boolean =>
  [...selector, ...followed].some((filter) => vscode.languages.match(filter, document) > 0);

/** What the rest of the extension asks of the server. */
export interface Server extends vscode.Disposable {
  /** Starts the server where it does not run yet. Resolves when it answers; rejects when it could not start. */
  readonly ready: Promise<void>;
  readonly onStatus: vscode.Event<DocumentStatus>;
  readonly onMeasureProgress: vscode.Event<MeasureProgress>;
  readonly onHistoryChanged: vscode.Event<void>;
  /** The server stopped or was restarted: what it said of documents no longer holds. */
  readonly onReset: vscode.Event<void>;
  /** Asks one thing. A lost connection is a failed reply with one clear line, never an exception. */
  ask<T>(method: string, params: unknown, token?: vscode.CancellationToken): Promise<Reply<T>>;
  /** Tells the server of a document of any kind: the user asked for it to be read. */
  follow(document: vscode.TextDocument): Promise<void>;
  restart(): Promise<void>;
}

/**
 * Makes the client. The server starts in the background when the first document that may be a transcript is open, or
 * when something is asked of it; activation waits for neither.
 */
export function startServer(context: vscode.ExtensionContext, redactor: Redactor): Server {
  const log = vscode.window.createOutputChannel('Joule Lens Server', { log: true });
  const status = new vscode.EventEmitter<DocumentStatus>();
  const progress = new vscode.EventEmitter<MeasureProgress>();
  const historyChange = new vscode.EventEmitter<void>();
  const reset = new vscode.EventEmitter<void>();
  const client = createClient(context, redacted(log, redactor), () => void reportStopped());
  client.onNotification(Method.documentStatus, (value: DocumentStatus) => status.fire(value));
  client.onNotification(HistoryMethod.historyChanged, () => historyChange.fire());
  client.onNotification(Method.measureProgress, (value: MeasureProgress) => progress.fire(value));

  let stopped = false;
  let ready: Promise<void> | null = null;

  function start(): Promise<void> {
    if (ready === null) {
      stopped = false;
      ready = client.start().then(() => followed.forEach((filter) => followDocuments(client, filter)));
      ready.catch((error: unknown) => {
        log.error(String(error));
        void reportStopped();
      });
    }
    return ready;
  }

  // VS Code activates for any plain text, its own output channels included: no process for those.
  const startFor = (document: vscode.TextDocument): void => {
    if (ready === null && isSynced(document)) {
      void start();
    }
  };
  const opening = vscode.workspace.onDidOpenTextDocument(startFor);
  vscode.workspace.textDocuments.forEach(startFor);

  async function reportStopped(): Promise<void> {
    if (stopped) {
      return;
    }
    stopped = true;
    reset.fire();
    const choice = await vscode.window.showErrorMessage(
      'Joule Lens: the language server stopped, so no figures are shown. Restart it, or look at its log.',
      'Restart',
      'Show Log',
    );
    if (choice === 'Restart') {
      await vscode.commands.executeCommand('joulelens.restartServer');
    } else if (choice === 'Show Log') {
      log.show();
    }
  }

  return {
    get ready() {
      return start();
    },
    onStatus: status.event,
    onMeasureProgress: progress.event,
    onHistoryChanged: historyChange.event,
    onReset: reset.event,
    async ask<T>(method: string, params: unknown, token?: vscode.CancellationToken): Promise<Reply<T>> {
      try {
        await start();
        // A token that is passed but undefined would be sent as a second parameter.
        return await (token === undefined
          ? client.sendRequest<Reply<T>>(method, params)
          : client.sendRequest<Reply<T>>(method, params, token));
      } catch (error) {
        log.error(`${method}: ${redactor.clean(String(error))}`);
        if (token?.isCancellationRequested === true) {
          return { ok: false, error: 'Cancelled.', code: 'cancelled' };
        }
        return {
          ok: false,
          error: 'The language server did not answer. Run "Joule Lens: Restart Server" and try again.',
          code: 'server',
        };
      }
    },
    async follow(document) {
      await start();
      if (isSynced(document)) {
        return;
      }
      const { uri, languageId } = document;
      const filter = filterOf({ scheme: uri.scheme, path: uri.path, languageId });
      followed.push(filter);
      followDocuments(client, filter);
    },
    async restart() {
      reset.fire();
      if (client.isRunning()) {
        // Not a crash, so no message about one.
        stopped = true;
        await client.stop();
      }
      ready = null;
      await start();
    },
    dispose() {
      stopped = true;
      for (const item of [opening, log, status, progress, historyChange, reset]) {
        item.dispose();
      }
      void client.dispose().catch(() => undefined);
    },
  };
}

/** Where measurements are kept: with the workspace, or with the user where no folder is open. */
function initialization({ storageUri, globalStorageUri, extension }: vscode.ExtensionContext): InitializationDto {
  const { version } = extension.packageJSON as { version: string };
  return { version, historyFolder: path.join((storageUri ?? globalStorageUri).fsPath, 'measurements') };
}

function createClient(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  onStopped: () => void,
): LanguageClient {
  const module = context.asAbsolutePath(path.join('dist', 'server.js'));
  const options: LanguageClientOptions = {
    documentSelector: [...selector],
    initializationOptions: initialization(context),
    outputChannel: log,
    traceOutputChannel: log,
    // Messages to the user are ours to word: one, with what to do.
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    markdown: { isTrusted: { enabledCommands: Object.values(Command) }, supportThemeIcons: true },
    initializationFailedHandler: () => false,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        onStopped();
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
  };
  return new LanguageClient(
    'joulelens',
    'Joule Lens',
    {
      run: { module, transport: TransportKind.ipc },
      debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6009'] } },
    },
    options,
  );
}
