/** A token counter in this thread: for the command line, benchmarks and tests. */
import { setImmediate } from 'node:timers/promises';
import type { TokenCounter, TokenEncoder, TokenizerInspector, VocabularyId } from '../core/tokens/types.js';
import { throwIfAborted } from './abort.js';
import { countNow, countSlices } from './countSlices.js';
import { encodeWithPlaces } from './tokenBytes.js';
import { createVocabularies, inspectVocabulary } from './vocabulary.js';

/** How long the thread is held before other work gets a turn. */
const SLICE_MILLISECONDS = 4;

export interface InlineCounter extends TokenCounter, TokenEncoder, TokenizerInspector {
  /** Counts without giving way. */
  countSync(vocabulary: VocabularyId, texts: readonly string[]): Uint32Array;
}

/** @param directory folder of the vocabularies; see `loadVocabulary` */
export function createInlineCounter(directory: string): InlineCounter {
  const vocabularies = createVocabularies(directory);
  return {
    countSync: (vocabulary, texts) => countNow(vocabularies(vocabulary), texts),
    inspect: async (vocabulary) => Promise.resolve(inspectVocabulary(vocabularies, vocabulary)),
    encode: async (vocabulary, text, signal) => {
      throwIfAborted(signal);
      return Promise.resolve(encodeWithPlaces(vocabularies(vocabulary), text));
    },
    count: async (vocabulary, texts, signal) => {
      throwIfAborted(signal);
      const slices = countSlices(vocabularies(vocabulary), texts);
      let started = performance.now();
      for (;;) {
        const step = slices.next();
        if (step.done) return step.value;
        if (performance.now() - started < SLICE_MILLISECONDS) continue;
        await setImmediate();
        throwIfAborted(signal);
        started = performance.now();
      }
    },
  };
}
