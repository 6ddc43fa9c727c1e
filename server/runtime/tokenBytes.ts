/** The tokens of one text with the bytes that each of them spells. */
import { placeTokens } from '../core/tokens/tokenPlaces.js';
import type { EncodedText } from '../core/tokens/types.js';
import { withBlanks } from './bpe/tokenizer.js';
import { alignNormalized } from './normalizedOffsets.js';
import type { LoadedVocabulary } from './vocabulary.js';

const encoder = new TextEncoder();

/** U+2581, with which vocabularies that do not split first write a space. */
const BLOCK = '\u2581';

/** Whether the tokens spell `expected`, byte for byte. */
function spells(pieces: readonly Uint8Array[], expected: Uint8Array): boolean {
  let at = 0;
  for (const piece of pieces) for (const byte of piece) if (expected[at++] !== byte) return false;
  return at === expected.length;
}

/**
 * Encodes `text` and finds where each token stands in it. A space that the vocabulary writes as U+2581 is a space here.
 * Throws where the tokens do not spell the text, which no shipped vocabulary does (a test holds that).
 */
export function encodeWithPlaces(engine: LoadedVocabulary, text: string): EncodedText {
  const ids = engine.encode(text);
  const blocks = engine.marks;
  const normalized = engine.normalize(text);
  const spelled = blocks ? normalized.replaceAll(BLOCK, ' ') : normalized;
  const known = new Map<number, Uint8Array>();
  const bytesOf = (id: number): Uint8Array => {
    const bytes = known.get(id) ?? (blocks ? withBlanks(engine.bytesOf(id)) : engine.bytesOf(id));
    known.set(id, bytes);
    return bytes;
  };
  const pieces = Array.from(ids, bytesOf);
  const bytes = encoder.encode(spelled);
  if (!spells(pieces, bytes)) throw new Error(`the tokens of this text cannot be placed in it (${engine.id})`);
  const byteEnds = new Uint32Array(ids.length);
  let end = 0;
  pieces.forEach((piece, index) => (byteEnds[index] = end += piece.length));
  const { starts, ends } = placeTokens(spelled, byteEnds);
  if (normalized !== text) {
    const toText = alignNormalized(text, normalized, (part) => engine.normalize(part));
    for (let index = 0; index < ids.length; index++) {
      starts[index] = toText.start(starts[index]!);
      ends[index] = toText.end(ends[index]!);
    }
  }
  return { ids, starts, ends, bytes, byteEnds };
}
