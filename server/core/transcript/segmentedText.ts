/**
 * A text as segments, so that an edit does not copy it: a megabyte copied for every key pressed is most of what an
 * edit costs, and garbage. Immutable: an edit gives another one, which shares all segments but those it touched.
 */
import type { SourceEdit, SourceText } from './model.js';
import { detached } from './spans.js';

/** Longest segment, in code units. An edit copies one, and the list of them. */
export const SEGMENT_LENGTH = 2048;

/** `text` in as few segments as it takes, all about as long. */
function segmentsOf(text: string): string[] {
  const count = Math.ceil(text.length / SEGMENT_LENGTH);
  const bound = (index: number): number => Math.floor((index * text.length) / count);
  return Array.from({ length: count }, (_, index) => text.slice(bound(index), bound(index + 1)));
}

export class SegmentedText implements SourceText {
  readonly length: number;
  #segments: readonly string[];
  /** Exclusive ends of the segments. */
  readonly #ends: readonly number[];
  #whole: string | undefined;

  /** @param segments of any length; where an edit may come they should be short */
  constructor(segments: readonly string[]) {
    let length = 0;
    this.#segments = segments;
    this.#ends = segments.map((segment) => (length += segment.length));
    this.length = length;
  }

  static of(text: string): SegmentedText {
    return new SegmentedText(segmentsOf(text));
  }

  get segments(): readonly string[] {
    return this.#segments;
  }

  /** Index of the segment that holds the code unit at `offset`; the last one for the end, 0 where there is none. */
  segmentAt(offset: number): number {
    let low = 0;
    let high = Math.max(0, this.#ends.length - 1);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Offset of a segment. */
  startOf(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1]!;
  }

  /** The same as String.prototype.slice for offsets that are not negative. */
  slice(start: number, end = this.length): string {
    let text = '';
    for (let at = this.segmentAt(start); at < this.#segments.length && this.startOf(at) < end; at++) {
      const offset = this.startOf(at);
      text += this.#segments[at]!.slice(Math.max(0, start - offset), end - offset);
    }
    return text;
  }

  /** `[start, end)` with the segments that it has in common with this. */
  part(start: number, end: number): SegmentedText {
    const [first, last] = [this.segmentAt(start), this.segmentAt(Math.max(0, end - 1))];
    const segments = this.#segments.slice(first, last + 1).map((segment, index) => {
      const offset = this.startOf(first + index);
      return segment.slice(Math.max(0, start - offset), Math.max(0, end - offset));
    });
    return new SegmentedText(segments.filter((segment) => segment !== ''));
  }

  /** The whole text; joined once. */
  toString(): string {
    if (this.#whole === undefined) {
      const whole = this.#segments.join('');
      // Of the two copies one is enough.
      this.#segments = this.#segments.map((_, index) => whole.slice(this.startOf(index), this.#ends[index]));
      this.#whole = whole;
    }
    return this.#whole;
  }

  /** With `[start, end)` replaced by `text`. */
  replace(start: number, end: number, text: string): SegmentedText {
    const [first, last] = [this.segmentAt(Math.max(0, start - 1)), this.segmentAt(Math.max(0, end - 1))];
    const before = (this.#segments[first] ?? '').slice(0, start - this.startOf(first));
    const after = (this.#segments[last] ?? '').slice(end - this.startOf(last));
    return this.splice(first, last, segmentsOf(detached(before + text + after)));
  }

  /** With the segments from `first` to `last` replaced. */
  splice(first: number, last: number, segments: readonly string[]): SegmentedText {
    return new SegmentedText([...this.#segments.slice(0, first), ...segments, ...this.#segments.slice(last + 1)]);
  }
}

const segmentsIn = (text: SourceText): readonly string[] =>
  text instanceof SegmentedText ? text.segments : text.length === 0 ? [] : [text.toString()];

/** The texts one after the other: in segments where one of them is. */
export const joinTexts = (...texts: readonly SourceText[]): SourceText =>
  texts.length === 1
    ? texts[0]!
    : texts.some((text) => text instanceof SegmentedText)
      ? new SegmentedText(texts.flatMap(segmentsIn))
      : texts.join('');

/** `text.slice(start, end)`, in segments where the text is. */
export const partOf = (text: SourceText, start: number, end: number): SourceText =>
  text instanceof SegmentedText ? text.part(start, end) : text.slice(start, end);

/** How many code units of segments stand at the front of both, and at the end of both beside those. */
function commonSegments(a: readonly string[], b: readonly string[]): readonly [head: number, tail: number] {
  const shorter = Math.min(a.length, b.length);
  let [first, head, last, tail] = [0, 0, 0, 0];
  for (; first < shorter && a[first] === b[first]; first++) head += a[first]!.length;
  for (; last < shorter - first && a.at(-1 - last) === b.at(-1 - last); last++) tail += a.at(-1 - last)!.length;
  return [head, tail];
}

/** Code units that are compared at a time. */
const STRIDE = 1024;

/** How many code units `a` and `b` have in common at the front, at most `most`. */
function commonStart(a: string, b: string, most: number): number {
  let at = 0;
  while (at + STRIDE <= most && a.slice(at, at + STRIDE) === b.slice(at, at + STRIDE)) at += STRIDE;
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

function commonEnd(a: string, b: string, most: number): number {
  const ends = (text: string, at: number): string => text.slice(text.length - at - STRIDE, text.length - at);
  let at = 0;
  while (at + STRIDE <= most && ends(a, at) === ends(b, at)) at += STRIDE;
  while (at < most && a.charCodeAt(a.length - 1 - at) === b.charCodeAt(b.length - 1 - at)) at++;
  return at;
}

/**
 * A single edit that turns `before` into `after`, of strings the smallest one; null where they are equal. Time: the number of segments
 * where both are in segments and one was made of the other, else linear in the text.
 */
export function editBetween(before: SourceText, after: SourceText): SourceEdit | null {
  if (before === after) return null;
  const [head, tail] = commonSegments(segmentsIn(before), segmentsIn(after));
  const a = before.slice(head, before.length - tail);
  const b = after.slice(head, after.length - tail);
  if (a === b) return null;
  const shorter = Math.min(a.length, b.length);
  const start = commonStart(a, b, shorter);
  const same = commonEnd(a, b, shorter - start) + tail;
  return { start: head + start, oldEnd: before.length - same, newEnd: after.length - same };
}

/** Whether two texts are the same, in segments or not. */
export const sameText = (a: SourceText, b: SourceText): boolean =>
  a === b || (a.length === b.length && editBetween(a, b) === null);
