/** The tokens of a vocabulary by their bytes: an open-addressing hash table over one block of memory. */

/** Length of a pair of bytes' index: two bytes as one number. */
const PAIRS = 1 << 16;

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

/** Tokens in the order of their rank: a pair of neighbours is merged into the token of the lowest rank first. */
export class TokenTable {
  readonly #bytes: Uint8Array;
  /** Where each token starts in `#bytes`; one more than there are tokens. */
  readonly #starts: Uint32Array;
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #longest: number;
  /** Ranks of all tokens of two bytes, by these; -1 for none. */
  readonly #pairs = new Int32Array(PAIRS).fill(-1);

  /**
   * @param bytes the tokens' bytes one after the other, in the order of rank
   * @param lengths bytes of each token
   */
  constructor(bytes: Uint8Array, lengths: Uint16Array) {
    const count = lengths.length;
    this.#bytes = bytes;
    this.#starts = new Uint32Array(count + 1);
    const size = 1 << Math.ceil(Math.log2(Math.max(2, count * 2)));
    this.#slots = new Int32Array(size).fill(-1);
    this.#mask = size - 1;
    let longest = 0;
    let start = 0;
    for (let rank = 0; rank < count; rank++) {
      const length = lengths[rank]!;
      const end = start + length;
      this.#starts[rank + 1] = end;
      let slot = hashOf(bytes, start, end) & this.#mask;
      while (this.#slots[slot]! >= 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = rank;
      if (length === 2) this.#pairs[(bytes[start]! << 8) | bytes[start + 1]!] = rank;
      if (length > longest) longest = length;
      start = end;
    }
    this.#longest = longest;
  }

  get size(): number {
    return this.#starts.length - 1;
  }

  /** Rank of the token with the bytes `[start, end)` of `bytes`; -1 where there is none. */
  rankOf(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > this.#longest) return -1;
    if (length === 2) return this.#pairs[(bytes[start]! << 8) | bytes[start + 1]!]!;
    const starts = this.#starts;
    const own = this.#bytes;
    for (let slot = hashOf(bytes, start, end) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const rank = this.#slots[slot]!;
      if (rank < 0) return -1;
      const from = starts[rank]!;
      if (starts[rank + 1]! - from !== length) continue;
      let same = 0;
      while (same < length && own[from + same] === bytes[start + same]) same++;
      if (same === length) return rank;
    }
  }

  /** The bytes of a token, not a copy. */
  bytesOf(rank: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[rank]!, this.#starts[rank + 1]!);
  }

  /**
   * Whether a token of lower rank begins or ends with a token, one bit a rank: merging into such a token can make a pair
   * that comes before pairs that waited already.
   */
  breaksOrder(): Uint8Array {
    const bits = new Uint8Array(Math.ceil(this.size / 8));
    const starts = this.#starts;
    const mark = (part: number, rank: number): void => {
      if (part > rank) bits[part >> 3]! |= 1 << (part & 7);
    };
    for (let rank = 0; rank < this.size; rank++) {
      const start = starts[rank]!;
      const end = starts[rank + 1]!;
      for (let cut = start + 1; cut < end; cut++) {
        mark(this.rankOf(this.#bytes, start, cut), rank);
        mark(this.rankOf(this.#bytes, cut, end), rank);
      }
    }
    return bits;
  }
}
