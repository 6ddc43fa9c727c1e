/** The tokens of short pieces met before, by their text. Words come again and again; merging each anew costs ten times as much. */

/** Longer pieces are merged each time: they seldom come twice. */
export const LONGEST_PIECE = 32;

const ENTRIES = 1 << 16;
const SLOTS = 2 * ENTRIES;
const UNITS = 1 << 19;
const IDS = 1 << 18;

/** Open addressing over fixed blocks of memory, about 5 MB; when one is full, everything is forgotten. */
export class PieceCache {
  /** Entry + 1 by slot; 0 for none. */
  readonly #slots = new Int32Array(SLOTS);
  readonly #hashes = new Int32Array(ENTRIES);
  readonly #unitStarts = new Int32Array(ENTRIES);
  readonly #lengths = new Uint8Array(ENTRIES);
  readonly #idStarts = new Int32Array(ENTRIES + 1);
  readonly #units = new Uint16Array(UNITS);
  /** Token ids of all entries, one after the other. */
  readonly ids = new Int32Array(IDS);
  #entries = 0;
  #unitsUsed = 0;

  /** The entry of `text[start, end)`, at most `LONGEST_PIECE` long; -1 where it is not known. */
  find(text: string, start: number, end: number): number {
    const hash = hashOf(text, start, end);
    const length = end - start;
    for (let slot = hash & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return -1;
      if (this.#hashes[entry] !== hash || this.#lengths[entry] !== length) continue;
      const from = this.#unitStarts[entry]!;
      let same = 0;
      while (same < length && this.#units[from + same] === text.charCodeAt(start + same)) same++;
      if (same === length) return entry;
    }
  }

  /** How many tokens an entry has. */
  count(entry: number): number {
    return this.#idStarts[entry + 1]! - this.#idStarts[entry]!;
  }

  /** Where the ids of an entry start in `ids`. */
  firstId(entry: number): number {
    return this.#idStarts[entry]!;
  }

  /** Remembers the ids of `text[start, end)`, which is not known yet. */
  add(text: string, start: number, end: number, ids: Int32Array, count: number): void {
    const length = end - start;
    const full =
      this.#entries === ENTRIES || this.#unitsUsed + length > UNITS || this.#idStarts[this.#entries]! + count > IDS;
    if (full) this.#forget();
    const entry = this.#entries++;
    const hash = hashOf(text, start, end);
    let slot = hash & (SLOTS - 1);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
    this.#slots[slot] = entry + 1;
    this.#hashes[entry] = hash;
    this.#lengths[entry] = length;
    this.#unitStarts[entry] = this.#unitsUsed;
    for (let at = start; at < end; at++) this.#units[this.#unitsUsed++] = text.charCodeAt(at);
    const first = this.#idStarts[entry]!;
    for (let index = 0; index < count; index++) this.ids[first + index] = ids[index]!;
    this.#idStarts[entry + 1] = first + count;
  }

  #forget(): void {
    this.#slots.fill(0);
    this.#entries = 0;
    this.#unitsUsed = 0;
  }
}

function hashOf(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
