/**
 * OpenAI's chat messages: a bare list of them, one on its own, a request around them, a row of a dataset or of
 * fine-tuning data, and the response with its `choices`. Every message is a turn of its own: the API merges none.
 */
import { listAt, memberOf, memberValue, objectAt, stringAt, type JsonMember, type JsonNode } from '../json/node.js';
import { isNull, isString, report, stringText, type Source } from '../json/pieces.js';
import { roleOf } from '../roles.js';
import type { ConversationDraft, Dialect } from './dialect.js';
import { messagePieces, messageTools } from './openaiMessage.js';
import { bareReply, completion, hasPrompt, holdsReply, isBareReply, isCompletion } from './completions.js';
import { capOf, idField, modelField, toolsField, usageField } from './request.js';
import { reportToolPairs, type ToolEnds } from './toolPairs.js';
import {
  HiddenList,
  memberSpan,
  numbered,
  readList,
  reportDuplicates,
  reportRole,
  writtenRole,
  type TurnDraft,
} from './turns.js';

/** Keys that make an object a chat message. */
const MESSAGE_KEYS: ReadonlySet<string> = new Set([
  'content',
  'tool_calls',
  'function_call',
  'refusal',
  'reasoning_content',
  'parts',
]);
const SINGLE_KEYS: ReadonlySet<string> = new Set(['role', 'content', 'tool_calls']);
const KNOWN_ROLES = 'system, developer, user, assistant, tool and function';

/** Whether an object says something as a chat message does (its role may still be missing). */
export const isMessage = (node: JsonNode): boolean =>
  node.kind === 'object' && node.members.some(({ key }) => key === 'role' || MESSAGE_KEYS.has(key));

/** A message whose role is known and that has content: a list of people with roles has none. */
export function isChatMessage(text: string, node: JsonNode): boolean {
  const role = memberValue(node, 'role');
  if (!isString(role) || roleOf(text.slice(role.innerStart, role.innerEnd)) === null) return false;
  if (node.members.some(({ key }) => key === 'content' || key === 'tool_calls' || key === 'function_call')) return true;
  return listAt(node, 'parts')?.items.some((part) => memberOf(part, 'type')) ?? stringAt(node, 'refusal') !== null;
}

/** A turn and what it has of tool calls and results. */
export interface MessageRead {
  readonly turn: TurnDraft;
  readonly tools: ToolEnds;
}

/** The turn of a message object. Its problems go to `source`. */
export function readMessage(source: Source, node: JsonNode, hidden: HiddenList): MessageRead {
  const written = writtenRole(source, node, 'role');
  reportRole(source, written, KNOWN_ROLES);
  reportDuplicates(source, node, SINGLE_KEYS);
  reportWeight(source, node);
  const { roleRaw, roleSpan } = written;
  const role = written.role ?? 'user';
  const pieces = messagePieces(source, node, role === 'tool', hidden);
  const name = memberValue(node, 'name');
  const turn: TurnDraft = { role, roleRaw, span: { start: node.start, end: node.end }, roleSpan, pieces };
  return {
    turn: isString(name) ? { ...turn, name: stringText(source, name) } : turn,
    tools: messageTools(source, node, written),
  };
}

/** Fine-tuning: `weight` says whether an assistant message is a target. It is read as context either way. */
function reportWeight(source: Source, node: JsonNode): void {
  const weight = memberValue(node, 'weight');
  if (!weight || isNull(source, weight) || /^[01](?:\.0*)?$/.test(source.text.slice(weight.start, weight.end))) return;
  report(source, 'warning', 'bad-weight', weight, 'Fine-tuning knows the weights 0 and 1 only.');
}

/** Reads a list of messages. */
export function* readMessages(
  source: Source,
  list: readonly JsonNode[],
  strays: readonly JsonNode[],
  hidden: HiddenList,
): Generator<void, TurnDraft[]> {
  const read = yield* readList(source, list, strays, {
    isTurn: isMessage,
    isStranded: (node) => node.members.some(({ key }) => key === 'role'),
    read: (node) => readMessage(source, node, hidden),
    lacks: 'no role, no content',
  });
  reportToolPairs(
    source,
    read.map(({ tools }) => tools),
  );
  return read.map(({ turn }) => turn);
}

/** Something beside `messages` that is sent too and that this format does not count. */
function reportUncounted(source: Source, request: JsonNode): void {
  const system = memberOf(request, 'system');
  if (!system?.value || isNull(source, system.value)) return;
  const message = '"system" beside "messages" is not counted: put it into the list as a message of role system.';
  report(source, 'hint', 'not-counted', { start: system.keyStart, end: system.keyEnd }, message);
}

/** What a request sends beside messages and tools. */
function hideRequest(source: Source, request: JsonNode, hidden: HiddenList): void {
  hidden.addMembers(source, request, {
    prediction: 'the text of "prediction", which the server checks the reply against',
  });
  const format = memberOf(request, 'response_format');
  if (format?.value && memberValue(format.value, 'json_schema')) {
    hidden.add('the schema of "response_format", in the words of the server', memberSpan(format));
  }
}

/** A response: each choice is a reply to a request that is not in the file. */
function choicesOf(source: Source, response: JsonNode, choices: JsonNode): ConversationDraft[] {
  const messages = choices.items.flatMap((choice) => objectAt(choice, 'message') ?? []).filter(isMessage);
  const member = memberOf(response, 'choices')!;
  return messages.map((message) => {
    const hidden = new HiddenList();
    hidden.add('the request that this reply answers', { start: member.keyStart, end: member.keyEnd });
    const { turn } = readMessage(source, message, hidden);
    const whole = messages.length === 1;
    return {
      ...(whole ? idField(source, response, 'id') : {}),
      span: whole ? { start: response.start, end: response.end } : turn.span,
      turns: numbered([whole ? { ...turn, ...usageField(source, response) } : turn]),
      ...modelField(source, response, 'model'),
      parameters: {},
      ...hidden.field,
    };
  });
}

/** What rows, logs and saved sessions call their messages. */
const LIST_NAME = /message|conversation|chat|dialog|history|traj|transcript|turns|^(?:input|prompt|question|context)$/i;

/**
 * Where a row, a log or a saved session has its messages: `messages`, or the first member of such a name that is a list of
 * them beyond doubt. Turns may come in groups, one for each time that the user speaks.
 */
function listMember(text: string, value: JsonNode): JsonMember | null {
  if (value.kind !== 'object') return null;
  const messages = memberOf(value, 'messages');
  if (messages?.value) return messages;
  const isOwn = (item: JsonNode): boolean =>
    item.kind === 'array' ? someItem(item, isOwn) : isChatMessage(text, item);
  return (
    value.members.find(
      ({ key, value: list }) => LIST_NAME.test(key) && list?.kind === 'array' && someItem(list, isOwn),
    ) ?? null
  );
}

/** The messages of a list, those of groups in it one after the other. */
const flat = (items: readonly JsonNode[]): readonly JsonNode[] =>
  items.some(({ kind }) => kind === 'array')
    ? items.flatMap((item) => (item.kind === 'array' ? item.items : [item]))
    : items;

/** The list of messages of a value: its own, or that of a request; a single message counts as a list of one. */
function messagesOf(text: string, value: JsonNode): readonly JsonNode[] {
  if (value.kind === 'array') return value.items;
  const messages = listMember(text, value)?.value;
  if (messages?.kind === 'array') return flat(messages.items);
  if (messages?.kind === 'object') return [messages];
  return isMessage(value) ? [value] : [];
}

/** What rows of datasets keep beside the messages and mark in them with a word or an empty part. */
const FILES = [
  ['images', 'image', 'the pictures that "images" points at'],
  ['audios', 'audio', 'the recordings that "audios" points at'],
  ['videos', 'video', 'the videos that "videos" points at'],
] as const;

function hideFiles(source: Source, row: JsonNode, turns: readonly TurnDraft[], hidden: HiddenList): void {
  for (const [key, kind, what] of FILES) {
    const isCounted = turns.some(({ pieces }) => pieces.some((piece) => piece.kind === kind));
    if (!isCounted && (listAt(row, key)?.items.length ?? 0) > 0) hidden.addMembers(source, row, { [key]: what });
  }
}

/** How many elements of a list tell what it is a list of. */
const ITEMS_LOOKED_AT = 50;

const someItem = (list: JsonNode | null, test: (item: JsonNode) => boolean): boolean =>
  list !== null && list.items.slice(0, ITEMS_LOOKED_AT).some(test);

export const openaiChat: Dialect = {
  id: 'openai-chat',
  trace: /"(?:role|prompt)"\s*:/,

  recognises(text, value) {
    if (value.kind === 'array') return someItem(value, (item) => isChatMessage(text, item));
    const messages = memberValue(value, 'messages');
    if (messages) return someItem(messages, (item) => isChatMessage(text, item));
    const isReply = (choice: JsonNode): boolean => isChatMessage(text, objectAt(choice, 'message') ?? choice);
    if (someItem(listAt(value, 'choices'), isReply) || isChatMessage(text, value)) return true;
    return isBareReply(text, value) || isCompletion(value) || listMember(text, value) !== null;
  },

  accepts(text, value) {
    if (value.kind === 'array') return someItem(value, isMessage);
    const messages = memberValue(value, 'messages');
    if (messages?.kind === 'array' || messages?.kind === 'object') return true;
    return isMessage(value) || holdsReply(text, value) || hasPrompt(value) || this.recognises(text, value);
  },

  isTurn: isMessage,

  *conversations(source, value, strays) {
    const choices = listAt(value, 'choices');
    if (choices && !memberValue(value, 'messages')) return choicesOf(source, value, choices);
    if (!isMessage(value) && !listMember(source.text, value)) {
      if (holdsReply(source.text, value)) return [bareReply(source, value)];
      if (hasPrompt(value)) return completion(source, value);
    }
    const hidden = new HiddenList();
    const turns = yield* readMessages(source, messagesOf(source.text, value), strays, hidden);
    const span = { start: value.start, end: value.end };
    if (!listMember(source.text, value)) {
      return [{ span, turns: numbered(turns), parameters: {}, ...hidden.field }];
    }
    hideFiles(source, value, turns, hidden);
    reportUncounted(source, value);
    hideRequest(source, value, hidden);
    return [
      {
        ...idField(source, value, 'prompt_id', 'conversation_id', 'id'),
        span,
        turns: numbered(turns),
        ...modelField(source, value, 'model'),
        ...toolsField(source, value, 'tools', 'functions', 'function'),
        parameters: {
          ...capOf(source, objectAt(value, 'options'), 'num_predict'),
          ...capOf(source, value, 'max_completion_tokens', 'max_tokens'),
        },
        ...hidden.field,
      },
    ];
  },

  reply: (_place, reply) => [
    ['role', '"assistant"'],
    ['content', JSON.stringify(reply)],
  ],
};
