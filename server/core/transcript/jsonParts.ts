/**
 * The inside of a JSON string in parts that decode each by itself, so that after an edit a few kilobytes are decoded,
 * however long the string. Immutable, and as long-lived as the piece that it belongs to.
 */
import { SEGMENT_LENGTH, SegmentedText } from './segmentedText.js';
import { detached } from './spans.js';
import { JsonStringMap } from './textMap.js';
import type { OffsetMap } from './model.js';

/** Longest escape: `\u00e9`. */
const ESCAPE_LENGTH = 6;

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

/** The decoded parts, one for each; null where one is not the inside of a JSON string. */
function decodedParts(sources: readonly string[]): string[] | null {
  try {
    return sources.map((source) => JSON.parse(`"${source}"`) as string);
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

  /** Null where `inside` is not all of the inside of a JSON string. */
  static of(inside: string): JsonParts | null {
    const sources = cutBetweenEscapes(detached(inside));
    const texts = decodedParts(sources);
    return texts && new JsonParts(new SegmentedText(sources), new SegmentedText(texts));
  }

  /** With the source `[start, end)` replaced; null where that leaves no inside of a JSON string. */
  replace(start: number, end: number, inserted: string): JsonParts | null {
    const source = this.#source;
    const [first, last] = [source.segmentAt(Math.max(0, start - 1)), source.segmentAt(Math.max(0, end - 1))];
    const before = (source.segments[first] ?? '').slice(0, start - source.startOf(first));
    const after = (source.segments[last] ?? '').slice(end - source.startOf(last));
    const sources = cutBetweenEscapes(detached(before + inserted + after));
    const texts = decodedParts(sources);
    return texts && new JsonParts(source.splice(first, last, sources), this.text.splice(first, last, texts));
  }
}
