/** The vocabulary and the merges of a tokenizer.json, as the byte-pair engine takes them. */
import type { BpeParts } from '../bpe/tokenizer.js';
import { TokenTable } from '../bpe/tokenTable.js';
import { sequenceLength } from '../bpe/utf8.js';
import { spelledBytes } from './byteLevel.js';
import { readMerges } from './pairMerges.js';
import { Unsupported, type TokenizerFile } from './readTokenizerFile.js';

/** Longest token and highest id that are taken; published ones stay far below. */
const LONGEST_TOKEN = 65535;
const HIGHEST_ID = 1 << 24;
/** A character that is no token and has no unknown token either: it is left out. */
const NOTHING = -1;

export interface BpeModel extends Pick<BpeParts, 'merges' | 'wholeId' | 'seed' | 'idOf' | 'bytesOf'> {
  readonly table: TokenTable;
  /** Whether every byte is a token, or the character that it is, so that nothing is unknown. */
  readonly complete: boolean;
  /** Whether a piece that is a token is not merged. */
  readonly ignoresMerges: boolean;
}

/**
 * @param byteLevel whether the tokens are written as byte-level vocabularies write them
 * @throws Unsupported
 */
export function readBpeModel({ model, vocab, merges, added }: TokenizerFile, byteLevel: boolean): BpeModel {
  if (model.dropout) throw new Unsupported(`model.dropout: merges at random (${model.dropout}); expected null`);
  if (model.continuing_subword_prefix || model.end_of_word_suffix) {
    const key = model.continuing_subword_prefix ? 'continuing_subword_prefix' : 'end_of_word_suffix';
    throw new Unsupported(`model.${key}: not supported yet; expected null`);
  }
  const ids = idsOf(vocab);
  const highest = [...ids.values(), ...added.map(({ id }) => id)].reduce((a, b) => Math.max(a, b), 0);
  if (highest > HIGHEST_ID) throw new Unsupported(`model.vocab: the id ${highest} is higher than ${HIGHEST_ID}`);
  const { table, idByRank } = tableOf(ids, byteLevel);
  const byteIds = Array.from({ length: 256 }, (_, byte) =>
    byteLevel ? idAt(table, idByRank, Uint8Array.of(byte), 0, 1) : (ids.get(byteToken(byte)) ?? NOTHING),
  );
  const fallsBack = model.byte_fallback === true;
  const isKnown = (byte: number): boolean =>
    byteIds[byte] !== NOTHING || (byte < 0x80 && idAt(table, idByRank, Uint8Array.of(byte), 0, 1) !== NOTHING);
  /** Whether a character that is no token has a token for each of its bytes. */
  const hasBytes = (bytes: Uint8Array, at: number, end: number): boolean => {
    for (let byte = at; byte < end; byte++) if (byteIds[bytes[byte]!] === NOTHING) return false;
    return true;
  };
  const unknown = unknownId(model.unk_token, ids);
  const fuses = model.fuse_unk === true;
  const seed: BpeParts['seed'] = (bytes, length, starts, symbols) => {
    let count = 0;
    let last = NOTHING;
    const put = (symbol: number, at: number): void => {
      const again = symbol === unknown && last === unknown && fuses;
      last = symbol;
      if (symbol === NOTHING || again) return;
      starts[count] = at;
      symbols[count++] = symbol;
    };
    for (let at = 0; at < length;) {
      const end = byteLevel ? at + 1 : Math.min(length, at + sequenceLength(bytes[at]!));
      const id = byteLevel ? byteIds[bytes[at]!]! : idAt(table, idByRank, bytes, at, end);
      if (id >= 0) put(id, at);
      else if (!byteLevel && fallsBack && hasBytes(bytes, at, end))
        for (let byte = at; byte < end; byte++) put(byteIds[bytes[byte]!]!, byte);
      else put(unknown, at);
      at = end;
    }
    starts[count] = length;
    return count;
  };
  const byteOf = new Map(byteIds.map((id, byte) => [id, byte]));
  const contents = new Map(added.map(({ id, content }) => [id, content]));
  let rankById: Map<number, number> | null = null;
  return {
    table,
    complete: (byteLevel || fallsBack) && byteIds.every((_, byte) => isKnown(byte)),
    ignoresMerges: model.ignore_merges === true,
    merges: readMerges(merges, ids, highest + 1),
    wholeId: model.ignore_merges ? (bytes, length) => idAt(table, idByRank, bytes, 0, length) : () => NOTHING,
    seed,
    idOf: (symbol) => symbol,
    bytesOf: (id) => {
      const content = contents.get(id);
      if (content !== undefined) return Buffer.from(content);
      if (!byteLevel && fallsBack && byteOf.has(id)) return Uint8Array.of(byteOf.get(id)!);
      rankById ??= new Map(Array.from(idByRank, (each, rank) => [each, rank]));
      const rank = rankById.get(id);
      return rank === undefined ? new Uint8Array(0) : table.bytesOf(rank);
    },
  };
}

/** How vocabularies with `byte_fallback` write a byte. */
const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;

function idsOf(vocab: Readonly<Record<string, unknown>>): Map<string, number> {
  const ids = new Map<string, number>();
  for (const [token, id] of Object.entries(vocab)) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) {
      throw new Unsupported(`model.vocab: the id of ${JSON.stringify(token).slice(0, 60)} is no whole number`);
    }
    ids.set(token, id);
  }
  return ids;
}

function unknownId(token: string | null | undefined, ids: ReadonlyMap<string, number>): number {
  if (typeof token !== 'string') return NOTHING;
  const id = ids.get(token);
  if (id === undefined) throw new Unsupported(`model.unk_token: ${JSON.stringify(token)} is no token of model.vocab`);
  return id;
}

/** The tokens by their bytes. Those that a byte-level vocabulary does not write in its way spell nothing. */
function tableOf(ids: ReadonlyMap<string, number>, byteLevel: boolean): { table: TokenTable; idByRank: Int32Array } {
  const spelled: Uint8Array[] = [];
  const idByRank = new Int32Array(ids.size);
  let size = 0;
  for (const [token, id] of ids) {
    const bytes = byteLevel ? spelledBytes(token) : Buffer.from(token);
    if (!bytes || bytes.length === 0) continue;
    if (bytes.length > LONGEST_TOKEN)
      throw new Unsupported(`model.vocab: the token ${id} is ${bytes.length} bytes long`);
    idByRank[spelled.length] = id;
    spelled.push(bytes);
    size += bytes.length;
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const bytes of spelled) {
    all.set(bytes, at);
    at += bytes.length;
  }
  const lengths = Uint16Array.from(spelled, (bytes) => bytes.length);
  return { table: new TokenTable(all, lengths), idByRank: idByRank.slice(0, spelled.length) };
}

function idAt(table: TokenTable, idByRank: Int32Array, bytes: Uint8Array, start: number, end: number): number {
  const rank = table.rankOf(bytes, start, end);
  return rank < 0 ? NOTHING : idByRank[rank]!;
}
