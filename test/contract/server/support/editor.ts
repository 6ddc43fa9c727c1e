/** An editor in a test: one end of a real connection, the language server at the other, in this process. */
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ClientCapabilities,
  CodeLens,
  Diagnostic,
  Hover,
  InitializeResult,
  InlayHint,
  MarkupContent,
  Position,
  ProtocolConnection,
  PublishDiagnosticsParams,
  Range,
} from 'vscode-languageserver-protocol';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { createConnection } from 'vscode-languageserver/node';
import type { ServerDeps } from '../../../../server/deps.js';
import type { InitializationDto } from '../../../../server/protocol/history.js';
import { Method } from '../../../../server/protocol/messages.js';
import type { DocumentStatus, MeasureProgress, Reply } from '../../../../server/protocol/messages.js';
import { startServer } from '../../../../server/server.js';

/** What an editor says it can do. */
const capabilities: ClientCapabilities = {
  workspace: {
    configuration: true,
    workspaceFolders: true,
    didChangeConfiguration: { dynamicRegistration: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
    codeLens: { refreshSupport: true },
    inlayHint: { refreshSupport: true },
  },
};

export interface EditorOptions {
  readonly folders?: readonly string[];
  /** The `joulelens` settings of a resource. */
  readonly settings?: (uri: string | undefined) => unknown;
  readonly capabilities?: ClientCapabilities;
  readonly initializationOptions?: InitializationDto;
}

export class TestEditor {
  readonly connection: ProtocolConnection;
  readonly messages: string[] = [];
  readonly progress: MeasureProgress[] = [];
  readonly registrations: string[] = [];
  lensRefreshes = 0;
  initialized: InitializeResult | undefined;
  #settings: (uri: string | undefined) => unknown;
  readonly #statuses = new Map<string, DocumentStatus>();
  readonly #diagnostics = new Map<string, Diagnostic[]>();
  readonly #versions = new Map<string, number>();
  readonly #stop: () => void;

  constructor(connection: ProtocolConnection, options: EditorOptions, stop: () => void) {
    this.connection = connection;
    this.#stop = stop;
    this.#settings = options.settings ?? (() => ({}));
    connection.onRequest('workspace/configuration', ({ items }: { items: { scopeUri?: string }[] }) =>
      items.map(({ scopeUri }) => this.#settings(scopeUri)),
    );
    connection.onRequest('client/registerCapability', ({ registrations }: { registrations: { method: string }[] }) => {
      this.registrations.push(...registrations.map(({ method }) => method));
      return null;
    });
    connection.onRequest('workspace/codeLens/refresh', () => {
      this.lensRefreshes++;
      return null;
    });
    connection.onRequest('workspace/inlayHint/refresh', () => null);
    connection.onNotification('window/showMessage', ({ message }: { message: string }) => {
      this.messages.push(message);
    });
    connection.onRequest('window/showMessageRequest', ({ message }: { message: string }) => {
      this.messages.push(message);
      return null;
    });
    connection.onNotification(Method.documentStatus, (status: DocumentStatus) => {
      this.#statuses.set(status.uri, status);
    });
    connection.onNotification(Method.measureProgress, (step: MeasureProgress) => {
      this.progress.push(step);
    });
    connection.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }: PublishDiagnosticsParams) => {
      this.#diagnostics.set(uri, diagnostics);
    });
    connection.listen();
  }

  async initialize(options: EditorOptions): Promise<void> {
    this.initialized = await this.connection.sendRequest<InitializeResult>('initialize', {
      // With an id the server watches that process for ever.
      processId: null,
      rootUri: null,
      workspaceFolders: options.folders?.map((uri) => ({ uri, name: uri })) ?? null,
      capabilities: options.capabilities ?? capabilities,
      initializationOptions: options.initializationOptions,
    });
    await this.connection.sendNotification('initialized', {});
  }

  open(uri: string, text: string, languageId = 'json'): Promise<void> {
    this.#versions.set(uri, 1);
    return this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version: 1, text },
    });
  }

  /** Replaces ranges, in order; without a range the whole text. */
  change(uri: string, ...changes: { range?: Range; text: string }[]): Promise<void> {
    const version = this.#versions.get(uri)! + 1;
    this.#versions.set(uri, version);
    return this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: changes,
    });
  }

  insert(uri: string, at: Position, text: string): Promise<void> {
    return this.change(uri, { range: { start: at, end: at }, text });
  }

  close(uri: string): Promise<void> {
    return this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  async configure(settings: (uri: string | undefined) => unknown): Promise<void> {
    this.#settings = settings;
    await this.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  }

  fileChanged(uri: string): Promise<void> {
    return this.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri, type: 2 }] });
  }

  lenses(uri: string): Promise<CodeLens[]> {
    return this.connection.sendRequest('textDocument/codeLens', { textDocument: { uri } });
  }

  resolve(lens: CodeLens): Promise<CodeLens> {
    return lens.command ? Promise.resolve(lens) : this.connection.sendRequest('codeLens/resolve', lens);
  }

  async titles(uri: string): Promise<string[]> {
    const lenses = await this.lenses(uri);
    const resolved = await Promise.all(lenses.map((lens) => this.resolve(lens)));
    return resolved.map((lens) => lens.command!.title);
  }

  async hover(uri: string, position: Position): Promise<string | null> {
    const hover = await this.connection.sendRequest<Hover | null>('textDocument/hover', {
      textDocument: { uri },
      position,
    });
    return hover && (hover.contents as MarkupContent).value;
  }

  hints(uri: string, range: Range): Promise<InlayHint[]> {
    return this.connection.sendRequest('textDocument/inlayHint', { textDocument: { uri }, range });
  }

  ask<T>(method: string, params: unknown): Promise<Reply<T>> {
    return this.connection.sendRequest(method, params);
  }

  /** The value of a reply; fails with its error. */
  async value<T>(method: string, params: unknown): Promise<T> {
    const reply = await this.ask<T>(method, params);
    if (!reply.ok) throw new Error(`${method}: ${reply.error}`);
    return reply.value;
  }

  status(uri: string): DocumentStatus | undefined {
    return this.#statuses.get(uri);
  }

  diagnostics(uri: string): readonly Diagnostic[] {
    return this.#diagnostics.get(uri) ?? [];
  }

  /** The messages of a document's diagnostics. */
  problems(uri: string): string[] {
    return this.diagnostics(uri).map(({ message }) => (typeof message === 'string' ? message : message.value));
  }

  /** The status once it is of the last version sent and final. */
  async settled(uri: string): Promise<DocumentStatus> {
    return eventually(
      () => this.status(uri),
      (status) => status !== undefined && status.version >= this.#versions.get(uri)! && status.state !== 'counting',
      `a final status of ${uri}`,
    ) as Promise<DocumentStatus>;
  }

  async stop(): Promise<void> {
    await this.connection.sendRequest('shutdown');
    this.connection.dispose();
    this.#stop();
  }
}

/** An editor with a server of its own in this process. */
export async function startEditor(deps: ServerDeps, options: EditorOptions = {}): Promise<TestEditor> {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  const server = createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient));
  startServer(server, deps);
  const client = createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
  const editor = new TestEditor(client, options, () => server.dispose());
  await editor.initialize(options);
  return editor;
}

/** Asks until `accept` holds; fails with the last answer. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  accept: (answer: T) => boolean,
  what: string,
  seconds = 30,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (accept(answer)) return answer;
    if (Date.now() > end) throw new Error(`${what}: not so in ${seconds} s; last seen ${JSON.stringify(answer)}`);
    await sleep(10);
  }
}
