/**
 * A long list in blocks, so that an edit copies one block and the list of blocks instead of all items. Immutable: an
 * edit gives another list, which shares all blocks but those it touched, and so tells cheaply what it has in common.
 */

/** An item that takes up so many code units: a string, for one. */
export interface Measured {
  readonly length: number;
}

/** Most items of a block. About as many blocks make the list of a megabyte. */
const BLOCK_ITEMS = 32;

interface Block<T> {
  /** Only ever replaced by what is equal. */
  readonly items: T[];
  /** Code units. */
  readonly length: number;
  /** See `BlockList.sum`. */
  sum: number | null;
}

function blockOf<T extends Measured>(items: T[]): Block<T> {
  let length = 0;
  for (const item of items) length += item.length;
  return { items, length, sum: null };
}

/** Blocks of about the same number of items. */
function blocksOf<T extends Measured>(items: T[]): Block<T>[] {
  const count = Math.ceil(items.length / BLOCK_ITEMS);
  if (count === 1) return [blockOf(items)];
  const bound = (index: number): number => Math.floor((index * items.length) / count);
  return Array.from({ length: count }, (_, index) => blockOf(items.slice(bound(index), bound(index + 1))));
}

/** Index of the first of `ends` that lies after `at`; the last index where none does. */
function firstAfter(ends: readonly number[], at: number): number {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** An item of a list and where it stands. */
export interface Place<T> {
  readonly item: T;
  /** Index in the list. */
  readonly index: number;
  /** Code units before it. */
  readonly start: number;
}

export class BlockList<T extends Measured> {
  /** Code units of all items. */
  readonly length: number;
  /** Number of items. */
  readonly count: number;
  readonly #blocks: readonly Block<T>[];
  /** Exclusive ends of the blocks in code units, and in items. */
  readonly #ends: readonly number[];
  readonly #counts: readonly number[];

  private constructor(blocks: readonly Block<T>[]) {
    const ends = new Array<number>(blocks.length);
    const counts = new Array<number>(blocks.length);
    let length = 0;
    let count = 0;
    for (let at = 0; at < blocks.length; at++) {
      ends[at] = length += blocks[at]!.length;
      counts[at] = count += blocks[at]!.items.length;
    }
    this.#blocks = blocks;
    this.#ends = ends;
    this.#counts = counts;
    this.length = length;
    this.count = count;
  }

  static of<T extends Measured>(items: T[]): BlockList<T> {
    return new BlockList(blocksOf(items));
  }

  /** The lists one after the other. */
  static join<T extends Measured>(lists: readonly BlockList<T>[]): BlockList<T> {
    return new BlockList(lists.flatMap((list) => list.#blocks));
  }

  /** The item that holds the code unit at `offset`; the last one for the end. Null in an empty list. */
  at(offset: number): Place<T> | null {
    if (this.count === 0) return null;
    const at = firstAfter(this.#ends, offset);
    const { items } = this.#blocks[at]!;
    let start = at === 0 ? 0 : this.#ends[at - 1]!;
    let index = 0;
    for (; index + 1 < items.length && start + items[index]!.length <= offset; index++) start += items[index]!.length;
    return { item: items[index]!, index: (at === 0 ? 0 : this.#counts[at - 1]!) + index, start };
  }

  /** The item at an index in the list. */
  nth(index: number): Place<T> | null {
    if (index < 0 || index >= this.count) return null;
    const at = firstAfter(this.#counts, index);
    const { items } = this.#blocks[at]!;
    const inside = index - (at === 0 ? 0 : this.#counts[at - 1]!);
    let start = at === 0 ? 0 : this.#ends[at - 1]!;
    for (let before = 0; before < inside; before++) start += items[before]!.length;
    return { item: items[inside]!, index, start };
  }

  /** The items from the one at `index` on, and on. */
  *from(index: number): Generator<T, void> {
    if (index >= this.count) return;
    let at = firstAfter(this.#counts, index);
    let inside = index - (at === 0 ? 0 : this.#counts[at - 1]!);
    for (; at < this.#blocks.length; at++, inside = 0) {
      const { items } = this.#blocks[at]!;
      for (; inside < items.length; inside++) yield items[inside]!;
    }
  }

  /** With the items from `first` to `last` replaced. */
  splice(first: number, last: number, items: readonly T[]): BlockList<T> {
    if (this.count === 0) return BlockList.of([...items]);
    const [from, to] = [firstAfter(this.#counts, first), firstAfter(this.#counts, last)];
    const head = this.#blocks[from]!.items.slice(0, first - (from === 0 ? 0 : this.#counts[from - 1]!));
    const tail = this.#blocks[to]!.items.slice(last + 1 - (to === 0 ? 0 : this.#counts[to - 1]!));
    const between = blocksOf(head.concat(items, tail));
    const blocks = this.#blocks.slice();
    if (from === to && between.length === 1) blocks[from] = between[0]!;
    else blocks.splice(from, to - from + 1, ...between);
    return new BlockList(blocks);
  }

  /** Puts an item that is equal in the place of each, also in the lists that share it. */
  renew(equal: (item: T, start: number) => T): void {
    let start = 0;
    for (const { items } of this.#blocks) {
      for (let index = 0; index < items.length; index++) {
        const item = items[index]!;
        items[index] = equal(item, start);
        start += item.length;
      }
    }
  }

  /**
   * The sum of `of`, which gives a number that never changes, or null while it is not known; null where one is not.
   * The sum of a block is kept with it: always ask with the same `of`.
   */
  sum(of: (item: T) => number | null): number | null {
    let sum = 0;
    for (const block of this.#blocks) {
      block.sum ??= sumOf(block.items, of);
      if (block.sum === null) return null;
      sum += block.sum;
    }
    return sum;
  }

  /** The items of blocks whose sum was not known when last asked for, with their places. */
  unsummed(): Place<T>[] {
    const places: Place<T>[] = [];
    for (let at = 0; at < this.#blocks.length; at++) {
      const { items, sum } = this.#blocks[at]!;
      if (sum !== null) continue;
      let start = at === 0 ? 0 : this.#ends[at - 1]!;
      const before = at === 0 ? 0 : this.#counts[at - 1]!;
      for (let index = 0; index < items.length; index++) {
        const item = items[index]!;
        places.push({ item, index: before + index, start });
        start += item.length;
      }
    }
    return places;
  }

  /** How many code units of items stand at the front of both, and at the end of both beside those. */
  static common<T extends Measured>(a: BlockList<T>, b: BlockList<T>): readonly [head: number, tail: number] {
    const shorter = Math.min(a.length, b.length);
    const head = commonLength(a.#blocks, b.#blocks, shorter, false);
    return [head, commonLength(a.#blocks, b.#blocks, shorter - head, true)];
  }
}

function sumOf<T>(items: readonly T[], of: (item: T) => number | null): number | null {
  let sum = 0;
  for (const item of items) {
    const each = of(item);
    if (each === null) return null;
    sum += each;
  }
  return sum;
}

/** Code units of the items that both have at one end, at most `most`. Blocks that are shared are not looked into. */
function commonLength<T extends Measured>(
  a: readonly Block<T>[],
  b: readonly Block<T>[],
  most: number,
  fromEnd: boolean,
): number {
  const pick = <U>(list: readonly U[], index: number): U | undefined => list[fromEnd ? list.length - 1 - index : index];
  let common = 0;
  let [blockA, itemA, blockB, itemB] = [0, 0, 0, 0];
  for (;;) {
    const [one, other] = [pick(a, blockA), pick(b, blockB)];
    if (!one || !other) return common;
    if (one === other && itemA === itemB && itemA === 0 && common + one.length <= most) {
      common += one.length;
      blockA++;
      blockB++;
      continue;
    }
    const item = pick(one.items, itemA)!;
    if (item !== pick(other.items, itemB) || common + item.length > most) return common;
    common += item.length;
    if (++itemA === one.items.length) [blockA, itemA] = [blockA + 1, 0];
    if (++itemB === other.items.length) [blockB, itemB] = [blockB + 1, 0];
  }
}
