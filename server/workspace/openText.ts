/** The text of an open document under incremental sync, with its line index. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver-protocol';
import type { Position, Range } from '../protocol/messages.js';
import type { SourceEdit, Span } from '../core/transcript/model.js';
import { editBetween, mergeEdits } from './sourceEdits.js';

/** What `textDocument/didOpen` says of a document. */
export interface OpenedDocument {
  readonly uri: string;
  readonly languageId: string;
  readonly version: number;
  readonly text: string;
}

export class OpenText {
  #document: TextDocument;

  constructor(opened: OpenedDocument) {
    this.#document = TextDocument.create(opened.uri, opened.languageId, opened.version, opened.text);
  }

  get uri(): string {
    return this.#document.uri;
  }
  get languageId(): string {
    return this.#document.languageId;
  }
  get version(): number {
    return this.#document.version;
  }
  get text(): string {
    return this.#document.getText();
  }
  get lineCount(): number {
    return this.#document.lineCount;
  }

  /** Applies the changes of one notification, in order; one edit that covers them, null where nothing changed. */
  apply(changes: readonly TextDocumentContentChangeEvent[], version: number): SourceEdit | null {
    let all: SourceEdit | null = null;
    for (const change of changes) {
      const edit = this.#applyOne(change, version);
      if (edit) all = all ? mergeEdits(all, edit) : edit;
    }
    return all;
  }

  #applyOne(change: TextDocumentContentChangeEvent, version: number): SourceEdit | null {
    const before = this.#document;
    if (!('range' in change)) {
      const edit = editBetween(before.getText(), change.text);
      this.#document = TextDocument.update(before, [change], version);
      return edit;
    }
    const ends = [before.offsetAt(change.range.start), before.offsetAt(change.range.end)] as const;
    const [start, oldEnd] = [Math.min(...ends), Math.max(...ends)];
    this.#document = TextDocument.update(before, [change], version);
    return { start, oldEnd, newEnd: start + change.text.length };
  }

  positionAt(offset: number): Position {
    return this.#document.positionAt(offset);
  }
  offsetAt(position: Position): number {
    return this.#document.offsetAt(position);
  }
  /** Offset of the end of the line that holds `offset`, its line break left out. */
  lineEnd(offset: number): number {
    const { line } = this.positionAt(offset);
    return this.offsetAt({ line, character: Number.MAX_SAFE_INTEGER });
  }
  rangeOf(span: Span): Range {
    return { start: this.positionAt(span.start), end: this.positionAt(span.end) };
  }
}
