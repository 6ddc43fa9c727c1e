/** The open documents by URI. */
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver-protocol';
import type { OpenedDocument } from './openText.js';
import { DocumentSession } from './session.js';
import type { SessionHost } from './session.js';

export class Documents {
  readonly #host: SessionHost;
  readonly #sessions = new Map<string, DocumentSession>();

  constructor(host: SessionHost) {
    this.#host = host;
  }

  get(uri: string): DocumentSession | undefined {
    return this.#sessions.get(uri);
  }

  all(): IterableIterator<DocumentSession> {
    return this.#sessions.values();
  }

  open(opened: OpenedDocument): DocumentSession {
    this.#sessions.get(opened.uri)?.close();
    const session = new DocumentSession(opened, this.#host);
    this.#sessions.set(opened.uri, session);
    return session;
  }

  change(uri: string, changes: readonly TextDocumentContentChangeEvent[], version: number): void {
    this.#sessions.get(uri)?.change(changes, version);
  }

  close(uri: string): void {
    this.#sessions.get(uri)?.close();
    this.#sessions.delete(uri);
  }

  closeAll(): void {
    for (const uri of [...this.#sessions.keys()]) this.close(uri);
  }
}
