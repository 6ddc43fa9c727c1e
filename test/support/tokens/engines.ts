/** Vocabularies for tests, each loaded once in a run. */
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { Kitoken } from 'kitoken/node';
import { createInlineCounter } from '../../../server/runtime/inlineCounter.js';
import { toNfc } from '../../../server/runtime/bpe/normalize.js';
import { createVocabularies, vocabularyFile } from '../../../server/runtime/vocabulary.js';

export const vocabularyDirectory = path.resolve(__dirname, '../../../../assets/vocabularies');
export const vocabulary = createVocabularies(vocabularyDirectory);
export const inlineCounter = createInlineCounter(vocabularyDirectory);

/** The definition of a vocabulary as it ships. */
export const readVocabulary = (id: string): Buffer =>
  zlib.brotliDecompressSync(fs.readFileSync(path.join(vocabularyDirectory, vocabularyFile(id))));

/** The count of a whole text by the engine's own expressions, which manage half a million code units in one match. */
export function bareCount(id: string, text: string): number {
  const engine = new Kitoken(readVocabulary(id));
  const { length } = engine.encode(id.startsWith('qwen') ? toNfc(text) : text, false);
  engine.free();
  return length;
}
