/**
 * Byte-pair merging: of all neighbours that together are a token, those of the lowest rank are merged first, the
 * leftmost first, until none is left. Two ways with the same result: a plain one for pieces of a few bytes, and one
 * whose time grows with the length for anything longer.
 */

/** What merging needs to know of a vocabulary. */
export interface Merges {
  /**
   * Rank of the merge of two neighbours: the parts `[start, middle)` and `[middle, end)` of `bytes`, whose symbols are
   * `left` and `right`; -1 where they do not merge. Lower ranks are merged first.
   */
  rankOf(bytes: Uint8Array, start: number, middle: number, end: number, left: number, right: number): number;
  /** The symbol that a merge of this rank makes. */
  symbolOf(rank: number): number;
  /** By rank: whether what the merge makes can take part in a merge of lower rank. */
  breaksOrder(rank: number): boolean;
}

/** Up to this many symbols the plain way is the quicker one. */
const SHORT = 48;
const NONE = -1;
const MOST = 0x7fffffff;

/** Symbols of a piece in place: after `merge`, `starts[0, count)` and `symbols[0, count)` are its tokens. */
export class Merger {
  /** Byte offset of each symbol; the one after the last is the length of the piece. */
  starts = new Int32Array(1024);
  symbols = new Int32Array(1024);
  #ranks = new Int32Array(1024);
  #previous = new Int32Array(0);
  #next = new Int32Array(0);
  readonly #waiting = new Waiting();
  readonly #known = new PairMemory();

  constructor(readonly merges: Merges) {}

  /** Makes room for `count` symbols. Their contents are lost. */
  reserve(count: number): void {
    if (this.starts.length > count + 1) return;
    const size = Math.max(count + 2, 2 * this.starts.length);
    this.starts = new Int32Array(size);
    this.symbols = new Int32Array(size);
    this.#ranks = new Int32Array(size);
  }

  /**
   * Merges the first `count` symbols, whose places are in `starts` and which are in `symbols`.
   *
   * @returns how many symbols are left
   */
  merge(bytes: Uint8Array, count: number): number {
    return count <= SHORT ? this.#mergeShort(bytes, count) : this.#mergeLong(bytes, count);
  }

  #mergeShort(bytes: Uint8Array, count: number): number {
    const { starts, symbols, merges } = this;
    const ranks = this.#ranks;
    const rankAt = (at: number): number => {
      const rank = merges.rankOf(bytes, starts[at]!, starts[at + 1]!, starts[at + 2]!, symbols[at]!, symbols[at + 1]!);
      return rank === NONE ? MOST : rank;
    };
    let left = count;
    for (let at = 0; at + 1 < left; at++) ranks[at] = rankAt(at);
    for (;;) {
      let best = MOST;
      let at = NONE;
      for (let index = 0; index + 1 < left; index++) {
        if (ranks[index]! < best) {
          best = ranks[index]!;
          at = index;
        }
      }
      if (at === NONE) return left;
      symbols[at] = merges.symbolOf(best);
      left--;
      for (let index = at + 1; index < left; index++) {
        symbols[index] = symbols[index + 1]!;
        ranks[index] = ranks[index + 1]!;
        starts[index] = starts[index + 1]!;
      }
      starts[left] = starts[left + 1]!;
      if (at + 1 < left) ranks[at] = rankAt(at);
      if (at > 0) ranks[at - 1] = rankAt(at - 1);
    }
  }

  /**
   * All waiting pairs of one rank are merged together, from left to right: what one of them makes takes part in merges of
   * higher rank only, so that their neighbours can wait. Where a vocabulary has a token for which that is not so
   * (`breaksOrder`), its merges are made one by one.
   */
  #mergeLong(bytes: Uint8Array, count: number): number {
    const { merges, starts, symbols } = this;
    const ranks = this.#ranks;
    if (this.#next.length <= count) {
      this.#previous = new Int32Array(starts.length);
      this.#next = new Int32Array(starts.length);
    }
    const previous = this.#previous;
    const next = this.#next;
    const waiting = this.#waiting;
    const known = this.#known;
    const rankAt = (at: number): number => {
      const other = next[at]!;
      if (other >= count) return NONE;
      const [left, right] = [symbols[at]!, symbols[other]!];
      const slot = known.slotOf(left, right);
      if (known.lefts[slot] === left && known.rights[slot] === right) return known.ranks[slot]!;
      const rank = merges.rankOf(bytes, starts[at]!, starts[other]!, starts[next[other]!]!, left, right);
      known.lefts[slot] = left;
      known.rights[slot] = right;
      known.ranks[slot] = rank;
      return rank;
    };
    const look = (at: number): void => {
      const rank = rankAt(at);
      ranks[at] = rank;
      if (rank !== NONE) waiting.add(rank, at);
    };
    const join = (at: number, symbol: number): void => {
      const other = next[at]!;
      const after = next[other]!;
      next[at] = after;
      if (after < count) previous[after] = at;
      ranks[other] = NONE;
      ranks[at] = NONE;
      symbols[at] = symbol;
    };
    for (let at = 0; at < count; at++) {
      previous[at] = at - 1;
      next[at] = at + 1;
    }
    for (let at = 0; at < count; at++) look(at);
    for (let rank = waiting.lowest(); rank !== NONE; rank = waiting.lowest()) {
      if (merges.breaksOrder(rank)) {
        const at = waiting.takeFirst(rank);
        if (ranks[at] !== rank) continue;
        join(at, merges.symbolOf(rank));
        if (previous[at]! >= 0) look(previous[at]!);
        look(at);
        continue;
      }
      const all = waiting.takeAll(rank);
      const places = all.items;
      const symbol = merges.symbolOf(rank);
      let merged = 0;
      for (let index = 0; index < all.end; index++) {
        const at = places[index]!;
        if (ranks[at] !== rank) continue;
        join(at, symbol);
        places[merged++] = at;
      }
      for (let index = 0, last = NONE; index < merged; index++) {
        const at = places[index]!;
        const before = previous[at]!;
        if (before >= 0 && before !== last) look(before);
        look(at);
        last = at;
      }
      waiting.reuse(all);
    }
    return this.#gather(count, next);
  }

  /** Moves what is left of `count` symbols to the front. */
  #gather(count: number, next: Int32Array): number {
    const { starts, symbols } = this;
    const length = starts[count]!;
    let left = 0;
    for (let at = 0; at < count; at = next[at]!) {
      starts[left] = starts[at]!;
      symbols[left] = symbols[at]!;
      left++;
    }
    starts[left] = length;
    return left;
  }
}

/** Ranks of pairs looked up before, the latest of each slot: in long runs the same few pairs come again and again. */
class PairMemory {
  readonly lefts = new Int32Array(1 << 13).fill(MOST);
  readonly rights = new Int32Array(1 << 13);
  readonly ranks = new Int32Array(1 << 13);

  slotOf(left: number, right: number): number {
    return (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 19;
  }
}

/** Places of one rank: a list that is taken from its front, and what came too late for its order. */
interface Places {
  items: Int32Array;
  /** `items[start, end)` still wait. */
  start: number;
  end: number;
  sorted: boolean;
  /** Places that were added before the last of the list once places were taken out one by one. */
  late: MinHeap | null;
}

const LONGEST_SPARE = 1024;
const MOST_SPARE = 1024;

/** Places that wait to be merged, by rank: the ranks in a binary heap, the places of each in a list. */
class Waiting {
  readonly #byRank = new Map<number, Places>();
  readonly #ranks = new MinHeap();
  /** Lists that are empty again: their memory is used for the next ranks. */
  readonly #spare: Places[] = [];
  #lastRank = NONE;
  #last: Places | null = null;

  add(rank: number, place: number): void {
    if (rank !== this.#lastRank || this.#last === null) {
      let known = this.#byRank.get(rank);
      if (known === undefined) {
        known = this.#spare.pop() ?? { items: new Int32Array(8), start: 0, end: 0, sorted: true, late: null };
        this.#byRank.set(rank, known);
        this.#ranks.push(rank);
      }
      this.#lastRank = rank;
      this.#last = known;
    }
    const places = this.#last;
    const { start, end } = places;
    if (end > start && places.items[end - 1]! > place) {
      if (start > 0) {
        (places.late ??= new MinHeap()).push(place);
        return;
      }
      places.sorted = false;
    }
    if (end === places.items.length) {
      const grown = new Int32Array(2 * end);
      grown.set(places.items);
      places.items = grown;
    }
    places.items[end] = place;
    places.end = end + 1;
  }

  /** The lowest rank that waits; -1 for none. */
  lowest(): number {
    return this.#ranks.length > 0 ? this.#ranks.first : NONE;
  }

  /**
   * Takes the places of the lowest rank out: `items[start, end)`, from left to right. Only for ranks whose places are
   * never taken out one by one. They may change once they are given back with `reuse`.
   */
  takeAll(rank: number): Places {
    const places = this.#byRank.get(rank)!;
    this.#remove(rank);
    if (!places.sorted) places.items.subarray(0, places.end).sort();
    return places;
  }

  /** Takes back a list whose places are no longer needed. */
  reuse(places: Places): void {
    if (places.items.length > LONGEST_SPARE || this.#spare.length === MOST_SPARE) return;
    places.start = 0;
    places.end = 0;
    places.sorted = true;
    places.late = null;
    this.#spare.push(places);
  }

  /** Takes the leftmost place of the lowest rank out. */
  takeFirst(rank: number): number {
    const places = this.#byRank.get(rank)!;
    if (!places.sorted) {
      places.items.subarray(places.start, places.end).sort();
      places.sorted = true;
    }
    const { items, start, end, late } = places;
    let first: number;
    if (late !== null && late.length > 0 && (start === end || late.first < items[start]!)) {
      first = late.first;
      late.pop();
    } else {
      first = items[start]!;
      places.start = start + 1;
    }
    if (places.start === end && (late === null || late.length === 0)) {
      this.#remove(rank);
      this.reuse(places);
    }
    return first;
  }

  #remove(rank: number): void {
    this.#byRank.delete(rank);
    this.#ranks.pop();
    if (this.#lastRank === rank) this.#last = null;
  }
}

/** Puts `value` into the heap `items[0, at)`, which has room for it. */
function siftUp(items: Int32Array, at: number, value: number): void {
  let place = at;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    if (items[parent]! <= value) break;
    items[place] = items[parent]!;
    place = parent;
  }
  items[place] = value;
}

/** Puts `value` in the place of the first of the heap `items[0, length)`. */
function siftDown(items: Int32Array, length: number, value: number): void {
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= length) break;
    if (child + 1 < length && items[child + 1]! < items[child]!) child++;
    if (items[child]! >= value) break;
    items[place] = items[child]!;
    place = child;
  }
  items[place] = value;
}

/** A binary heap of numbers, the least first. */
class MinHeap {
  #items = new Int32Array(64);
  length = 0;

  /** The least; only where there is one. */
  get first(): number {
    return this.#items[0]!;
  }

  push(value: number): void {
    if (this.length === this.#items.length) {
      const grown = new Int32Array(2 * this.length);
      grown.set(this.#items);
      this.#items = grown;
    }
    siftUp(this.#items, this.length++, value);
  }

  pop(): void {
    this.length--;
    if (this.length > 0) siftDown(this.#items, this.length, this.#items[this.length]!);
  }
}
