/** Vocabularies: the files in assets/vocabularies (dist/vocabularies in the package), read when first used, never from the network. */
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { VOCABULARIES } from '../core/tokens/vocabularies.js';
import type { TokenEngine, VocabularyId } from '../core/tokens/types.js';
import { readDefinition, type BpeDefinition } from './bpe/definition.js';
import { BpeTokenizer } from './bpe/tokenizer.js';

/** File of a vocabulary in its folder. */
export const vocabularyFile = (id: VocabularyId): string => `${id}.bpe.br`;

/**
 * The definition of a vocabulary that ships.
 *
 * @param directory folder of the `.bpe.br` files
 * @throws Error with one line that names the file
 */
export function readVocabulary(id: VocabularyId, directory: string): BpeDefinition {
  const file = path.join(directory, vocabularyFile(id));
  if (!(VOCABULARIES as readonly string[]).includes(id)) {
    throw new Error(`unknown vocabulary '${id}'; there are ${VOCABULARIES.join(', ')}`);
  }
  try {
    return readDefinition(zlib.brotliDecompressSync(fs.readFileSync(file)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`vocabulary '${id}' cannot be read from ${file} (${reason}); reinstall the package`, {
      cause: error,
    });
  }
}

/** An engine that also counts in parts, so that its caller can pause within a long text. */
export interface LoadedVocabulary extends TokenEngine {
  /** The counts of the parts of a text, one after the other; they add up to `count(text)`. */
  countParts(text: string): Generator<number, void>;
  /** The text as it is counted: in NFC where the tokenizer normalises. */
  normalize(text: string): string;
  /** The bytes of a token, which may be part of a character; a blank where the vocabulary writes U+2581 for it. */
  bytesOf(id: number): Uint8Array;
}

/**
 * Loads a vocabulary, about 50 to 100 ms. Its engine takes special-token look-alikes as plain text and lone surrogates
 * as U+FFFD, and is linear on any text.
 *
 * @param directory folder of the `.bpe.br` files
 */
export function loadVocabulary(id: VocabularyId, directory: string): LoadedVocabulary {
  return engineOf(id, new BpeTokenizer(readVocabulary(id, directory)));
}

const engineOf = (id: VocabularyId, tokenizer: BpeTokenizer): LoadedVocabulary => ({
  id,
  count: (text) => tokenizer.count(text),
  encode: (text) => tokenizer.encode(text),
  countParts: (text) => tokenizer.steps(text),
  normalize: (text) => tokenizer.normalize(text),
  bytesOf: (token) => tokenizer.bytesOf(token),
});

/** Loads each vocabulary once, when it is first asked for. */
export function createVocabularies(directory: string): (id: VocabularyId) => LoadedVocabulary {
  const loaded = new Map<VocabularyId, LoadedVocabulary>();
  return (id) => {
    const engine = loaded.get(id) ?? loadVocabulary(id, directory);
    loaded.set(id, engine);
    return engine;
  };
}
