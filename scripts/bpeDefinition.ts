/** Our form of a byte-pair vocabulary from the engine-neutral definition that kitoken reads out of published files. */
import type { AddedToken, BpeDefinition, SplitKind } from '../server/runtime/bpe/definition.js';
import { TokenTable } from '../server/runtime/bpe/tokenTable.js';

/** The parts of a kitoken definition that matter here. */
export interface KitokenDefinition {
  readonly model: {
    /** `vocab` in the order of merging; `chars`: made of characters, with bytes for those that are no token. */
    readonly BytePair?: {
      readonly vocab: readonly { readonly id: number; readonly bytes: readonly number[] }[];
      readonly chars: boolean;
    };
  };
  readonly specials: readonly { readonly id: number; readonly bytes: readonly number[]; readonly kind: string }[];
  readonly config: {
    readonly split: readonly { readonly Pattern?: { readonly pattern: { readonly Regex?: string } } }[];
  };
}

/** How the published expressions begin, and which splitting they are. */
const SPLITS: readonly (readonly [start: string, kind: SplitKind])[] = [
  ["(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|", 'gpt4'],
  ["'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}|", 'gpt4'],
  ["(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|", 'gpt4-digits'],
  ['\\p{N}{1,3}', 'deepseek'],
];
const CASED = '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+';

/**
 * How a definition's expression splits.
 *
 * @throws Error where it is none of ours
 */
export function splitOf({ model, config }: KitokenDefinition): SplitKind {
  const expression = config.split[0]?.Pattern?.pattern.Regex;
  if (expression === undefined && model.BytePair?.chars) return 'words';
  if (expression?.startsWith(`${CASED}(?i:`)) return 'gpt4o';
  if (expression?.startsWith(`${CASED}|`)) return 'tekken';
  const found = SPLITS.find(([start]) => expression?.startsWith(start));
  if (!found) throw new Error(`no scanner for the expression ${expression ?? '(none)'}`);
  return found[1];
}

/**
 * @param split how texts are split; see `splitOf`
 * @param nfc whether the tokenizer normalises to NFC
 * @param added more added tokens beside those of the definition
 * @throws Error where the definition is no byte-pair vocabulary
 */
export function bpeDefinition(
  from: KitokenDefinition,
  split: SplitKind,
  nfc: boolean,
  added: readonly AddedToken[] = [],
): BpeDefinition {
  const vocab = from.model.BytePair?.vocab;
  if (!vocab) throw new Error('no byte-pair vocabulary');
  const lengths = Uint16Array.from(vocab, ({ bytes }) => bytes.length);
  const bytes = Uint8Array.from(vocab.flatMap((token) => [...token.bytes]));
  const byBytes = new Map(vocab.filter((token) => token.bytes.length === 1).map(({ id, bytes: [byte] }) => [byte, id]));
  return {
    split,
    nfc,
    bytes,
    lengths,
    ids: Int32Array.from(vocab, ({ id }) => id),
    added: [...from.specials.map(({ id, bytes: text }) => ({ id, text: Buffer.from(text).toString() })), ...added],
    breaksOrder: new TokenTable(bytes, lengths).breaksOrder(),
    byteIds: from.model.BytePair?.chars ? Array.from({ length: 256 }, (_, byte) => byBytes.get(byte) ?? -1) : [],
  };
}
