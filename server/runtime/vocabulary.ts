/**
 * Vocabularies: the compact definitions in assets/vocabularies (dist/vocabularies in the package), read when first
 * used. Nothing here touches the network.
 *
 * For the bundles: `kitoken/node` is CommonJS and reads `node_bg.wasm` beside the file it is bundled into
 * (`path.join(__dirname, 'node_bg.wasm')`), so esbuild needs no option, but node_modules/kitoken/dist/node_bg.wasm must
 * be copied to dist/.
 */
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { Kitoken } from 'kitoken/node';
import { VOCABULARIES } from '../core/tokens/catalog.js';
import type { TokenEngine, VocabularyId } from '../core/tokens/types.js';

/** File of a vocabulary in its folder. */
export const vocabularyFile = (id: VocabularyId): string => `${id}.kit.br`;

function readDefinition(id: VocabularyId, directory: string): Uint8Array {
  const file = path.join(directory, vocabularyFile(id));
  if (!(VOCABULARIES as readonly string[]).includes(id)) {
    throw new Error(`unknown vocabulary '${id}'; there are ${VOCABULARIES.join(', ')}`);
  }
  try {
    return zlib.brotliDecompressSync(fs.readFileSync(file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`vocabulary '${id}' cannot be read from ${file} (${reason}); reinstall the package`, {
      cause: error,
    });
  }
}

/**
 * Loads a vocabulary, about 50 to 100 ms. Its engine takes special-token look-alikes as plain text and lone surrogates
 * as U+FFFD, and is linear on any text.
 *
 * @param directory folder of the `.kit.br` files
 */
export function loadVocabulary(id: VocabularyId, directory: string): TokenEngine {
  const tokenizer = new Kitoken(readDefinition(id, directory));
  return {
    id,
    encode: (text) => tokenizer.encode(text, false),
    count: (text) => tokenizer.encode(text, false).length,
  };
}

/** Loads each vocabulary once, when it is first asked for. */
export function createVocabularies(directory: string): (id: VocabularyId) => TokenEngine {
  const loaded = new Map<VocabularyId, TokenEngine>();
  return (id) => {
    const engine = loaded.get(id) ?? loadVocabulary(id, directory);
    loaded.set(id, engine);
    return engine;
  };
}
