/** Offsets to lines and characters, as VS Code counts them: LF, CRLF and lone CR end lines; U+2028 does not. */

export interface LinePosition {
  readonly line: number;
  readonly character: number;
}

export interface LineIndex {
  readonly lineCount: number;
  /** Clamped to the text. */
  positionAt(offset: number): LinePosition;
  /** Clamped to the text and to the line. */
  offsetAt(position: LinePosition): number;
}

const LF = 10;
const CR = 13;

function lineStarts(text: string): number[] {
  const starts = [0];
  let lf = text.indexOf('\n');
  let cr = text.indexOf('\r');
  while (lf !== -1 || cr !== -1) {
    // The nearer of the two; a CR right before an LF is one line end with it.
    if (cr !== -1 && (lf === -1 || cr < lf)) {
      const end = cr + 1 === lf ? lf + 1 : cr + 1;
      starts.push(end);
      if (end > lf && lf !== -1) lf = text.indexOf('\n', end);
      cr = text.indexOf('\r', end);
    } else {
      starts.push(lf + 1);
      lf = text.indexOf('\n', lf + 1);
    }
  }
  return starts;
}

/** Reads the text once. */
export function createLineIndex(text: string): LineIndex {
  const starts = lineStarts(text);
  const lineEnd = (line: number): number => {
    if (line + 1 >= starts.length) return text.length;
    let end = starts[line + 1]! - 1;
    if (end > starts[line]! && text.charCodeAt(end) === LF && text.charCodeAt(end - 1) === CR) end--;
    return end;
  };
  return {
    lineCount: starts.length,
    positionAt(offset) {
      const at = Math.min(Math.max(0, offset), text.length);
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (starts[middle]! <= at) low = middle;
        else high = middle - 1;
      }
      return { line: low, character: at - starts[low]! };
    },
    offsetAt({ line, character }) {
      if (line < 0) return 0;
      if (line >= starts.length) return text.length;
      return Math.min(starts[line]! + Math.max(0, character), lineEnd(line));
    },
  };
}
