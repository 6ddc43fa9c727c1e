/** One pass over the lines of a text: what a transcript is made of, outside code fences and comments. */
import { isBlank, NextIndex } from '../json/blank.js';
import type { Span } from '../model.js';
import { foldAt, type Fold } from './folds.js';
import { logBreakAt, type LogBreak } from './llmLog.js';
import { nameMarkerAt, roleMarkerAt, type Marker, type Markers } from './markers.js';

export interface TextScan extends Markers {
  /** `<details>` blocks, each to the next end tag. */
  readonly folds: readonly Fold[];
  /** Headings of a log that end a turn and begin none. */
  readonly breaks: readonly LogBreak[];
  /** HTML comments that begin a line, with the whole of their lines: an author's notes, never content. */
  readonly comments: readonly Span[];
}

/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;
/** Fences without an end that are taken back, each at the price of reading on from there again. */
const MAX_TAKEN_BACK = 8;

const FENCE = / {0,3}(`{3,}(?=[^`\r\n]*(?:[\r\n]|$))|~{3,})/y;
const COMMENT = / {0,3}<!--/y;

function isBlankLine(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isBlank(text.charCodeAt(at))) return false;
  return true;
}

/** The line reader of one text. */
export class TextLines {
  readonly #lineFeed: NextIndex;
  readonly #carriageReturn: NextIndex;

  constructor(private readonly text: string) {
    this.#lineFeed = new NextIndex(text, '\n');
    this.#carriageReturn = new NextIndex(text, '\r');
  }

  /** Offset of the line break that ends the line at `at`, or the text's end. */
  endOf(at: number): number {
    return Math.min(this.#lineFeed.at(at), this.#carriageReturn.at(at));
  }

  /** Start of the line after the one that ends at `end`. */
  after(end: number): number {
    if (end >= this.text.length) return this.text.length;
    return this.text[end] === '\r' && this.text[end + 1] === '\n' ? end + 2 : end + 1;
  }
}

/** Whether the line closes the fence: the same sign, as many of it or more, and nothing else. */
function closesFence(line: string, fence: string): boolean {
  const sign = fence[0]!;
  const trimmed = line.trim();
  if (trimmed.length < fence.length || !/^ {0,3}[`~]/.test(line)) return false;
  for (const each of trimmed) if (each !== sign) return false;
  return true;
}

/**
 * Scans `text` from `start`, the start of a line.
 *
 * @param isPart whether the text goes on after its end. In a whole text a fence or a comment that never ends is being
 *   typed, and hides nothing; in a part its end may follow, and it hides the rest.
 */
export function* scanText(text: string, start: number, isPart = false): Generator<void, TextScan> {
  const lines = new TextLines(text);
  const commentEnd = new NextIndex(text, '-->');
  const foldEnd = new NextIndex(text, '</details>');
  const markers: Marker[] = [];
  const names: Marker[] = [];
  const comments: Span[] = [];
  const folds: Fold[] = [];
  const breaks: LogBreak[] = [];
  /** The line before: `[lineStart, lineEnd)`. Empty, and so blank, at the start. */
  let [before, beforeEnd] = [start, start];
  let paused = start;
  let fence = '';
  /** Line after the open fence, to go back to when it turns out to have no end. */
  let fenceBody = 0;
  let takenBack = 0;
  let at = start;
  for (;;) {
    if (at >= text.length) {
      if (fence === '' || isPart || takenBack++ >= MAX_TAKEN_BACK) {
        return { markers, names, comments, folds, breaks };
      }
      fence = '';
      at = paused = fenceBody;
      continue;
    }
    const end = lines.endOf(at);
    const next = lines.after(end);
    if (fence !== '') {
      if (end - at < 1000 && closesFence(text.slice(at, end), fence)) fence = '';
    } else if (((FENCE.lastIndex = at), FENCE.test(text))) {
      fence = text.slice(at, FENCE.lastIndex).trim();
      fenceBody = next;
    } else if (((COMMENT.lastIndex = at), COMMENT.test(text)) && (isPart || commentEnd.at(at) < text.length)) {
      const last = lines.endOf(Math.min(commentEnd.at(at), text.length));
      comments.push({ start: at, end: lines.after(last) });
      // A comment is no blank line.
      [before, beforeEnd] = [at, last];
      at = lines.after(last);
      continue;
    } else {
      const fold = foldAt(text, at, foldEnd);
      if (fold) folds.push(fold);
      const place = {
        get afterBlank() {
          return isBlankLine(text, before, beforeEnd);
        },
        folded: folds.length > 0 && at < folds.at(-1)!.end,
      };
      const marker = roleMarkerAt(text, at, place);
      const name = marker ? null : nameMarkerAt(text, at, place);
      if (marker) markers.push(marker);
      else if (name) names.push(name);
      else {
        const end = logBreakAt(text, at);
        if (end) breaks.push(end);
      }
    }
    [before, beforeEnd] = [at, end];
    at = next;
    if (at - paused < SLICE_LENGTH) continue;
    paused = at;
    yield;
  }
}
