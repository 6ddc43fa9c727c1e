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
import { textParts } from './longRuns.js';
import { toNfc } from './bpe/normalize.js';

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

/** An engine that also counts in parts, so that its caller can pause within a long text. */
export interface LoadedVocabulary extends TokenEngine {
  /** The counts of the parts of a text, one after the other; they add up to `count(text)`. */
  countParts(text: string): Generator<number, void>;
  /** What the tokens of `text` spell: the text as the tokenizer normalises it. */
  normalize(text: string): string;
  /** The bytes of one token. */
  bytesOf(id: number): Uint8Array;
}

/** Vocabularies whose tokenizer normalises text first. */
const NORMALIZED: ReadonlySet<VocabularyId> = new Set(['qwen-3', 'qwen-2.5']);

/** Runs of U+2581 that a text itself has are tokens of Gemma's by themselves; the engine would take them for spaces. */
const GEMMA_BLOCKS = /(\u2581{2,31})/;

/** Stretches that are merged apart from each other. */
const stretches = (id: VocabularyId, text: string): readonly string[] =>
  id.startsWith('gemma') && text.includes('\u2581\u2581') ? text.split(GEMMA_BLOCKS) : [text];

/** The same vocabulary without pre-tokens: merges what it is given as one. */
function withoutSplitting(definition: Uint8Array): Kitoken {
  const merging = new Kitoken(definition);
  merging.set_config({ ...(merging.config() as object), split: [] });
  return merging;
}

/**
 * Loads a vocabulary, about 50 to 100 ms. Its engine takes special-token look-alikes as plain text and lone surrogates
 * as U+FFFD, and is linear on any text.
 *
 * @param directory folder of the `.kit.br` files
 */
export function loadVocabulary(id: VocabularyId, directory: string): LoadedVocabulary {
  const definition = readDefinition(id, directory);
  const splitting = new Kitoken(definition);
  let merging: Kitoken | undefined;
  const normalize = (text: string): string => (NORMALIZED.has(id) ? toNfc(text) : text);
  function* encodeParts(text: string): Generator<Uint32Array, void> {
    for (const stretch of stretches(id, normalize(text))) {
      for (const part of textParts(id, stretch)) {
        const tokenizer = part.merged ? (merging ??= withoutSplitting(definition)) : splitting;
        yield tokenizer.encode(part.text, false);
      }
    }
  }
  function* countParts(text: string): Generator<number, void> {
    for (const tokens of encodeParts(text)) yield tokens.length;
  }
  const count = (text: string): number => {
    let sum = 0;
    for (const tokens of countParts(text)) sum += tokens;
    return sum;
  };
  const encode = (text: string): Uint32Array => {
    const parts = [...encodeParts(text)];
    return parts.length === 1 ? parts[0]! : Uint32Array.from(parts.flatMap((part) => [...part]));
  };
  const bytesOf = (token: number): Uint8Array => splitting.decode(Uint32Array.of(token), true);
  return { id, count, encode, countParts, normalize, bytesOf };
}

/** Loads each vocabulary once, when it is first asked for. */
export function createVocabularies(directory: string): (id: VocabularyId) => LoadedVocabulary {
  const loaded = new Map<VocabularyId, LoadedVocabulary>();
  return (id) => {
    const engine = loaded.get(id) ?? loadVocabulary(id, directory);
    loaded.set(id, engine);
    return engine;
  };
}
