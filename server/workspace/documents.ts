/** The open documents by URI. */
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver-protocol';
import type { OpenedDocument } from './openText.js';
import { DocumentSession } from './session.js';
import type { DocumentChoices, SessionHost } from './session.js';

export class Documents {
  readonly #host: SessionHost;
  readonly #sessions = new Map<string, DocumentSession>();
  readonly #byId = new Map<number, DocumentSession>();
  /** By URI, beyond the closing of a document. */
  readonly #choices = new Map<string, DocumentChoices>();
  #lastId = 0;

  constructor(host: SessionHost) {
    this.#host = host;
  }

  get(uri: string): DocumentSession | undefined {
    return this.#sessions.get(uri);
  }

  /** By the number that short messages carry in the place of the URI. */
  byId(id: number): DocumentSession | undefined {
    return this.#byId.get(id);
  }

  all(): IterableIterator<DocumentSession> {
    return this.#sessions.values();
  }

  open(opened: OpenedDocument): DocumentSession {
    this.close(opened.uri);
    let choices = this.#choices.get(opened.uri);
    if (!choices) this.#choices.set(opened.uri, (choices = {}));
    const session = new DocumentSession(++this.#lastId, opened, this.#host, choices);
    this.#sessions.set(opened.uri, session);
    this.#byId.set(session.id, session);
    return session;
  }

  /** Another version of a document, read under its settings. It is no open document: nobody is told of it. Close it. */
  openApart(opened: OpenedDocument): DocumentSession {
    return new DocumentSession(++this.#lastId, opened, { ...this.#host, onChange: () => undefined });
  }

  change(uri: string, changes: readonly TextDocumentContentChangeEvent[], version: number): void {
    this.#sessions.get(uri)?.change(changes, version);
  }

  close(uri: string): void {
    const session = this.#sessions.get(uri);
    if (!session) return;
    session.close();
    const choices = this.#choices.get(uri);
    // The name of an untitled document may come again for another.
    if (choices && (Object.keys(choices).length === 0 || uri.startsWith('untitled:'))) this.#choices.delete(uri);
    this.#sessions.delete(uri);
    this.#byId.delete(session.id);
  }

  closeAll(): void {
    for (const uri of [...this.#sessions.keys()]) this.close(uri);
  }
}
