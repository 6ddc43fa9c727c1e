/** Vocabularies for tests, each loaded once in a run. */
import path from 'node:path';
import { createInlineCounter } from '../../../server/runtime/inlineCounter.js';
import { createVocabularies } from '../../../server/runtime/vocabulary.js';

export const vocabularyDirectory = path.resolve(__dirname, '../../../../assets/vocabularies');
export const vocabulary = createVocabularies(vocabularyDirectory);
export const inlineCounter = createInlineCounter(vocabularyDirectory);
