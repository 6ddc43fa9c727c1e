/** UltraChat's raw rows: `data` is a list of texts, the user's and the assistant's by turns. */
import { listAt, memberOf, type JsonNode } from '../json/node.js';
import { isString } from '../json/pieces.js';
import type { ConversationDraft, Dialect } from './dialect.js';
import { itemTurn } from './alpaca.js';
import { idField } from './request.js';
import { numbered } from './turns.js';

/** Words of a text that make it one: names and codes are no conversation. */
export const WORDS = /^(?:\S+\s+){3}\S/;

/** Code units of JSON within which the words are looked for. */
export const WORDS_WITHIN = 384;

export const saysSomething = (text: string, node: JsonNode): boolean =>
  isString(node) && WORDS.test(text.slice(node.innerStart, Math.min(node.innerEnd, node.innerStart + WORDS_WITHIN)));

export const ultrachat: Dialect = {
  id: 'ultrachat',
  trace: /"data"\s*:\s*\[\s*"/,

  recognises(text, value) {
    const data = listAt(value, 'data');
    if (!data || !memberOf(value, 'id') || value.members.length > 3) return false;
    const [first, second] = data.items;
    if (!first || !data.items.slice(0, 20).every(isString) || !saysSomething(text, first)) return false;
    // A head that breaks off in the first text still tells.
    return second ? data.items.slice(1, 4).some((item) => saysSomething(text, item)) : !first.closed;
  },

  accepts(_text, value) {
    const data = listAt(value, 'data');
    return data !== null && data.items.length > 0 && data.items.slice(0, 20).every(isString);
  },

  *conversations(source, value): Generator<void, ConversationDraft[]> {
    yield;
    const texts = (listAt(value, 'data')?.items ?? []).filter(isString);
    return [
      {
        ...idField(source, value, 'id'),
        span: { start: value.start, end: value.end },
        turns: numbered(texts.map((text, index) => itemTurn(source, index % 2 === 0 ? 'user' : 'assistant', text))),
        parameters: {},
      },
    ];
  },
};
