/**
 * A text as segments, so that an edit does not copy it: a megabyte copied for every key pressed is most of what an
 * edit costs, and garbage. Immutable: an edit gives another one.
 */
import type { SourceText } from '../core/index.js';

/** More segments than this are joined into one. */
const mostSegments = 64;

export class SourceSegments implements SourceText {
  readonly length: number;
  #segments: readonly string[];

  constructor(segments: readonly string[]) {
    this.#segments = segments;
    this.length = segments.reduce((sum, segment) => sum + segment.length, 0);
  }

  /** The same as String.prototype.slice for offsets that are not negative. */
  slice(start: number, end = this.length): string {
    let text = '';
    let offset = 0;
    for (const segment of this.#segments) {
      if (offset >= end) break;
      if (offset + segment.length > start) text += segment.slice(Math.max(0, start - offset), end - offset);
      offset += segment.length;
    }
    return text;
  }

  /** The whole text; joined once. */
  toString(): string {
    if (this.#segments.length !== 1) this.#segments = [this.#segments.join('')];
    return this.#segments[0]!;
  }

  /** With `[start, end)` replaced by `text`. */
  replace(start: number, end: number, text: string): SourceSegments {
    const before: string[] = [];
    const after: string[] = [];
    let offset = 0;
    for (const segment of this.#segments) {
      const next = offset + segment.length;
      if (offset < start) before.push(next <= start ? segment : segment.slice(0, start - offset));
      if (next > end) after.push(offset >= end ? segment : segment.slice(end - offset));
      offset = next;
    }
    const segments = [...before, text, ...after].filter((segment) => segment !== '');
    return new SourceSegments(segments.length > mostSegments ? [segments.join('')] : segments);
  }
}
