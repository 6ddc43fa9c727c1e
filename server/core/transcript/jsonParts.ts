/**
 * The inside of a JSON string in parts that decode each by itself, so that after an edit a few kilobytes are decoded,
 * however long the string. Immutable, and as long-lived as the piece that it belongs to.
 */
import { SEGMENT_LENGTH, SegmentedText } from './segmentedText.js';
import { detached } from './spans.js';
import { decodedIn, JsonStringMap, sourceIn } from './textMap.js';
import type { OffsetMap } from './model.js';

/** Longest escape, in code units: `\u00e9`. */
export const ESCAPE_LENGTH = 6;

/** The first place at or after `at` that is inside no escape. */
function outsideEscape(inside: string, at: number): number {
  const slash = inside.lastIndexOf('\\', at - 1);
  if (slash < at - ESCAPE_LENGTH || slash < 0) return at;
  let run = slash;
  while (run > 0 && inside[run - 1] === '\\') run--;
  // Of a run of backslashes each other one is escaped.
  if ((slash - run) % 2 === 1) return at;
  return Math.max(at, slash + (inside[slash + 1] === 'u' ? ESCAPE_LENGTH : 2));
}

function cutBetweenEscapes(inside: string): string[] {
  const sources: string[] = [];
  for (let at = 0; at < inside.length;) {
    // A rest of less than two segments is halved, so that typing does not leave crumbs.
    const rest = inside.length - at;
    const length = rest >= 2 * SEGMENT_LENGTH ? SEGMENT_LENGTH : rest > SEGMENT_LENGTH ? rest >> 1 : rest;
    const next = Math.min(inside.length, outsideEscape(inside, at + length));
    sources.push(inside.slice(at, next));
    at = next;
  }
  return sources;
}

/** What a JSON string has as an escape only. */
// eslint-disable-next-line no-control-regex -- these are what must not stand there
const NEVER_RAW = /["\\\u0000-\u001f]/;

/** Two code units that are one character. */
const SPLIT_PAIR = /[\ud800-\udbff][\udc00-\udfff]/;

/** The source itself where nothing is escaped. */
const decodedPart = (source: string): string =>
  NEVER_RAW.test(source) ? (JSON.parse(`"${source}"`) as string) : source;

/** The decoded parts, one for each; null where one is not the inside of a JSON string. */
function decodedParts(sources: readonly string[]): string[] | null {
  try {
    return sources.map(decodedPart);
  } catch {
    return null;
  }
}

export class JsonParts {
  /** Segment by segment what `text` decodes. */
  readonly #source: SegmentedText;
  /** Decoded. */
  readonly text: SegmentedText;
  /** Absent where nothing is escaped. */
  readonly map: OffsetMap | undefined;

  private constructor(source: SegmentedText, text: SegmentedText) {
    this.#source = source;
    this.text = text;
    this.map = source.length === text.length ? undefined : new JsonStringMap(source);
  }

  /** Null where `inside` is not all of the inside of a JSON string. The parts keep the string that it is a slice of. */
  static of(inside: string): JsonParts | null {
    const sources = cutBetweenEscapes(inside);
    const texts = decodedParts(sources);
    return texts && new JsonParts(SegmentedText.ofSegments(sources), SegmentedText.ofSegments(texts));
  }

  /** Offset in the source of one in the decoded text. Inside an escape: the escape's start. */
  toSource(offset: number): number {
    const place = this.text.list.at(offset);
    if (!place) return offset;
    const { runs, decodedStart, sourceStart } = this.#around(place.index);
    return sourceStart + sourceIn(runs, offset - decodedStart);
  }

  /** Offset in the decoded text of one in the source. Inside an escape: the escape's start. */
  toDecoded(offset: number): number {
    const place = this.#source.list.at(offset);
    if (!place) return offset;
    const { runs, decodedStart, sourceStart } = this.#around(place.index);
    return decodedStart + decodedIn(runs, offset - sourceStart);
  }

  /** The runs of a part, with its neighbour where a surrogate pair stands in both. */
  #around(index: number) {
    const [decoded, source] = [this.text.list, this.#source.list];
    const isPair = (at: number): boolean =>
      SPLIT_PAIR.test((decoded.nth(at)?.item.slice(-1) ?? '') + (decoded.nth(at + 1)?.item.slice(0, 1) ?? ''));
    const first = isPair(index - 1) ? index - 1 : index;
    const last = isPair(index) ? index + 1 : index;
    const from = source.nth(first)!.start;
    const { item, start } = source.nth(last)!;
    const { runs } = new JsonStringMap(this.#source.slice(from, start + item.length));
    return { runs, decodedStart: decoded.nth(first)!.start, sourceStart: from };
  }

  /** With the source `[start, end)` replaced; null where that leaves no inside of a JSON string. */
  replace(start: number, end: number, inserted: string): JsonParts | null {
    // A backslash at the end of a part, typed there or no longer escaped itself, takes from the part behind it.
    return this.#replace(start, end, inserted, 0) ?? this.#replace(start, end, inserted, 2 * SEGMENT_LENGTH);
  }

  #replace(start: number, end: number, inserted: string, margin: number): JsonParts | null {
    const source = this.#source;
    const { first, last, before, after } = source.touched(start, end, margin);
    const sources = cutBetweenEscapes(detached(before + inserted + after));
    const texts = decodedParts(sources);
    return texts && new JsonParts(source.splice(first, last, sources), this.text.splice(first, last, texts));
  }
}
