/** Byte-pair tokenizers: text to token ids, linear in the text whatever the text. */
import { toNfc } from './normalize.js';
import { addedTokenFinder } from './addedTokens.js';
import type { BpeDefinition, SplitKind } from './definition.js';
import { Merger, type Merges } from './merge.js';
import { LONGEST_PIECE, PieceCache } from './pieceCache.js';
import { deepseek, gpt2, gpt4, gpt4o, type Scanner } from './scanners.js';
import { TokenTable } from './tokenTable.js';
import { BYTES_PER_UNIT, sequenceLength, writeUtf8 } from './utf8.js';
import { wordScanner } from './words.js';

/**
 * Longest stretch that is merged as one, in code units: what merging needs grows with it, 70 bytes a unit. Where an
 * unbroken run is longer, a count may be off by a token or so at each four million characters.
 */
const LONGEST_MERGE = 1 << 22;
/** Longest stretch between two steps of `steps`, in code units. */
const STEP_LENGTH = 1 << 13;

/** U+2581, which stands for a blank, as UTF-8 in Latin-1. */
const MARK = '\u00e2\u0096\u0081';

const SCANNERS: Readonly<Record<Exclude<SplitKind, 'words'>, Scanner>> = {
  gpt2,
  gpt4: gpt4(3),
  'gpt4-digits': gpt4(1),
  gpt4o: gpt4o({ digits: 3, contractions: true }),
  tekken: gpt4o({ digits: 1, contractions: false }),
  deepseek,
};

/** Takes token ids, some at a time; only `ids[first, first + count)` and only until it returns. */
type Sink = (ids: Int32Array, first: number, count: number) => void;

/** A tokenizer of one vocabulary. Not to be used by two threads at once. */
export class BpeTokenizer {
  readonly #definition: BpeDefinition;
  readonly #table: TokenTable;
  readonly #scan: Scanner;
  readonly #merger: Merger;
  readonly #cache = new PieceCache();
  readonly #isWords: boolean;
  readonly #findAdded: ReturnType<typeof addedTokenFinder>;
  #bytes = new Uint8Array(1024);
  #rankById: Map<number, number> | null = null;

  constructor(definition: BpeDefinition) {
    this.#definition = definition;
    this.#table = new TokenTable(definition.bytes, definition.lengths);
    this.#isWords = definition.split === 'words';
    this.#scan = definition.split === 'words' ? wordScanner(this.#table) : SCANNERS[definition.split];
    this.#merger = new Merger(mergesOf(this.#table, definition.breaksOrder));
    this.#findAdded = addedTokenFinder(definition.added);
  }

  count(text: string): number {
    let sum = 0;
    this.#run(text, (_, __, count) => (sum += count));
    return sum;
  }

  encode(text: string): Uint32Array {
    let all = new Uint32Array(Math.max(16, text.length >> 1));
    let length = 0;
    this.#run(text, (ids, first, count) => {
      if (length + count > all.length) {
        const grown = new Uint32Array(Math.max(2 * all.length, length + count));
        grown.set(all);
        all = grown;
      }
      for (let index = 0; index < count; index++) all[length++] = ids[first + index]!;
    });
    return all.slice(0, length);
  }

  /** Counts in steps of a millisecond or so; each yields the tokens it found. */
  *steps(text: string): Generator<number, void> {
    for (const { part, id } of this.#parts(text)) {
      if (id >= 0) {
        yield 1;
        continue;
      }
      for (let at = 0; at < part.length;) {
        let sum = 0;
        const sink: Sink = (_, __, count) => (sum += count);
        const stop = Math.min(part.length, at + STEP_LENGTH);
        while (at < stop) at = this.#piece(part, at, sink);
        yield sum;
      }
    }
  }

  /** The text as it is tokenized. */
  normalize(text: string): string {
    return this.#definition.nfc ? toNfc(text) : text;
  }

  /**
   * The bytes of a token, which are part of a character's where a character is several tokens; a blank where the
   * vocabulary writes U+2581 for it; empty for unknown ids.
   */
  bytesOf(id: number): Uint8Array {
    this.#rankById ??= new Map(Array.from(this.#definition.ids, (each, rank) => [each, rank]));
    const rank = this.#rankById.get(id);
    if (rank !== undefined) {
      const bytes = this.#table.bytesOf(rank);
      return this.#isWords ? Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(MARK, ' '), 'latin1') : bytes;
    }
    const byte = this.#definition.byteIds.indexOf(id);
    if (byte >= 0) return Uint8Array.of(byte);
    const added = this.#definition.added.find((each) => each.id === id);
    return Buffer.from(added?.text ?? '');
  }

  #run(text: string, sink: Sink): void {
    for (const { part, id } of this.#parts(text)) {
      if (id >= 0) sink(Int32Array.of(id), 0, 1);
      else for (let at = 0; at < part.length;) at = this.#piece(part, at, sink);
    }
  }

  /** A text's added tokens (`id`), and the stretches between them (`part`, with -1 as the id). */
  *#parts(text: string): Generator<{ readonly part: string; readonly id: number }, void> {
    const normal = this.normalize(text);
    let from = 0;
    for (const { start, end, id } of this.#findAdded?.(normal) ?? []) {
      if (start > from) yield { part: this.#spaced(normal.slice(from, start)), id: -1 };
      yield { part: '', id };
      from = end;
    }
    if (from < normal.length) yield { part: this.#spaced(from === 0 ? normal : normal.slice(from)), id: -1 };
  }

  /** SentencePiece writes blanks as U+2581. */
  #spaced(text: string): string {
    return this.#isWords ? text.replaceAll(' ', '\u2581') : text;
  }

  /** Tokens of the piece that starts at `at`; returns where it ends. */
  #piece(text: string, at: number, sink: Sink): number {
    const end = Math.min(this.#scan(text, at, text.length), at + LONGEST_MERGE);
    if (end - at > LONGEST_PIECE) {
      const count = this.#merge(text, at, end);
      sink(this.#merger.symbols, 0, count);
      return end;
    }
    const entry = this.#cache.find(text, at, end);
    if (entry >= 0) {
      sink(this.#cache.ids, this.#cache.firstId(entry), this.#cache.count(entry));
      return end;
    }
    const count = this.#merge(text, at, end);
    this.#cache.add(text, at, end, this.#merger.symbols, count);
    sink(this.#merger.symbols, 0, count);
    return end;
  }

  /** Merges one piece; its ids are in `#merger.symbols` then. */
  #merge(text: string, start: number, end: number): number {
    const room = (end - start) * BYTES_PER_UNIT;
    if (this.#bytes.length < room) this.#bytes = new Uint8Array(2 * room);
    const bytes = this.#bytes;
    const length = writeUtf8(text, start, end, bytes);
    const merger = this.#merger;
    const { ids, byteIds } = this.#definition;
    if (!this.#isWords) {
      const whole = this.#table.rankOf(bytes, 0, length);
      if (whole >= 0) {
        merger.symbols[0] = ids[whole]!;
        return 1;
      }
    }
    merger.reserve(length);
    const count = this.#isWords ? this.#characters(length) : this.#singleBytes(length);
    const left = merger.merge(bytes, count);
    for (let index = 0; index < left; index++) {
      const symbol = merger.symbols[index]!;
      merger.symbols[index] = symbol >= 0 ? ids[symbol]! : byteIds[-1 - symbol]!;
    }
    // What only one piece of a million needs is not kept.
    if (this.#bytes.length > 1 << 20) this.#bytes = new Uint8Array(1024);
    return left;
  }

  /** Every byte a symbol: its rank. */
  #singleBytes(length: number): number {
    const { starts, symbols } = this.#merger;
    const bytes = this.#bytes;
    for (let at = 0; at < length; at++) {
      starts[at] = at;
      symbols[at] = this.#table.rankOf(bytes, at, at + 1);
    }
    starts[length] = length;
    return length;
  }

  /** Every character that is a token a symbol: its rank; of others every byte, as -1 less the byte. */
  #characters(length: number): number {
    const { starts, symbols } = this.#merger;
    const bytes = this.#bytes;
    let count = 0;
    for (let at = 0; at < length;) {
      const end = Math.min(length, at + sequenceLength(bytes[at]!));
      const rank = this.#table.rankOf(bytes, at, end);
      if (rank >= 0) {
        starts[count] = at;
        symbols[count++] = rank;
      } else {
        for (let byte = at; byte < end; byte++) {
          starts[count] = byte;
          symbols[count++] = -1 - bytes[byte]!;
        }
      }
      at = end;
    }
    starts[count] = length;
    return count;
  }
}

/** Merging as tiktoken and SentencePiece do: two neighbours merge where their bytes together are a token. */
export function mergesOf(table: TokenTable, breaksOrder: Uint8Array): Merges {
  return {
    rankOf: (bytes, start, _, end) => table.rankOf(bytes, start, end),
    symbolOf: (rank) => rank,
    breaksOrder: (rank) => (breaksOrder[rank >> 3]! & (1 << (rank & 7))) !== 0,
  };
}
