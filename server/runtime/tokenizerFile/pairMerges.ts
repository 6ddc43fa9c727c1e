/** Merging by the pairs that a file lists: two symbols merge where the list has them, the first in it first. */
import type { Merges } from '../bpe/merge.js';
import { Unsupported } from './readTokenizerFile.js';

/** Pairs of token ids by their place in the list: an open-addressing hash table in typed arrays. */
export class PairMerges implements Merges {
  readonly #lefts: Int32Array;
  readonly #rights: Int32Array;
  readonly #made: Int32Array;
  /** Rank + 1 by slot; 0 for none. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  /** By symbol: the lowest rank of the merges that it is part of. */
  readonly #lowest: Int32Array;

  /**
   * @param pairs left, right and what they make, three ids a merge, in the order of the list
   * @param symbols more than any id
   */
  constructor(pairs: Int32Array, symbols: number) {
    const count = pairs.length / 3;
    this.#lefts = new Int32Array(count);
    this.#rights = new Int32Array(count);
    this.#made = new Int32Array(count);
    const size = 1 << Math.ceil(Math.log2(Math.max(2, count * 2)));
    this.#slots = new Int32Array(size);
    this.#mask = size - 1;
    this.#lowest = new Int32Array(symbols).fill(count);
    for (let rank = 0; rank < count; rank++) {
      const left = (this.#lefts[rank] = pairs[3 * rank]!);
      const right = (this.#rights[rank] = pairs[3 * rank + 1]!);
      this.#made[rank] = pairs[3 * rank + 2]!;
      let slot = this.#hash(left, right);
      for (let known = this.#slots[slot]!; known > 0; known = this.#slots[slot]!) {
        if (this.#lefts[known - 1] === left && this.#rights[known - 1] === right) break;
        slot = (slot + 1) & this.#mask;
      }
      // Of a pair that is listed twice the last place holds.
      this.#slots[slot] = rank + 1;
    }
    for (const entry of this.#slots) {
      if (entry === 0) continue;
      const rank = entry - 1;
      for (const part of [this.#lefts[rank]!, this.#rights[rank]!]) {
        if (rank < this.#lowest[part]!) this.#lowest[part] = rank;
      }
    }
  }

  #hash(left: number, right: number): number {
    const mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    return (mixed ^ (mixed >>> 15)) & this.#mask;
  }

  rankOf(_: Uint8Array, __: number, ___: number, ____: number, left: number, right: number): number {
    for (let slot = this.#hash(left, right); ; slot = (slot + 1) & this.#mask) {
      const rank = this.#slots[slot]! - 1;
      if (rank < 0 || (this.#lefts[rank] === left && this.#rights[rank] === right)) return rank;
    }
  }

  symbolOf(rank: number): number {
    return this.#made[rank]!;
  }

  breaksOrder(rank: number): boolean {
    return this.#lowest[this.#made[rank]!]! < rank;
  }
}

/** The two sides of an entry of the list. */
function sidesOf(entry: unknown, at: number): readonly [string, string] {
  if (typeof entry === 'string') {
    const blank = entry.indexOf(' ');
    if (blank > 0 && blank < entry.length - 1 && !entry.includes(' ', blank + 1)) {
      return [entry.slice(0, blank), entry.slice(blank + 1)];
    }
  }
  if (Array.isArray(entry)) {
    const [left, right] = entry as unknown[];
    if (entry.length === 2 && typeof left === 'string' && typeof right === 'string') return [left, right];
  }
  throw new Unsupported(
    `model.merges[${at}]: expected two tokens, as "a b" or ["a", "b"], not ${JSON.stringify(entry)?.slice(0, 60)}`,
  );
}

/** @throws Unsupported for a merge of tokens that the vocabulary does not have */
export function readMerges(
  merges: readonly unknown[],
  vocab: ReadonlyMap<string, number>,
  symbols: number,
): PairMerges {
  const pairs = new Int32Array(3 * merges.length);
  for (const [at, entry] of merges.entries()) {
    const [left, right] = sidesOf(entry, at);
    for (const [part, token] of [left, right, left + right].entries()) {
      const id = vocab.get(token);
      if (id === undefined) {
        const shown = JSON.stringify(token).slice(0, 60);
        throw new Unsupported(`model.merges[${at}]: ${shown} is no token of model.vocab; the file contradicts itself`);
      }
      pairs[3 * at + part] = id;
    }
  }
  return new PairMerges(pairs, symbols);
}
