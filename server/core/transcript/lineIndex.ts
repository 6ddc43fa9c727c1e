/** Offsets to lines and characters, as VS Code counts them: LF, CRLF and lone CR end lines; U+2028 does not. */
import { NextIndex } from './json/blank.js';
import type { SourceEdit } from './model.js';

export interface LinePosition {
  readonly line: number;
  readonly character: number;
}

/** The lines of one text. Offsets are UTF-16 code units, lines and characters start at 0. */
export interface LineIndex {
  readonly lineCount: number;
  /** Clamped to the text. */
  positionAt(offset: number): LinePosition;
  /** Clamped to the text and to the line, its line break left out. */
  offsetAt(position: LinePosition): number;
  /** The index after one edit: only the edited stretch is read. `text` is the text after the edit. */
  updated(text: string, edit: SourceEdit): LineIndex;
}

const LF = 10;
const CR = 13;

/** Starts of the lines that begin in `(from, to]`. */
function lineStarts(text: string, from: number, to: number): number[] {
  const starts: number[] = [];
  const lineFeed = new NextIndex(text, '\n');
  const carriageReturn = new NextIndex(text, '\r');
  for (let at = from; ;) {
    const cr = carriageReturn.at(at);
    const lf = lineFeed.at(at);
    const end = Math.min(cr, lf);
    if (end >= text.length) return starts;
    at = cr + 1 === lf && lf < text.length ? lf + 1 : end + 1;
    if (at > to) return starts;
    starts.push(at);
  }
}

class Lines implements LineIndex {
  constructor(
    private readonly text: string,
    private readonly starts: readonly number[],
  ) {}

  get lineCount(): number {
    return this.starts.length;
  }

  positionAt(offset: number): LinePosition {
    const at = Math.min(Math.max(0, offset), this.text.length);
    const line = this.#lineAt(at);
    return { line, character: at - this.starts[line]! };
  }

  offsetAt({ line, character }: LinePosition): number {
    if (line < 0) return 0;
    if (line >= this.starts.length) return this.text.length;
    return Math.min(this.starts[line]! + Math.max(0, character), this.#endOf(line));
  }

  updated(text: string, edit: SourceEdit): LineIndex {
    const by = edit.newEnd - edit.oldEnd;
    // A CR before the edit may now stand before an LF, or no more: from the line before on, to the line after.
    const first = this.#lineAt(Math.max(0, edit.start - 1));
    const last = this.#lineAt(Math.min(edit.oldEnd + 1, this.text.length));
    const from = this.starts[first]!;
    const next = this.starts[last + 1];
    const starts = this.starts.slice(0, first + 1);
    for (const start of lineStarts(text, from, next === undefined ? text.length : next + by)) starts.push(start);
    for (let i = last + 2; i < this.starts.length; i++) starts.push(this.starts[i]! + by);
    return new Lines(text, starts);
  }

  #lineAt(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #endOf(line: number): number {
    if (line + 1 >= this.starts.length) return this.text.length;
    const end = this.starts[line + 1]! - 1;
    const isPair = end > this.starts[line]! && this.text.charCodeAt(end) === LF && this.text.charCodeAt(end - 1) === CR;
    return isPair ? end - 1 : end;
  }
}

/** Reads the text once. */
export function createLineIndex(text: string): LineIndex {
  const starts = lineStarts(text, 0, text.length);
  starts.unshift(0);
  return new Lines(text, starts);
}
