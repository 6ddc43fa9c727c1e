/** The text of an open document under incremental sync, with its line index. */
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver-protocol';
import type { Position, Range } from '../protocol/messages.js';
import type { SourceEdit, SourceText, Span } from '../core/index.js';
import { LineOffsets } from './lineOffsets.js';
import { editBetween, SegmentedText } from '../core/transcript/segmentedText.js';
import { mergeEdits } from './sourceEdits.js';

/** What `textDocument/didOpen` says of a document. */
export interface OpenedDocument {
  readonly uri: string;
  readonly languageId: string;
  readonly version: number;
  readonly text: string;
}

const isLineEnd = (character: string): boolean => character === '\n' || character === '\r';

export class OpenText {
  readonly uri: string;
  readonly languageId: string;
  #version: number;
  #source: SegmentedText;
  #lines: LineOffsets;

  constructor({ uri, languageId, version, text }: OpenedDocument) {
    this.uri = uri;
    this.languageId = languageId;
    this.#version = version;
    this.#source = SegmentedText.of(text);
    this.#lines = new LineOffsets(text);
  }

  get version(): number {
    return this.#version;
  }
  /** The text as it stands; another object after each edit. */
  get source(): SourceText {
    return this.#source;
  }
  /** Code units. */
  get length(): number {
    return this.#source.length;
  }
  get lineCount(): number {
    return this.#lines.count;
  }

  /** Applies the changes of one notification, in order; one edit that covers them, null where nothing changed. */
  apply(changes: readonly TextDocumentContentChangeEvent[], version: number): SourceEdit | null {
    this.#version = version;
    let all: SourceEdit | null = null;
    for (const change of changes) {
      const edit = 'range' in change ? this.#replace(change.range, change.text) : this.#replaceAll(change.text);
      if (edit) all = all ? mergeEdits(all, edit) : edit;
    }
    return all;
  }

  #replace(range: Range, text: string): SourceEdit {
    const ends = [this.offsetAt(range.start), this.offsetAt(range.end)] as const;
    const edit = { start: Math.min(...ends), oldEnd: Math.max(...ends), newEnd: Math.min(...ends) + text.length };
    this.#source = this.#source.replace(edit.start, edit.oldEnd, text);
    const around = this.#source.slice(Math.max(0, edit.start - 1), edit.newEnd + 1);
    this.#lines.replace(edit.start, edit.oldEnd, edit.newEnd, around);
    return edit;
  }

  #replaceAll(text: string): SourceEdit | null {
    const edit = editBetween(this.#source.toString(), text);
    this.#source = SegmentedText.of(text);
    this.#lines = new LineOffsets(text);
    return edit;
  }

  /** Offsets outside the text are taken to its ends. */
  positionAt(offset: number): Position {
    const inside = Math.max(0, Math.min(offset, this.length));
    const line = this.#lines.lineOf(inside);
    return { line, character: inside - this.#lines.start(line) };
  }

  /** A character beyond the end of its line is taken to that end, before the line break. */
  offsetAt({ line, character }: Position): number {
    if (line >= this.lineCount) return this.length;
    if (line < 0) return 0;
    return Math.min(this.#lines.start(line) + Math.max(0, character), this.#endOf(line));
  }

  /** Offset of the end of the line that holds `offset`, its line break left out. */
  lineEnd(offset: number): number {
    return this.#endOf(this.#lines.lineOf(offset));
  }

  #endOf(line: number): number {
    const start = this.#lines.start(line);
    let end = line + 1 < this.lineCount ? this.#lines.start(line + 1) : this.length;
    const tail = this.#source.slice(Math.max(start, end - 2), end);
    for (let at = tail.length - 1; at >= 0 && isLineEnd(tail[at]!); at--) end--;
    return end;
  }

  rangeOf(span: Span): Range {
    return { start: this.positionAt(span.start), end: this.positionAt(span.end) };
  }
}
