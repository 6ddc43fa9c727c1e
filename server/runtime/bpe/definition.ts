/**
 * A byte-pair vocabulary as plain data, and its file: a line of JSON (`Header`), then the length of each token in the
 * order of rank (one byte, or 0 and two bytes for 256 and more), their bytes, and `breaksOrder` as one bit a token.
 */

/** How a text is split before it is merged; `words`: not at all, as SentencePiece does. See scanners.ts. */
export type SplitKind = 'gpt2' | 'gpt4' | 'gpt4-digits' | 'gpt4o' | 'tekken' | 'deepseek' | 'words';

export interface AddedToken {
  readonly id: number;
  readonly text: string;
}

export interface BpeDefinition {
  readonly split: SplitKind;
  /** Normalised to NFC first. */
  readonly nfc: boolean;
  /** Bytes of the tokens one after the other, in the order of rank; see `TokenTable`. */
  readonly bytes: Uint8Array;
  readonly lengths: Uint16Array;
  /** Token id by rank. */
  readonly ids: Int32Array;
  /** Tokens that are found in a text before all else, at each place the longest. */
  readonly added: readonly AddedToken[];
  /** One bit a rank, the lowest bit first: see `Merges.breaksOrder`. */
  readonly breaksOrder: Uint8Array;
  /** For `words`: ids of the 256 bytes, for characters that are no token. */
  readonly byteIds: readonly number[];
}

interface Header {
  readonly split: SplitKind;
  readonly nfc: boolean;
  readonly tokens: number;
  /** Runs of consecutive ids in the order of rank: `[first id, how many]`. */
  readonly idRuns: readonly (readonly [first: number, count: number])[];
  readonly added: readonly AddedToken[];
  readonly byteIds: readonly number[];
}

const LINE_FEED = 10;

function idRunsOf(ids: Int32Array): [number, number][] {
  const runs: [number, number][] = [];
  for (const id of ids) {
    const last = runs.at(-1);
    if (last && last[0] + last[1] === id) last[1]++;
    else runs.push([id, 1]);
  }
  return runs;
}

/** The file of a definition. */
export function writeDefinition(definition: BpeDefinition): Uint8Array {
  const { split, nfc, bytes, lengths, ids, added, byteIds, breaksOrder } = definition;
  const header: Header = { split, nfc, tokens: ids.length, idRuns: idRunsOf(ids), added, byteIds };
  const head = Buffer.from(`${JSON.stringify(header)}\n`);
  const sizes = [...lengths].flatMap((length) => (length < 256 ? [length] : [0, length >> 8, length & 255]));
  return Buffer.concat([head, Uint8Array.from(sizes), bytes, breaksOrder]);
}

/** @throws Error on bytes that are no such file */
export function readDefinition(file: Uint8Array): BpeDefinition {
  const end = file.indexOf(LINE_FEED);
  const header = JSON.parse(Buffer.from(file.subarray(0, Math.max(0, end))).toString()) as Header;
  const lengths = new Uint16Array(header.tokens);
  let at = end + 1;
  for (let rank = 0; rank < lengths.length; rank++) {
    const length = file[at++]!;
    if (length > 0) lengths[rank] = length;
    else {
      lengths[rank] = (file[at]! << 8) | file[at + 1]!;
      at += 2;
    }
  }
  const ids = new Int32Array(header.tokens);
  let rank = 0;
  for (const [first, count] of header.idRuns) for (let next = 0; next < count; next++) ids[rank++] = first + next;
  const size = lengths.reduce((sum, length) => sum + length, 0);
  const bytes = file.subarray(at, at + size);
  const breaksOrder = file.subarray(at + size);
  if (rank !== header.tokens || breaksOrder.length !== Math.ceil(rank / 8)) throw new Error('the file is cut short');
  return { ...header, bytes, lengths, ids, breaksOrder };
}
