/** The built language server as an editor sees it: a process spoken to over stdio, whose CPU time can be asked for. */
import { spawn } from 'node:child_process';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CodeLens, Hover, Position } from 'vscode-languageserver-protocol';
import {
  StreamMessageReader,
  StreamMessageWriter,
  createProtocolConnection,
} from 'vscode-languageserver-protocol/node';
import type { DocumentStatus } from '../../server/protocol/messages.js';
import { Method } from '../../server/protocol/messages.js';
import type { Usage } from './probe.js';
import { usageQuestion } from './probe.js';

/** Repository root, from out/test/benchmarks. */
export const root = path.resolve(__dirname, '..', '..', '..');

/** An editor with one server. */
export interface Editor {
  usage(): Promise<Usage>;
  /** Sends a document, without waiting. */
  open(uri: string, text: string): void;
  /** Sends an insertion, without waiting. */
  insert(uri: string, position: Position, text: string): void;
  /** Resolves when all figures of the last version are known. */
  ready(uri: string): Promise<void>;
  /** Lenses of a document, with the titles of those that fit a window around a line. */
  lenses(uri: string, aroundLine: number): Promise<CodeLens[]>;
  hover(uri: string, position: Position): Promise<Hover | null>;
  isReady(uri: string): boolean;
  /** Whether the server has said anything of a document since it was opened: before that it is being received. */
  isKnown(uri: string): boolean;
  close(uri: string): void;
  stop(): Promise<void>;
}

const settled = (status: DocumentStatus | undefined, version: number): boolean =>
  status !== undefined && status.version >= version && status.state !== 'counting';

/** Lenses in a window of some fifty lines: what an editor resolves. */
const visibleLenses = 20;

/** Starts dist/server.js. */
export async function startEditor(): Promise<Editor> {
  const child = spawn(
    process.execPath,
    ['--require', path.join(__dirname, 'probe.js'), path.join(root, 'dist/server.js'), '--stdio'],
    { stdio: ['pipe', 'pipe', 'inherit', 'ipc'] },
  );
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout!),
    new StreamMessageWriter(child.stdin!),
  );
  const statuses = new Map<string, DocumentStatus>();
  const versions = new Map<string, number>();
  const waiting: (() => void)[] = [];
  connection.onNotification(Method.documentStatus, (status: DocumentStatus) => {
    statuses.set(status.uri, status);
    for (const wake of waiting.splice(0)) wake();
  });
  connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => null));
  connection.onRequest('client/registerCapability', () => null);
  connection.onRequest('workspace/codeLens/refresh', () => null);
  connection.onRequest('workspace/inlayHint/refresh', () => null);
  connection.onRequest('window/workDoneProgress/create', () => null);
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: null,
    capabilities: {
      workspace: { configuration: true, codeLens: { refreshSupport: true }, didChangeConfiguration: {} },
      textDocument: { codeLens: { resolveSupport: { properties: ['command'] } }, synchronization: {}, hover: {} },
    },
  });
  await connection.sendNotification('initialized', {});

  async function ready(uri: string): Promise<void> {
    const version = versions.get(uri)!;
    while (!settled(statuses.get(uri), version)) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    const status = statuses.get(uri)!;
    if (status.state !== 'ready') throw new Error(`${uri}: ${status.state} ${status.message ?? ''}`);
  }

  function open(uri: string, text: string): void {
    versions.set(uri, 1);
    statuses.delete(uri);
    void connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'json', version: 1, text },
    });
  }

  async function lenses(uri: string, aroundLine: number): Promise<CodeLens[]> {
    const all =
      (await connection.sendRequest<CodeLens[] | null>('textDocument/codeLens', { textDocument: { uri } })) ?? [];
    const after = all.findIndex(({ range }) => range.start.line > aroundLine);
    const first = Math.max(0, (after < 0 ? all.length : after) - visibleLenses / 2);
    const visible = all.slice(first, first + visibleLenses);
    const resolved = await Promise.all(
      visible.map((lens) => (lens.command ? lens : connection.sendRequest<CodeLens>('codeLens/resolve', lens))),
    );
    if (!resolved.some((lens) => / [mkM]?J/.test(lens.command?.title ?? ''))) {
      const shown = resolved.map((lens) => lens?.command?.title ?? 'none').join('\n');
      throw new Error(`${uri}: no lens with joules near line ${aroundLine} of ${all.length}:\n${shown}`);
    }
    return resolved;
  }

  return {
    usage: () =>
      new Promise((resolve) => {
        child.once('message', (usage: Usage) => resolve(usage));
        child.send(usageQuestion);
      }),
    open,
    insert(uri, position, text) {
      const version = versions.get(uri)! + 1;
      versions.set(uri, version);
      void connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version },
        contentChanges: [{ range: { start: position, end: position }, text }],
      });
    },
    ready,
    lenses,
    hover: (uri, position) => connection.sendRequest('textDocument/hover', { textDocument: { uri }, position }),
    isKnown: (uri) => statuses.has(uri),
    isReady: (uri) => settled(statuses.get(uri), versions.get(uri) ?? 1),
    close(uri) {
      void connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      await Promise.race([ended, sleep(3000)]);
      connection.dispose();
      child.kill();
    },
  };
}

/** Work that a server does after its answer belongs to what caused it: waits until it rests. */
export async function rest(editor: Editor): Promise<Usage> {
  let before = await editor.usage();
  for (;;) {
    await sleep(60);
    const now = await editor.usage();
    // A process that only waits uses well under 3 % of a core.
    if (now.cpuMs - before.cpuMs < 2) return now;
    before = now;
  }
}
