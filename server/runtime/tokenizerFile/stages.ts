/** Splitting in stages: each stage splits what the one before left, as if it were a text of its own. */
import { NUMBER, asUnicode16, lengthAt, skip, skipTo } from '../bpe/charClasses.js';
import type { Scanner } from '../bpe/scanners.js';
import { Unsupported } from './readTokenizerFile.js';

/** The pieces of a text in order, each as the offset of its end; less than zero where it is thrown away. */
export type Stage = (text: string) => Iterable<number>;

/** How a delimiter goes with what stands around it. */
export type Behavior = 'Isolated' | 'Removed' | 'Contiguous' | 'MergedWithPrevious' | 'MergedWithNext';

const BEHAVIORS: readonly string[] = ['Isolated', 'Removed', 'Contiguous', 'MergedWithPrevious', 'MergedWithNext'];

/** @throws Unsupported */
export function behaviorOf(value: unknown, where: string): Behavior {
  if (typeof value === 'string' && BEHAVIORS.includes(value)) return value as Behavior;
  throw new Unsupported(`${where}: unknown behavior ${JSON.stringify(value)}; expected one of ${BEHAVIORS.join(', ')}`);
}

/** A stretch of a text that is a delimiter, or one between two of them. */
interface Stretch {
  readonly end: number;
  readonly delimiter: boolean;
}

/** Stretches in order; the last one ends with the text. */
type Finder = (text: string) => Iterable<Stretch>;

/**
 * Longest stretch that an expression without a scanner is run on, in code units. Some expressions take time that grows
 * with the square of a match; no cut is made where there is a blank after a letter within.
 */
export const WINDOW = 1 << 13;

/** Where a text is cut for expressions: before a blank after a letter, else anywhere. */
function windowEnd(text: string, start: number): number {
  const most = start + WINDOW;
  if (most >= text.length) return text.length;
  for (let at = most; at > start + 1; at--) {
    if (text.charCodeAt(at) === 32 && /[a-z]/i.test(text[at - 1]!)) return at;
  }
  return (text.charCodeAt(most) & 0xfc00) === 0xdc00 ? most - 1 : most;
}

/** Matches of an expression as delimiters. */
export const byExpression = (expression: RegExp): Finder =>
  function* (found) {
    const text = asUnicode16(found);
    for (let start = 0; start < text.length;) {
      const end = windowEnd(text, start);
      const window = start === 0 && end === text.length ? text : text.slice(start, end);
      let at = 0;
      for (const { 0: match, index } of window.matchAll(expression)) {
        if (match === '') continue;
        if (index > at) yield { end: start + index, delimiter: false };
        at = index + match.length;
        yield { end: start + at, delimiter: true };
      }
      if (at < window.length) yield { end, delimiter: false };
      start = end;
    }
  };

/** Occurrences of a string as delimiters. */
export const byString = (wanted: string): Finder =>
  function* (text) {
    let at = 0;
    for (let found = text.indexOf(wanted); found >= 0; found = text.indexOf(wanted, at)) {
      if (found > at) yield { end: found, delimiter: false };
      at = found + wanted.length;
      yield { end: at, delimiter: true };
    }
    if (at < text.length) yield { end: text.length, delimiter: false };
  };

/** Characters of a class as delimiters, each its own. */
export const byClass = (bits: number): Finder =>
  function* (text) {
    for (let at = 0; at < text.length;) {
      const plain = skipTo(text, at, text.length, bits);
      if (plain > at) yield { end: plain, delimiter: false };
      const run = skip(text, plain, text.length, bits);
      for (at = plain; at < run; yield { end: at, delimiter: true }) at += lengthAt(text, at);
    }
  };

/** Swaps delimiters and what stands between them. */
export const inverted = (find: Finder): Finder =>
  function* (text) {
    for (const { end, delimiter } of find(text)) yield { end, delimiter: !delimiter };
  };

/** A stage that splits at what `find` finds. */
export function splitBy(find: Finder, behavior: Behavior): Stage {
  if (behavior === 'Isolated') {
    return function* (text) {
      for (const { end } of find(text)) yield end;
    };
  }
  if (behavior === 'Removed') {
    return function* (text) {
      for (const { end, delimiter } of find(text)) yield delimiter ? -end : end;
    };
  }
  return function* (text) {
    let last: Stretch | null = null;
    for (const next of find(text)) {
      const joins: boolean =
        last !== null &&
        (behavior === 'Contiguous'
          ? last.delimiter === next.delimiter
          : behavior === 'MergedWithPrevious'
            ? next.delimiter && !last.delimiter
            : last.delimiter && !next.delimiter);
      if (last !== null && !joins) yield last.end;
      last = next;
    }
    if (last !== null) yield last.end;
  };
}

/** Digits apart from the rest: each its own, or runs of them. */
export const digits = (individual: boolean): Stage =>
  individual ? splitBy(byClass(NUMBER), 'Isolated') : splitBy(byClass(NUMBER), 'Contiguous');

/** A stage that does what a scanner does. */
export const byScanner = (scan: Scanner): Stage =>
  function* (text) {
    for (let at = 0; at < text.length;) {
      const end = scan(text, at, text.length);
      yield end;
      at = Math.abs(end);
    }
  };

/** One stage after the other. */
export function inTurn(stages: readonly Stage[]): Stage {
  const [first, ...rest] = stages;
  if (!first || rest.length === 0) return first ?? ((text) => [text.length]);
  const then = inTurn(rest);
  return function* (text) {
    let start = 0;
    for (const found of first(text)) {
      if (found < 0) {
        yield found;
        start = -found;
        continue;
      }
      if (found === start) continue;
      const piece = start === 0 && found === text.length ? text : text.slice(start, found);
      for (const end of then(piece)) yield end < 0 ? end - start : end + start;
      start = found;
    }
  };
}

/** A stage as a scanner of one text, asked for its pieces from the front. */
export function scannerOfStage(stage: Stage, text: string): Scanner {
  const pieces = stage(text)[Symbol.iterator]();
  let last = 0;
  return (_, at, end) => {
    // The engine takes very long pieces in parts.
    while (Math.abs(last) <= at) {
      const next = pieces.next();
      if (next.done) return end;
      last = next.value;
    }
    return last;
  };
}

/** Metaspace: every U+2581 starts a piece. */
export const atMarks: Stage = function* (text) {
  for (let at = 0; at < text.length;) {
    const next = text.indexOf('\u2581', at + 1);
    at = next < 0 ? text.length : next;
    yield at;
  }
};
