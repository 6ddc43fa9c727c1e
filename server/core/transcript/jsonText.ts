/** JSON strings: from the source between the quotes to decoded text, and back from a decoded offset to the source. */
import type { OffsetMap, Span } from './model.js';

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

/** The escape at a backslash: its decoded text and source length. A broken escape decodes to itself. */
function escapeAt(source: string, at: number, end: number): { readonly text: string; readonly length: number } {
  const letter = at + 1 < end ? source[at + 1]! : '';
  if (letter === 'u') {
    const digits = source.slice(at + 2, Math.min(at + 6, end));
    if (/^[0-9a-fA-F]{4}$/.test(digits)) return { text: String.fromCharCode(parseInt(digits, 16)), length: 6 };
    return { text: '\\u', length: 2 };
  }
  const simple = ESCAPES[letter];
  return simple === undefined ? { text: '\\', length: 1 } : { text: simple, length: 2 };
}

/** Decodes the inside of a JSON string. Text without escapes is the source slice itself. */
export function decodeJsonString(source: string, { start, end }: Span): string {
  const slice = source.slice(start, end);
  if (!slice.includes('\\')) return slice;
  const parts: string[] = [];
  let from = start;
  for (let at = source.indexOf('\\', start); at !== -1 && at < end; at = source.indexOf('\\', at)) {
    const { text, length } = escapeAt(source, at, end);
    parts.push(source.slice(from, at), text);
    at += length;
    from = at;
  }
  parts.push(source.slice(from, end));
  return parts.join('');
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

/**
 * The map of one decoded JSON string; source offsets are relative to the start of `source`'s slice. Two escapes that
 * are one surrogate pair are one run, so that no place inside a character maps.
 */
export function jsonOffsetMap(slice: string): OffsetMap {
  const runs: Run[] = [];
  let decoded = 0;
  let from = 0;
  const push = (decodedLength: number, sourceStart: number, sourceLength: number): void => {
    if (sourceLength === 0) return;
    runs.push({ decodedStart: decoded, decodedLength, sourceStart, sourceLength });
    decoded += decodedLength;
  };
  for (let at = slice.indexOf('\\'); at !== -1; at = slice.indexOf('\\', from)) {
    push(at - from, from, at - from);
    const first = escapeAt(slice, at, slice.length);
    let { text, length } = first;
    if (first.length === 6 && isHigh(text.charCodeAt(0)) && slice[at + 6] === '\\') {
      const second = escapeAt(slice, at + 6, slice.length);
      if (second.length === 6 && isLow(second.text.charCodeAt(0))) {
        text += second.text;
        length += 6;
      }
    }
    push(text.length, at, length);
    from = at + length;
  }
  push(slice.length - from, from, slice.length - from);
  return { runs };
}

/** Index of the last run whose `key` is at or before `offset`. */
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

/** Source offset, relative to the piece's first span, of a decoded offset. Inside an escape: the escape's start. */
export function decodedToSource(map: OffsetMap | undefined, offset: number): number {
  const run = map && runAt(map.runs, offset, 'decodedStart');
  if (!run) return offset;
  const into = offset - run.decodedStart;
  if (into >= run.decodedLength) return run.sourceStart + run.sourceLength + into - run.decodedLength;
  return run.sourceStart + (run.decodedLength === run.sourceLength ? into : 0);
}

/** Decoded offset of a source offset relative to the piece's first span. Inside an escape: the escape's start. */
export function sourceToDecoded(map: OffsetMap | undefined, offset: number): number {
  const run = map && runAt(map.runs, offset, 'sourceStart');
  if (!run) return offset;
  const into = offset - run.sourceStart;
  if (into >= run.sourceLength) return run.decodedStart + run.decodedLength + into - run.sourceLength;
  return run.decodedStart + (run.decodedLength === run.sourceLength ? into : 0);
}
