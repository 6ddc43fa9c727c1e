/**
 * OpenAI chat JSON: a bare array of messages, a request that holds one, or an array of those. Comments and trailing
 * commas are read. Every message is a turn of its own: the API merges none.
 */
import { chatConversations } from '../chat/conversation.js';
import { insertMessage } from '../chat/insert.js';
import { looksLikeChat } from '../chat/sniff.js';
import { updateMessage } from '../chat/update.js';
import { readJson } from '../json/reader.js';
import type { FormatAdapter } from '../model.js';

const NAMES = /\.jsonc?$/i;
const LANGUAGES: ReadonlySet<string> = new Set(['json', 'jsonc', 'plaintext']);
const FIRST_CHARACTER = /^\s*(?:[[{]|\/[/*])/;

export const openaiChat: FormatAdapter = {
  id: 'openai-chat',
  title: 'OpenAI Chat JSON',
  family: 'chat-request',
  description:
    'A JSON file with an array of chat messages (`role`, `content`), bare or in a request with `messages`, `model`, `tools` and `max_tokens`.',
  files: ['*.json', '*.jsonc'],
  notes: ['Every message is a turn of its own: the API merges none.'],
  sample: 'customer-support.json',
  writable: true,

  detect({ path, languageId }, head) {
    const named = NAMES.test(path) || languageId === 'json' || languageId === 'jsonc';
    const unnamed = !/\.[^./]+$/.test(path) && (languageId === undefined || LANGUAGES.has(languageId));
    if (!named && !unnamed) return null;
    return FIRST_CHARACTER.test(head) && looksLikeChat(head) ? 'content' : null;
  },

  *parse(text) {
    return yield* chatConversations(text, yield* readJson(text));
  },

  update(before, text, edit) {
    if (before.problems.some(({ code }) => code === 'json-syntax')) return null;
    return updateMessage(before, text, edit);
  },

  insertReply: insertMessage,
};
