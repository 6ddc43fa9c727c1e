/** Ranges of a piece's decoded text to ranges of the source and back, escapes and gaps between spans whole. */
import type { ContentPiece, Span } from './model.js';

/** A stretch of decoded text and the source that it came from. Lengths that differ: one escape, which maps as a whole. */
interface Run {
  readonly decodedStart: number;
  readonly decodedLength: number;
  /** In the document. */
  readonly sourceStart: number;
  readonly sourceLength: number;
}

/** The runs of one piece, in ascending order of both texts. */
export type PieceRuns = readonly Run[];

/** Made once per piece and use: as long as the piece has escapes or spans. */
export function pieceRuns({ spans, map }: Pick<ContentPiece, 'spans' | 'map'>): PieceRuns {
  if (map) {
    const base = spans[0]?.start ?? 0;
    return map.runs.map((run) => ({ ...run, sourceStart: base + run.sourceStart }));
  }
  let decodedStart = 0;
  return spans.map(({ start, end }) => {
    const run = { decodedStart, decodedLength: end - start, sourceStart: start, sourceLength: end - start };
    decodedStart += end - start;
    return run;
  });
}

const isEscape = (run: Run): boolean => run.decodedLength !== run.sourceLength;

/** The first run whose end, in one of the two texts, lies after `offset`. */
function firstAfter(runs: PieceRuns, offset: number, text: 'decoded' | 'source'): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const run = runs[middle]!;
    const end = text === 'decoded' ? run.decodedStart + run.decodedLength : run.sourceStart + run.sourceLength;
    if (end <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Source ranges of the decoded range `[start, end)`: several where source that is no content stands between. */
export function decodedToSourceRanges(runs: PieceRuns, { start, end }: Span): Span[] {
  const ranges: Span[] = [];
  for (let at = firstAfter(runs, start, 'decoded'); at < runs.length && runs[at]!.decodedStart < end; at++) {
    const run = runs[at]!;
    const whole = isEscape(run);
    const from = whole ? 0 : Math.max(0, start - run.decodedStart);
    const to = whole ? run.sourceLength : Math.min(run.decodedLength, end - run.decodedStart);
    const range = { start: run.sourceStart + from, end: run.sourceStart + to };
    const last = ranges.at(-1);
    if (last && last.end === range.start) ranges[ranges.length - 1] = { start: last.start, end: range.end };
    else ranges.push(range);
  }
  return ranges;
}

/** The decoded range that the source range `[start, end)` touches; null where it touches none of the piece. */
export function sourceToDecodedRange(runs: PieceRuns, { start, end }: Span): Span | null {
  const first = runs[firstAfter(runs, start, 'source')];
  if (!first || first.sourceStart >= end) return null;
  let after = firstAfter(runs, end - 1, 'source');
  if (after >= runs.length || runs[after]!.sourceStart >= end) after--;
  const last = runs[after]!;
  return {
    start: first.decodedStart + (isEscape(first) ? 0 : Math.max(0, start - first.sourceStart)),
    end:
      last.decodedStart + (isEscape(last) ? last.decodedLength : Math.min(last.decodedLength, end - last.sourceStart)),
  };
}
