/** Vocabularies: the files in assets/vocabularies (dist/vocabularies in the package), read when first used, never from the network. */
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { EXTENDED, VOCABULARIES } from '../core/tokens/vocabularies.js';
import { UNSPLIT } from '../core/tokens/boundaries.js';
import { pathOfVocabulary } from '../core/tokens/fileVocabulary.js';
import type { TokenEngine, TokenizerReport, VocabularyId } from '../core/tokens/types.js';
import { readDefinition, type BpeDefinition } from './bpe/definition.js';
import { BpeTokenizer } from './bpe/tokenizer.js';
import { loadTokenizerFile } from './tokenizerFile/loadTokenizerFile.js';

/** File of a vocabulary in its folder. */
export const vocabularyFile = (id: VocabularyId): string => `${id}.bpe.br`;

/**
 * The definition of a vocabulary that ships.
 *
 * @param directory folder of the `.bpe.br` files
 * @throws Error with one line that names the file
 */
export function readVocabulary(id: VocabularyId, directory: string): BpeDefinition {
  const extended = EXTENDED[id];
  if (extended) {
    const definition = readVocabulary(extended.of, directory);
    return { ...definition, added: [...definition.added, ...extended.added] };
  }
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
  /** Whether it writes U+2581 for blanks. */
  readonly marks: boolean;
  /** The bytes of a token, which may be part of a character; a blank where the vocabulary writes U+2581 for it. */
  bytesOf(id: number): Uint8Array;
  /** Of a user's file: what was found of it. */
  readonly report?: TokenizerReport;
}

/**
 * Loads a vocabulary, about 50 to 100 ms. Its engine takes special-token look-alikes as plain text and lone surrogates
 * as U+FFFD, and is linear on any text.
 *
 * @param directory folder of the `.bpe.br` files
 */
export function loadVocabulary(id: VocabularyId, directory: string): LoadedVocabulary {
  const file = pathOfVocabulary(id);
  if (file === null) return engineOf(id, new BpeTokenizer(readVocabulary(id, directory)), UNSPLIT.has(id));
  const { tokenizer, marks, ...report } = loadTokenizerFile(file, id);
  return { ...engineOf(id, tokenizer, marks), report: { ok: true, ...report } };
}

const engineOf = (id: VocabularyId, tokenizer: BpeTokenizer, marks: boolean): LoadedVocabulary => ({
  id,
  marks,
  count: (text) => tokenizer.count(text),
  encode: (text) => tokenizer.encode(text),
  countParts: (text) => tokenizer.steps(text),
  normalize: (text) => tokenizer.normalize(text),
  bytesOf: (token) => tokenizer.bytesOf(token),
});

/** Loads each vocabulary once, when it is first asked for. Of a user's file only its last state is kept. */
export function createVocabularies(directory: string): (id: VocabularyId) => LoadedVocabulary {
  const loaded = new Map<VocabularyId, LoadedVocabulary>();
  return (id) => {
    const known = loaded.get(id);
    if (known) return known;
    const engine = loadVocabulary(id, directory);
    const file = pathOfVocabulary(id);
    if (file !== null) for (const other of loaded.keys()) if (pathOfVocabulary(other) === file) loaded.delete(other);
    loaded.set(id, engine);
    return engine;
  };
}

/** Loads a user's file and says what was found. */
export function inspectVocabulary(
  vocabularies: (id: VocabularyId) => LoadedVocabulary,
  id: VocabularyId,
): TokenizerReport {
  try {
    return vocabularies(id).report ?? { ok: true, exact: true, notes: [], specialTokens: [], templateNotes: [] };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
