/** The adapter of `.json` files in one dialect: one value, or an array of them. */
import { readJson } from '../json/reader.js';
import type { FileHint, FormatAdapter } from '../model.js';
import type { Dialect } from './dialect.js';
import { insertReply } from './insert.js';
import { readConversations } from './read.js';
import { looksLike } from './sniff.js';
import { updateString } from './update.js';

const NAMES = /\.jsonc?$/i;
const LANGUAGES: ReadonlySet<string> = new Set(['json', 'jsonc', 'plaintext']);
const FIRST_CHARACTER = /^\s*(?:[[{]|\/[/*])/;

/** Whether a file may be JSON, by its name or, where it has none, by its language. */
function mayBeJson({ path, languageId }: FileHint): boolean {
  if (NAMES.test(path) || languageId === 'json' || languageId === 'jsonc') return true;
  return !/\.[^./]+$/.test(path) && (languageId === undefined || LANGUAGES.has(languageId));
}

/** What a format says of itself; the rest comes from its dialect. */
export type JsonFormat = Pick<FormatAdapter, 'title' | 'family' | 'description' | 'files' | 'notes' | 'sample'>;

export const jsonAdapter = (dialect: Dialect, format: JsonFormat): FormatAdapter => ({
  id: dialect.id,
  ...format,
  writable: dialect.reply !== undefined,

  detect(hint, head) {
    return mayBeJson(hint) && FIRST_CHARACTER.test(head) && looksLike(dialect, head) ? 'content' : null;
  },

  *parse(text) {
    return yield* readConversations(text, yield* readJson(text), dialect);
  },

  update(before, text, edit) {
    if (before.problems.some(({ code }) => code === 'json-syntax')) return null;
    return updateString(before, text, edit);
  },

  ...(dialect.reply
    ? {
        insertReply: (text, conversation, turnIndex, reply) =>
          insertReply(text, conversation, turnIndex, reply, dialect),
      }
    : {}),
});
