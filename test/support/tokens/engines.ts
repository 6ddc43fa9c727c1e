/** Vocabularies for tests, each loaded once in a run. */
import path from 'node:path';
import { Kitoken } from 'kitoken/node';
import { createInlineCounter } from '../../../server/runtime/inlineCounter.js';
import type { BpeDefinition } from '../../../server/runtime/bpe/definition.js';
import { createVocabularies, readVocabulary } from '../../../server/runtime/vocabulary.js';

export const vocabularyDirectory = path.resolve(__dirname, '../../../../assets/vocabularies');
export const vocabulary = createVocabularies(vocabularyDirectory);
export const inlineCounter = createInlineCounter(vocabularyDirectory);

/** The definition of a vocabulary as it ships. */
export const definitionOf = (id: string): BpeDefinition => readVocabulary(id, vocabularyDirectory);

/** The tokens of a vocabulary in the order of merging. */
export function tokensOf(id: string): readonly { readonly id: number; readonly bytes: Buffer }[] {
  const { ids, bytes, lengths } = definitionOf(id);
  let start = 0;
  return Array.from(ids, (token, rank) => {
    const end = start + lengths[rank]!;
    const slice = Buffer.from(bytes.subarray(start, end));
    start = end;
    return { id: token, bytes: slice };
  });
}

/** The tokens as a list of ranks, as tiktoken and Meta publish it: `base64 rank`, one a line. */
export const ranksFileOf = (id: string): string =>
  [...tokensOf(id)]
    .sort((a, b) => a.id - b.id)
    .map((token) => `${token.bytes.toString('base64')} ${token.id}\n`)
    .join('');

const merging = new Map<string, Kitoken>();

/** How many tokens kitoken, another engine, merges a text into that is one pre-token. */
export function mergedCount(id: string, text: string): number {
  let engine = merging.get(id);
  if (!engine) {
    const lines = tokensOf(id).map(({ bytes }, rank) => `${bytes.toString('base64')} ${rank}`);
    engine = Kitoken.from_tiktoken(Buffer.from(`${lines.join('\n')}\n`));
    engine.set_config({ ...(engine.config() as object), split: [] });
    merging.set(id, engine);
  }
  return engine.encode(text, false).length;
}
