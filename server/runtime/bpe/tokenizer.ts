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

/** An added token of a text (`id`), or a stretch between two of them as it is split (`part`, with -1 as the id). */
export interface TextPart {
  readonly part: string;
  readonly id: number;
}

/** What one vocabulary does in its own way. */
export interface BpeParts {
  readonly merges: Merges;
  /** The text as it is tokenized. */
  normalize(text: string): string;
  /** A text's added tokens and the stretches between them. */
  parts(text: string): Iterable<TextPart>;
  /** How a stretch is split; a new one for each, since it may remember where it is. */
  scanner(part: string): Scanner;
  /** Id of the token that is the piece `bytes[0, length)` and needs no merging; -1 for none. */
  wholeId(bytes: Uint8Array, length: number): number;
  /** Puts the symbols to start with into `starts` and `symbols`, which have room for one a byte; returns how many. */
  seed(bytes: Uint8Array, length: number, starts: Int32Array, symbols: Int32Array): number;
  /** The token id of a symbol. */
  idOf(symbol: number): number;
  /** The bytes of a token; empty for unknown ids. */
  bytesOf(id: number): Uint8Array;
}

/** A tokenizer of one vocabulary. Not to be used by two threads at once. */
export class BpeTokenizer {
  readonly #parts: BpeParts;
  readonly #merger: Merger;
  readonly #cache = new PieceCache();
  #bytes = new Uint8Array(1024);

  /** @param from a vocabulary that ships, or what another one does */
  constructor(from: BpeDefinition | BpeParts) {
    this.#parts = 'merges' in from ? from : partsOf(from);
    this.#merger = new Merger(this.#parts.merges);
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
    for (const { part, id } of this.#parts.parts(text)) {
      if (id >= 0) {
        yield 1;
        continue;
      }
      const scan = this.#parts.scanner(part);
      for (let at = 0; at < part.length;) {
        let sum = 0;
        const sink: Sink = (_, __, count) => (sum += count);
        const stop = Math.min(part.length, at + STEP_LENGTH);
        while (at < stop) at = this.#piece(part, at, scan, sink);
        yield sum;
      }
    }
  }

  /** The text as it is tokenized. */
  normalize(text: string): string {
    return this.#parts.normalize(text);
  }

  /**
   * The bytes of a token, which are part of a character's where a character is several tokens; a blank where the
   * vocabulary writes U+2581 for it; empty for unknown ids.
   */
  bytesOf(id: number): Uint8Array {
    return this.#parts.bytesOf(id);
  }

  #run(text: string, sink: Sink): void {
    for (const { part, id } of this.#parts.parts(text)) {
      if (id >= 0) {
        sink(Int32Array.of(id), 0, 1);
        continue;
      }
      const scan = this.#parts.scanner(part);
      for (let at = 0; at < part.length;) at = this.#piece(part, at, scan, sink);
    }
  }

  /** Tokens of the piece that starts at `at`; returns where it ends. */
  #piece(text: string, at: number, scan: Scanner, sink: Sink): number {
    const found = scan(text, at, text.length);
    // What the vocabulary throws away.
    if (found < 0) return -found;
    const end = Math.min(found, at + LONGEST_MERGE);
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
    const whole = this.#parts.wholeId(bytes, length);
    if (whole >= 0) {
      merger.symbols[0] = whole;
      return 1;
    }
    merger.reserve(length);
    const count = this.#parts.seed(bytes, length, merger.starts, merger.symbols);
    const left = merger.merge(bytes, count);
    for (let index = 0; index < left; index++) merger.symbols[index] = this.#parts.idOf(merger.symbols[index]!);
    // What only one piece of a million needs is not kept.
    if (this.#bytes.length > 1 << 20) this.#bytes = new Uint8Array(1024);
    return left;
  }
}

/** What a vocabulary that ships does. */
function partsOf(definition: BpeDefinition): BpeParts {
  const { split, nfc, ids, byteIds, added, breaksOrder } = definition;
  const table = new TokenTable(definition.bytes, definition.lengths);
  const isWords = split === 'words';
  const scan = isWords ? wordScanner(table) : SCANNERS[split];
  const findAdded = addedTokenFinder(added);
  // SentencePiece writes blanks as U+2581.
  const spaced = (text: string): string => (isWords ? text.replaceAll(' ', '\u2581') : text);
  const normalize = (text: string): string => (nfc ? toNfc(text) : text);
  let rankById: Map<number, number> | null = null;
  return {
    merges: mergesOf(table, breaksOrder),
    normalize,
    parts: (text) => splitAtAdded(normalize(text), findAdded, spaced),
    scanner: () => scan,
    wholeId: (bytes, length) => {
      const whole = isWords ? -1 : table.rankOf(bytes, 0, length);
      return whole >= 0 ? ids[whole]! : -1;
    },
    seed: isWords
      ? (bytes, length, starts, symbols) => seedCharacters(table, bytes, length, starts, symbols)
      : (bytes, length, starts, symbols) => seedBytes(table, bytes, length, starts, symbols),
    idOf: (symbol) => (symbol >= 0 ? ids[symbol]! : byteIds[-1 - symbol]!),
    bytesOf: (id) => {
      rankById ??= new Map(Array.from(ids, (each, rank) => [each, rank]));
      const rank = rankById.get(id);
      if (rank !== undefined) return isWords ? withBlanks(table.bytesOf(rank)) : table.bytesOf(rank);
      const byte = byteIds.indexOf(id);
      if (byte >= 0) return Uint8Array.of(byte);
      return Buffer.from(added.find((each) => each.id === id)?.text ?? '');
    },
  };
}

/** The bytes of a token with blanks for U+2581. */
export const withBlanks = (bytes: Uint8Array): Uint8Array =>
  Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(MARK, ' '), 'latin1');

/** A text at its added tokens: these, and the stretches between them as `prepare` makes them. */
export function* splitAtAdded(
  text: string,
  find: ReturnType<typeof addedTokenFinder>,
  prepare: (stretch: string) => string,
): Generator<TextPart, void> {
  let from = 0;
  for (const { start, end, id } of find?.(text) ?? []) {
    if (start > from) yield { part: prepare(text.slice(from, start)), id: -1 };
    yield { part: '', id };
    from = end;
  }
  if (from < text.length) yield { part: prepare(from === 0 ? text : text.slice(from)), id: -1 };
}

/** Every byte a symbol: its rank. */
function seedBytes(
  table: TokenTable,
  bytes: Uint8Array,
  length: number,
  starts: Int32Array,
  symbols: Int32Array,
): number {
  for (let at = 0; at < length; at++) {
    starts[at] = at;
    symbols[at] = table.rankOf(bytes, at, at + 1);
  }
  starts[length] = length;
  return length;
}

/** Every character that is a token a symbol: its rank; of others every byte, as -1 less the byte. */
function seedCharacters(
  table: TokenTable,
  bytes: Uint8Array,
  length: number,
  starts: Int32Array,
  symbols: Int32Array,
): number {
  let count = 0;
  for (let at = 0; at < length;) {
    const end = Math.min(length, at + sequenceLength(bytes[at]!));
    const rank = table.rankOf(bytes, at, end);
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

/** Merging as tiktoken and SentencePiece do: two neighbours merge where their bytes together are a token. */
export function mergesOf(table: TokenTable, breaksOrder: Uint8Array): Merges {
  return {
    rankOf: (bytes, start, _, end) => table.rankOf(bytes, start, end),
    symbolOf: (rank) => rank,
    breaksOrder: (rank) => (breaksOrder[rank >> 3]! & (1 << (rank & 7))) !== 0,
  };
}
