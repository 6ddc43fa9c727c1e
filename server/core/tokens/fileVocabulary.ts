/** Vocabularies that are read from a file of the user's: their ids say which file, and which state of it. */
import type { VocabularyId } from './types.js';

const FILE = /^file:(.*)#[\d.]+-\d+$/s;

/**
 * The id of a `tokenizer.json`: an edited file has another one, so that what is counted with it is counted anew.
 *
 * @param path absolute
 * @param modified milliseconds since 1970
 * @param size bytes
 */
export const fileVocabulary = (path: string, modified: number, size: number): VocabularyId =>
  `file:${path}#${modified}-${size}`;

/** The file of such an id; null for vocabularies that ship. */
export const pathOfVocabulary = (vocabulary: VocabularyId): string | null => FILE.exec(vocabulary)?.[1] ?? null;

/** What a vocabulary is called to users: its id, or the path of its file. */
export const nameOfVocabulary = (vocabulary: VocabularyId): string => pathOfVocabulary(vocabulary) ?? vocabulary;
