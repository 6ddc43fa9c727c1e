/** JSON strings: from the source between the quotes to decoded text, and between decoded and source offsets. */
import type { ContentPiece, OffsetMap, SourceText } from './model.js';

type Run = OffsetMap['runs'][number];

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '"': '"',
  '\\': '\\',
  '/': '/',
};

interface Escape {
  readonly text: string;
  readonly length: number;
  readonly valid: boolean;
}

/** The escape at a backslash. One that JSON does not know stands for itself. */
function escapeAt(source: string, at: number): Escape {
  const letter = source[at + 1] ?? '';
  if (letter === 'u') {
    const digits = source.slice(at + 2, at + 6);
    if (/^[0-9a-fA-F]{4}$/.test(digits)) {
      return { text: String.fromCharCode(parseInt(digits, 16)), length: 6, valid: true };
    }
    return { text: '\\', length: 1, valid: false };
  }
  const text = ESCAPES[letter];
  return text === undefined ? { text: '\\', length: 1, valid: false } : { text, length: 2, valid: true };
}

/**
 * Decodes the inside of a JSON string, whatever stands in it: raw control characters and unknown escapes are kept as
 * they are, lone surrogates too.
 *
 * @param onBadEscape called with the offset in `inside` of each backslash that escapes nothing
 * @param quoted `inside` with its quotes, where the source has it so: saves a copy
 */
export function decodeJsonString(
  inside: string,
  onBadEscape?: (offset: number) => void,
  quoted = `"${inside}"`,
): string {
  if (!inside.includes('\\')) return inside;
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return decodeLoosely(inside, onBadEscape);
  }
}

function decodeLoosely(inside: string, onBadEscape?: (offset: number) => void): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = inside.indexOf('\\'); at !== -1; at = inside.indexOf('\\', from)) {
    const escape = escapeAt(inside, at);
    if (!escape.valid) onBadEscape?.(at);
    parts.push(inside.slice(from, at), escape.text);
    from = at + escape.length;
  }
  parts.push(inside.slice(from));
  return parts.join('');
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

/** The map of one JSON string, made when it is first read: few are ever needed. */
export class JsonStringMap implements OffsetMap {
  #runs: readonly Run[] | undefined;

  /** @param inside the source between the quotes */
  constructor(readonly inside: SourceText) {}

  get runs(): readonly Run[] {
    return (this.#runs ??= runsOf(this.inside.toString()));
  }
}

/** Two escapes that are one surrogate pair are one run, so that no place inside a character maps. */
function runsOf(inside: string): Run[] {
  const runs: Run[] = [];
  let decodedStart = 0;
  let from = 0;
  const push = (decodedLength: number, sourceStart: number, sourceLength: number): void => {
    if (sourceLength === 0) return;
    runs.push({ decodedStart, decodedLength, sourceStart, sourceLength });
    decodedStart += decodedLength;
  };
  for (let at = inside.indexOf('\\'); at !== -1; at = inside.indexOf('\\', from)) {
    push(at - from, from, at - from);
    const first = escapeAt(inside, at);
    let decodedLength = 1;
    let { length } = first;
    if (length === 6 && isHigh(first.text.charCodeAt(0)) && inside[at + 6] === '\\') {
      const second = escapeAt(inside, at + 6);
      if (second.length === 6 && isLow(second.text.charCodeAt(0))) {
        decodedLength = 2;
        length = 12;
      }
    }
    push(decodedLength, at, length);
    from = at + length;
  }
  push(inside.length - from, from, inside.length - from);
  return runs;
}

/** The last run that starts at or before `offset`, by bisection. */
function runAt(runs: readonly Run[], offset: number, key: 'decodedStart' | 'sourceStart'): Run | undefined {
  let low = 0;
  let high = runs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (runs[middle]![key] <= offset) low = middle;
    else high = middle - 1;
  }
  return runs[low];
}

/** Source offset of a decoded one. Inside an escape: the escape's start. Both relative to where the runs begin. */
export function sourceIn(runs: readonly Run[], offset: number): number {
  const run = runAt(runs, offset, 'decodedStart');
  if (!run) return offset;
  const into = offset - run.decodedStart;
  const past = into >= run.decodedLength;
  return run.sourceStart + (past ? run.sourceLength : run.decodedLength === run.sourceLength ? into : 0);
}

/** Decoded offset of a source one. Inside an escape: the escape's start. Both relative to where the runs begin. */
export function decodedIn(runs: readonly Run[], offset: number): number {
  const run = runAt(runs, offset, 'sourceStart');
  if (!run) return offset;
  const into = offset - run.sourceStart;
  const past = into >= run.sourceLength;
  return run.decodedStart + (past ? run.decodedLength : run.decodedLength === run.sourceLength ? into : 0);
}

/**
 * Source offset of an offset in a piece's decoded text. Inside an escape: the escape's start.
 *
 * @param offset 0 to `piece.text.length`
 */
export function decodedToSource(piece: ContentPiece, offset: number): number {
  const { spans, map, parts } = piece;
  if (map) return spans[0]!.start + (parts ? parts.toSource(offset) : sourceIn(map.runs, offset));
  let rest = offset;
  for (const { start, end } of spans) {
    if (rest < end - start) return start + rest;
    rest -= end - start;
  }
  return spans.at(-1)?.end ?? 0;
}

/** Offset in a piece's decoded text of a source offset. Inside an escape: the escape's start; between spans: the next one's. */
export function sourceToDecoded(piece: ContentPiece, offset: number): number {
  const { spans, map, parts } = piece;
  if (map) {
    const relative = Math.max(0, offset - spans[0]!.start);
    return parts ? parts.toDecoded(relative) : decodedIn(map.runs, relative);
  }
  let before = 0;
  for (const { start, end } of spans) {
    if (offset < end) return before + Math.max(0, offset - start);
    before += end - start;
  }
  return before;
}
