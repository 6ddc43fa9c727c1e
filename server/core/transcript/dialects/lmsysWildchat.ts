/**
 * Rows of LMSYS-Chat-1M, WildChat and Chatbot Arena: `conversation` is a list of chat messages and the row names the
 * model that answered. A battle has two conversations with a model each.
 */
import { memberOf, memberValue, type JsonNode } from '../json/node.js';
import type { Source } from '../json/pieces.js';
import type { ConversationDraft, Dialect } from './dialect.js';
import { isChatMessage, readMessages } from './openaiChat.js';
import { idField, modelField } from './request.js';
import { HiddenList, numbered } from './turns.js';

/** The list and the model that answered in it. */
const LISTS = [
  ['conversation', 'model'],
  ['conversation_a', 'model_a'],
  ['conversation_b', 'model_b'],
] as const;
const ITEMS_LOOKED_AT = 50;

const listsOf = (row: JsonNode): { readonly list: JsonNode; readonly key: string; readonly model: string }[] =>
  LISTS.flatMap(([key, model]) => {
    const list = memberValue(row, key);
    return list?.kind === 'array' ? [{ list, key, model }] : [];
  }).sort((a, b) => a.list.start - b.list.start);

function* readRow(source: Source, row: JsonNode, strays: readonly JsonNode[]): Generator<void, ConversationDraft[]> {
  const drafts: ConversationDraft[] = [];
  const lists = listsOf(row);
  for (const [index, { list, key, model }] of lists.entries()) {
    const hidden = new HiddenList();
    const isLast = index === lists.length - 1;
    const turns = yield* readMessages(source, list.items, isLast ? strays : [], hidden);
    // The row is shared out, so that each place is in one conversation.
    const start = index === 0 ? row.start : memberOf(row, key)!.keyStart;
    const end = isLast ? row.end : list.end;
    const { id } = idField(source, row, 'conversation_id', 'conversation_hash', 'question_id', 'id');
    drafts.push({
      ...(id === undefined ? {} : { id: lists.length > 1 ? `${id} ${key.at(-1)!}` : id }),
      ...(lists.length > 1 ? { title: `Answers of ${key === 'conversation_a' ? 'A' : 'B'}` } : {}),
      span: { start, end },
      turns: numbered(turns),
      ...modelField(source, row, model),
      parameters: {},
      ...hidden.field,
    });
  }
  return drafts;
}

export const lmsysWildchat: Dialect = {
  id: 'lmsys-wildchat',
  trace: /"conversation(?:_[ab])?"\s*:/,

  recognises(text, value) {
    return listsOf(value).some(({ list }) =>
      list.items.slice(0, ITEMS_LOOKED_AT).some((item) => isChatMessage(text, item)),
    );
  },

  accepts(_text, value) {
    return listsOf(value).length > 0;
  },

  isTurn: (node) => memberOf(node, 'role') !== null,

  *conversations(source, value, strays) {
    return yield* readRow(source, value, strays);
  },

  reply: (_place, reply) => [
    ['role', '"assistant"'],
    ['content', JSON.stringify(reply)],
  ],
};
