/**
 * A text as segments, so that an edit does not copy it: a megabyte copied for every key pressed is most of what an
 * edit costs, and garbage. Immutable: an edit gives another one, which shares all segments but those it touched.
 */
import { BlockList } from './blockList.js';
import type { SourceEdit, SourceText } from './model.js';
import { detached } from './spans.js';

/** Longest segment, in code units. An edit copies one, and what `BlockList` does. */
export const SEGMENT_LENGTH = 1024;

/** `text` in as few segments as it takes, all about as long. */
function segmentsOf(text: string): string[] {
  const count = Math.ceil(text.length / SEGMENT_LENGTH);
  if (count === 1) return [text];
  const bound = (index: number): number => Math.floor((index * text.length) / count);
  return Array.from({ length: count }, (_, index) => text.slice(bound(index), bound(index + 1)));
}

/** A stretch of segments that an edit touches: their indices, and what of them stands before and behind the edit. */
export interface Touched {
  readonly first: number;
  readonly last: number;
  readonly before: string;
  readonly after: string;
}

export class SegmentedText implements SourceText {
  readonly length: number;
  readonly #list: BlockList<string>;
  #whole: string | undefined;

  private constructor(list: BlockList<string>) {
    this.#list = list;
    this.length = list.length;
  }

  static of(text: string): SegmentedText {
    return SegmentedText.ofSegments(segmentsOf(text));
  }

  /** @param segments of any length; where an edit may come they should be short */
  static ofSegments(segments: string[]): SegmentedText {
    return new SegmentedText(BlockList.of(segments));
  }

  /** The texts one after the other. */
  static join(texts: readonly SourceText[]): SegmentedText {
    return new SegmentedText(BlockList.join(texts.map(listOf)));
  }

  /** The segments in one list. */
  get list(): BlockList<string> {
    return this.#list;
  }

  /** The same as String.prototype.slice for offsets that are not negative. */
  slice(start: number, end = this.length): string {
    const place = this.#list.at(start);
    if (!place || start >= end) return '';
    const { item, index } = place;
    const first = item.slice(start - place.start, end - place.start);
    if (end <= place.start + item.length || start >= this.length) return first;
    let text = first;
    let at = place.start + item.length;
    for (const segment of this.#list.from(index + 1)) {
      if (at >= end) break;
      text += at + segment.length <= end ? segment : segment.slice(0, end - at);
      at += segment.length;
    }
    return text;
  }

  /** `[start, end)` with the segments that it has in common with this. */
  part(start: number, end: number): SegmentedText {
    const [first, last] = [this.#list.at(start), this.#list.at(Math.max(0, end - 1))];
    if (!first || !last || start >= end) return SegmentedText.of('');
    if (first.index === last.index) return SegmentedText.of(this.slice(start, end));
    const list = this.#list
      .splice(last.index, this.#list.count - 1, [last.item.slice(0, end - last.start)])
      .splice(0, first.index, [first.item.slice(start - first.start)]);
    return new SegmentedText(list);
  }

  /** The whole text; joined once. */
  toString(): string {
    if (this.#whole === undefined) {
      const whole = [...this.#list.from(0)].join('');
      // Of the two copies one is enough.
      this.#list.renew((segment, start) => whole.slice(start, start + segment.length));
      this.#whole = whole;
    }
    return this.#whole;
  }

  /**
   * The segments that replacing `[start, end)` touches, the one that ends at `start` among them.
   *
   * @param margin code units on either side that count as touched too
   */
  touched(start: number, end: number, margin = 0): Touched {
    const first = this.#list.at(Math.max(0, start - 1 - margin));
    const last = this.#list.at(Math.max(0, end - 1 + margin));
    return {
      first: first?.index ?? 0,
      last: last?.index ?? 0,
      before: first ? this.slice(first.start, start) : '',
      after: last ? this.slice(end, last.start + last.item.length) : '',
    };
  }

  /** With `[start, end)` replaced by `text`. */
  replace(start: number, end: number, text: string): SegmentedText {
    const { first, last, before, after } = this.touched(start, end);
    return this.splice(first, last, segmentsOf(detached(before + text + after)));
  }

  /** With the segments from `first` to `last` replaced. */
  splice(first: number, last: number, segments: readonly string[]): SegmentedText {
    return new SegmentedText(this.#list.splice(first, last, segments));
  }
}

const listOf = (text: SourceText): BlockList<string> =>
  text instanceof SegmentedText ? text.list : BlockList.of(text.length === 0 ? [] : [text.toString()]);

/** The texts one after the other: in segments where one of them is. */
export const joinTexts = (...texts: readonly SourceText[]): SourceText =>
  texts.length === 1
    ? texts[0]!
    : texts.some((text) => text instanceof SegmentedText)
      ? SegmentedText.join(texts)
      : texts.join('');

/** `text.slice(start, end)`, in segments where the text is. */
export const partOf = (text: SourceText, start: number, end: number): SourceText =>
  text instanceof SegmentedText ? text.part(start, end) : text.slice(start, end);

/** Code units that are compared at a time, more and more closely. */
const STRIDES = [1024, 128, 16] as const;

/** How many code units `a` and `b` have in common at the front, at most `most`. */
function commonStart(a: string, b: string, most: number): number {
  let at = 0;
  for (const stride of STRIDES) {
    while (at + stride <= most && a.slice(at, at + stride) === b.slice(at, at + stride)) at += stride;
  }
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

function commonEnd(a: string, b: string, most: number): number {
  const ends = (text: string, at: number, stride: number): string =>
    text.slice(text.length - at - stride, text.length - at);
  let at = 0;
  for (const stride of STRIDES) {
    while (at + stride <= most && ends(a, at, stride) === ends(b, at, stride)) at += stride;
  }
  while (at < most && a.charCodeAt(a.length - 1 - at) === b.charCodeAt(b.length - 1 - at)) at++;
  return at;
}

/**
 * A single edit that turns `before` into `after`, of strings the smallest one; null where they are equal. Time: the
 * number of blocks where both are in segments and one was made of the other, else linear in the text.
 */
export function editBetween(before: SourceText, after: SourceText): SourceEdit | null {
  if (before === after) return null;
  const [head, tail] = BlockList.common(listOf(before), listOf(after));
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
