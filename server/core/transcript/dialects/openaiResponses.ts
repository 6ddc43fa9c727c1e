/**
 * OpenAI's Responses: `instructions` beside the list is read first; `input` is text or a list of items, and a response
 * has its items in `output`. Adjacent items of the assistant (reasoning, calls, messages) are one turn, as one response
 * writes them.
 */
import { append } from '../append.js';
import { listAt, memberOf, memberValue, objectAt, stringAt, type JsonNode } from '../json/node.js';
import { isNull, isString, stringPiece, type Source } from '../json/pieces.js';
import type { ConversationDraft, Dialect } from './dialect.js';
import { capOf, idField, modelField, toolsField, usageField } from './request.js';
import { hasOwnParts, isItem, isOwnItem, readItem, type ItemRead } from './responsesItems.js';
import { reportToolPairs, type ToolEnd, type ToolEnds } from './toolPairs.js';
import {
  HiddenList,
  keySpan,
  memberSpan,
  memberTurn,
  mergeReplies,
  numbered,
  readList,
  stringTurn,
  type TurnDraft,
} from './turns.js';

const ITEMS_LOOKED_AT = 50;

/** Keys of a request that tell it from other JSON with an `input`. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  'instructions',
  'max_output_tokens',
  'previous_response_id',
  'reasoning',
  'store',
  'truncation',
  'tool_choice',
  'temperature',
  'top_p',
  'background',
]);
const OWN_MODEL = /(?:^|\/)(?:gpt-|o\d|chatgpt|codex|computer-use)/;
/** Models of other endpoints that also take an `input`. */
const OTHER_MODEL = /embedding|moderation|^tts-|-tts|whisper|transcribe|rerank/;

const isOwn = (text: string, item: JsonNode): boolean => isOwnItem(text, item) || hasOwnParts(text, item);

function isRequest(text: string, value: JsonNode, input: JsonNode): boolean {
  const list = input.kind === 'array' ? input.items.slice(0, ITEMS_LOOKED_AT) : [];
  if (list.some((item) => isOwn(text, item))) return true;
  const model = stringAt(value, 'model');
  const name = model ? text.slice(model.innerStart, model.innerEnd) : '';
  const isPrompt = memberOf(value, 'instructions') !== null || memberOf(value, 'max_output_tokens') !== null;
  const isSent = name !== '' && !OTHER_MODEL.test(name);
  // A list of plain messages, and nothing else that tells.
  if (list.some((item) => stringAt(item, 'role') && memberValue(item, 'content'))) return isPrompt || isSent;
  if (!isString(input) || memberOf(value, 'messages')) return false;
  return isSent && (OWN_MODEL.test(name) || value.members.some(({ key }) => OWN_KEYS.has(key)));
}

/** A response or the request of one: its items, and where they stand. */
function listOf(value: JsonNode): readonly JsonNode[] {
  if (value.kind === 'array') return value.items;
  const lists = ['input', 'output'].flatMap((key) => listAt(value, key)?.items ?? []);
  if (lists.length > 0 || memberOf(value, 'input') || memberOf(value, 'output')) return lists;
  return isItem(value) ? [value] : [];
}

/** Tool calls and results by turn, those of adjacent items of the assistant together. */
function toolsByTurn(read: readonly ItemRead[]): ToolEnds[] {
  const groups: { assistant: boolean; ends: { calls: ToolEnd[]; results: ToolEnd[] } }[] = [];
  for (const { turn, tools } of read) {
    if (!turn) continue;
    const assistant = turn.role === 'assistant';
    const last = groups.at(-1);
    if (last && assistant && last.assistant) {
      append(last.ends.calls, tools.calls);
      append(last.ends.results, tools.results);
    } else groups.push({ assistant, ends: { calls: [...tools.calls], results: [...tools.results] } });
  }
  return groups.map(({ ends }) => ends);
}

/** `instructions`: text, or in a response a list of items. */
function* instructionTurns(source: Source, value: JsonNode, hidden: HiddenList): Generator<void, TurnDraft[]> {
  const text = stringTurn(source, 'system', value, 'instructions');
  if (text) return [text];
  const list = listAt(value, 'instructions');
  if (!list) return [];
  const read = yield* readItems(source, list.items, [], hidden);
  return read.flatMap(({ turn }) => turn ?? []);
}

function* readItems(
  source: Source,
  list: readonly JsonNode[],
  strays: readonly JsonNode[],
  hidden: HiddenList,
): Generator<void, ItemRead[]> {
  return yield* readList(source, list, strays, {
    isTurn: isItem,
    isStranded: (node) => isOwnItem(source.text, node) || node.members.some(({ key }) => key === 'role'),
    read: (node) => readItem(source, node, hidden),
    lacks: 'no role, no type',
  });
}

/** `input` that is text: one turn of the user. */
function inputTurn(source: Source, value: JsonNode): TurnDraft | null {
  const member = memberOf(value, 'input');
  if (!member || !isString(member.value)) return null;
  return memberTurn('user', member, [stringPiece(source, 'text', member.value)]);
}

function hideRest(source: Source, value: JsonNode, hidden: HiddenList): void {
  hidden.addMembers(source, value, {
    previous_response_id: 'the messages before previous_response_id',
    conversation: 'the items of the conversation that it continues',
    prompt: 'the stored prompt that "prompt" names',
  });
  const text = memberOf(value, 'text');
  const format = objectAt(text?.value ?? null, 'format');
  if (text && format && memberValue(format, 'schema')) {
    hidden.add('the schema of "text.format", in the words of the server', memberSpan(text));
  }
  const isReply = listAt(value, 'output') !== null && memberOf(value, 'input') === null;
  if (isReply) hidden.add('the input that this response answers', keySpan(memberOf(value, 'output')!));
}

export const openaiResponses: Dialect = {
  id: 'openai-responses',
  trace: /"(?:input|output|input_text|output_text|function_call_output)"/,
  mergesReplies: true,

  recognises(text, value) {
    if (value.kind === 'array') {
      const items = value.items.slice(0, ITEMS_LOOKED_AT);
      return items.some((item) => isOwn(text, item) && isItem(item));
    }
    const input = memberValue(value, 'input');
    if (input) return isRequest(text, value, input);
    const output = listAt(value, 'output');
    return output !== null && output.items.some((item) => isOwn(text, item));
  },

  accepts(_text, value) {
    if (value.kind === 'array') return value.items.slice(0, ITEMS_LOOKED_AT).some(isItem);
    const input = memberValue(value, 'input');
    if (isString(input) || input?.kind === 'array' || listAt(value, 'output') !== null) return true;
    return isItem(value) || stringAt(value, 'instructions') !== null;
  },

  isTurn: isItem,

  *conversations(source, value, strays): Generator<void, ConversationDraft[]> {
    const hidden = new HiddenList();
    const read = yield* readItems(source, listOf(value), strays, hidden);
    const hasPast = ['previous_response_id', 'conversation'].some((key) => {
      const past = memberValue(value, key);
      return past !== null && !isNull(source, past);
    });
    reportToolPairs(source, toolsByTurn(read), hasPast);
    const turns = mergeReplies(read.flatMap(({ turn }) => turn ?? []));
    const span = { start: value.start, end: value.end };
    if (value.kind === 'array') return [{ span, turns: numbered(turns), parameters: {}, ...hidden.field }];
    const system = yield* instructionTurns(source, value, hidden);
    const input = inputTurn(source, value);
    const all = [...system, ...(input ? [input] : []), ...turns];
    const last = all.at(-1);
    if (last?.role === 'assistant' && listAt(value, 'output')) {
      all[all.length - 1] = { ...last, ...usageField(source, value) };
    }
    hideRest(source, value, hidden);
    const id = memberValue(value, 'id');
    return [
      {
        ...(id && !isNull(source, id) && memberOf(value, 'output') ? idField(source, value, 'id') : {}),
        span,
        turns: numbered(all),
        ...modelField(source, value, 'model'),
        ...toolsField(source, value, 'tools'),
        parameters: capOf(source, value, 'max_output_tokens'),
        ...hidden.field,
      },
    ];
  },

  reply: ({ after }, reply) => [
    ...(memberOf(after, 'type') && memberOf(after, 'role') ? [['type', '"message"'] as const] : []),
    ['role', '"assistant"'],
    ['content', JSON.stringify(reply)],
  ],
};
