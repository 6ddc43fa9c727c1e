/** Where lines start, kept up to date by edits. LF, CRLF and lone CR end lines; U+2028 does not, as in VS Code. */

const lineFeed = 10;
const carriageReturn = 13;

/** The same for a text without CR, which most are: native search is many times faster. */
function startsAfterLineFeeds(text: string): number[] {
  const starts: number[] = [];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Starts of the lines that begin inside `text` (not the first), plus `by`. A CRLF at the end is one line end. */
function startsIn(text: string, by: number): number[] {
  const starts: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== lineFeed && code !== carriageReturn) continue;
    if (code === carriageReturn && text.charCodeAt(at + 1) === lineFeed) at++;
    starts.push(by + at + 1);
  }
  return starts;
}

/** Index of the last entry that is at most `offset`; the first entry is 0. */
function lastAtMost(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle;
  }
  return low;
}

export class LineOffsets {
  #starts: number[];

  constructor(text: string) {
    this.#starts = text.includes('\r') ? startsIn(text, 0) : startsAfterLineFeeds(text);
    this.#starts.unshift(0);
  }

  get count(): number {
    return this.#starts.length;
  }

  start(line: number): number {
    return this.#starts[line]!;
  }

  /** The line that holds `offset`. */
  lineOf(offset: number): number {
    return lastAtMost(this.#starts, offset);
  }

  /**
   * After `[start, oldEnd)` was replaced by what is now `[start, newEnd)`.
   *
   * @param around the new text from one code unit before the change (if there is one) to one after it: a CR and an LF
   *   may meet, or part, at either seam
   */
  replace(start: number, oldEnd: number, newEnd: number, around: string): void {
    const starts = this.#starts;
    const by = newEnd - oldEnd;
    const first = Math.max(1, lastAtMost(starts, start - 1) + 1);
    const after = Math.max(first, lastAtMost(starts, oldEnd) + 1);
    const between = startsIn(around, Math.max(0, start - 1)).filter((offset) => offset <= newEnd);
    if (by !== 0) for (let line = after; line < starts.length; line++) starts[line]! += by;
    if (between.length < 10_000) starts.splice(first, after - first, ...between);
    else this.#starts = starts.slice(0, first).concat(between, starts.slice(after));
  }
}
