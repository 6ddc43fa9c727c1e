/**
 * ShareGPT rows: `conversations` with `from` and `value` (or `role` and `content`, as some rename them), a system prompt
 * and tools beside the list. `function_call` is the assistant's call, `observation` the tool's result.
 */
import { listAt, memberOf, stringAt, type JsonNode } from '../json/node.js';
import { isString, report, stringPiece, type Source } from '../json/pieces.js';
import type { PieceKind, Role } from '../model.js';
import { roleOf } from '../roles.js';
import type { ConversationDraft, Dialect } from './dialect.js';
import { capOf, idField, modelField, toolsField } from './request.js';
import { HiddenList, numbered, readList, reportRole, stringTurn, writtenRole, type TurnDraft } from './turns.js';

/** Names of turns that other formats do not have. */
const OWN_ROLES: ReadonlyMap<string, Role> = new Map([
  ['chatgpt', 'assistant'],
  ['bing', 'assistant'],
  ['bard', 'assistant'],
  ['claude', 'assistant'],
  ['function_call', 'assistant'],
  ['tool_call', 'assistant'],
  ['observation', 'tool'],
  ['function_response', 'tool'],
  ['tool_response', 'tool'],
]);
const FROM_KEYS = ['from', 'role', 'user'] as const;
const VALUE_KEYS = ['value', 'content', 'text', 'markdown'] as const;
const TURN_KEYS: ReadonlySet<string> = new Set([...FROM_KEYS, ...VALUE_KEYS]);
const LIST_KEYS = ['conversations', 'conversation', 'items', 'messages', 'dialog', 'dialogue'] as const;
const ITEMS_LOOKED_AT = 50;
/** Keys of what is sent with a conversation and lies in other files. */
const ELSEWHERE = [
  ['images', 'the pictures that "images" points at'],
  ['image', 'the picture that "image" points at'],
  ['audios', 'the recordings that "audios" points at'],
  ['videos', 'the videos that "videos" points at'],
] as const;
/** Loaders that want questions and answers in turn. */
const QUESTIONS: ReadonlySet<Role> = new Set<Role>(['user', 'tool']);

const shareRole = (word: string): Role | null => roleOf(word) ?? OWN_ROLES.get(word.toLowerCase()) ?? null;

/** The first of `keys` that the object has; the first of all for none. */
function keyOf(node: JsonNode, keys: readonly string[]): string {
  for (const key of keys) if (memberOf(node, key)) return key;
  return keys[0]!;
}

const fromKey = (node: JsonNode): string => keyOf(node, FROM_KEYS);
const valueKey = (node: JsonNode): string => keyOf(node, VALUE_KEYS);

export const isShareTurn = (node: JsonNode): boolean =>
  node.kind === 'object' && (memberOf(node, 'from') !== null || memberOf(node, 'value') !== null);

const isTurn = (node: JsonNode): boolean =>
  node.kind === 'object' && node.members.some(({ key }) => TURN_KEYS.has(key));

/** A turn beyond doubt: `from` with a known name, and `value`. */
function isOwnTurn(text: string, node: JsonNode): boolean {
  const from = stringAt(node, 'from');
  return (
    from !== null && shareRole(text.slice(from.innerStart, from.innerEnd)) !== null && memberOf(node, 'value') !== null
  );
}

export function readShareTurn(source: Source, node: JsonNode): TurnDraft {
  const written = writtenRole(source, node, fromKey(node), shareRole);
  reportRole(source, written, 'human, gpt, system, function_call, observation and tool');
  const { roleRaw, roleSpan } = written;
  const role = written.role ?? 'user';
  const isCall = roleRaw === 'function_call' || roleRaw === 'tool_call';
  const kind: PieceKind = isCall ? 'toolCall' : role === 'tool' ? 'toolResult' : 'text';
  const value = memberOf(node, valueKey(node))?.value ?? null;
  if (value && !isString(value) && value.closed) {
    report(source, 'warning', 'not-counted', value, 'The text of a turn stands in double quotes: not counted.');
  }
  const pieces = isString(value) ? [stringPiece(source, kind, value)] : [];
  return { role, roleRaw, span: { start: node.start, end: node.end }, roleSpan, pieces };
}

/** Turns of a list, and a hint where questions and answers do not alternate: loaders leave such rows out. */
function* readTurns(
  source: Source,
  list: readonly JsonNode[],
  strays: readonly JsonNode[],
): Generator<void, TurnDraft[]> {
  const turns = yield* readList(source, list, strays, {
    isTurn,
    isStranded: (node) => memberOf(node, 'from') !== null,
    read: (node) => readShareTurn(source, node),
    lacks: 'no "from", no "value"',
  });
  const spoken = turns.filter(({ role }) => role !== 'system');
  const wrong = source.broken
    ? undefined
    : spoken.find(({ role, roleRaw }, index) => roleRaw !== '' && QUESTIONS.has(role) !== (index % 2 === 0));
  if (wrong) {
    const message =
      'Questions (human, observation) and answers (gpt, function_call) do not alternate here: some loaders leave this conversation out.';
    report(source, 'hint', 'role-order', wrong.roleSpan, message);
  }
  return turns;
}

const listOf = (value: JsonNode): JsonNode | null => (value.kind === 'array' ? value : listAt(value, ...LIST_KEYS));

export const sharegpt: Dialect = {
  id: 'sharegpt',
  trace: /"(?:from|conversations)"\s*:/,

  recognises(text, value) {
    const list = listOf(value);
    if (!list) return false;
    const items = list.items.slice(0, ITEMS_LOOKED_AT);
    if (items.some((item) => isOwnTurn(text, item))) return true;
    // Renamed keys: the list's own name tells.
    return (
      value.kind === 'object' &&
      listAt(value, 'conversations') === list &&
      items.some((item) => {
        const role = stringAt(item, 'role', 'user');
        return (
          role !== null &&
          shareRole(text.slice(role.innerStart, role.innerEnd)) !== null &&
          VALUE_KEYS.some((key) => memberOf(item, key))
        );
      })
    );
  },

  accepts(_text, value) {
    if (value.kind === 'array') return value.items.slice(0, ITEMS_LOOKED_AT).some(isShareTurn);
    return listAt(value, 'conversations', 'items') !== null || isShareTurn(value) || stringAt(value, 'system') !== null;
  },

  isTurn: isShareTurn,

  *conversations(source, value, strays): Generator<void, ConversationDraft[]> {
    const turns = yield* readTurns(source, listOf(value)?.items ?? (isShareTurn(value) ? [value] : []), strays);
    const span = { start: value.start, end: value.end };
    if (value.kind === 'array') return [{ span, turns: numbered(turns), parameters: {} }];
    const system =
      stringTurn(source, 'system', value, 'system') ?? stringTurn(source, 'system', value, 'system_prompt');
    const hidden = new HiddenList();
    for (const [key, what] of ELSEWHERE) {
      const member = memberOf(value, key);
      if (!member) continue;
      const isEmpty = member.value?.kind === 'array' && member.value.items.length === 0;
      if (!isEmpty) hidden.addMembers(source, value, { [key]: what });
    }
    return [
      {
        ...idField(source, value, 'id', 'conversation_id'),
        span,
        turns: numbered(system ? [system, ...turns] : turns),
        ...modelField(source, value, 'model'),
        ...toolsField(source, value, 'tools'),
        parameters: capOf(source, value, 'max_tokens'),
        ...hidden.field,
      },
    ];
  },

  reply({ text, list, after }, reply) {
    const words = list.items.flatMap((item) => {
      const from = stringAt(item, fromKey(item));
      return from ? text.slice(from.innerStart, from.innerEnd) : [];
    });
    // The assistant's name as this conversation has it; else as its user's name suggests.
    const known = words.find((word) => shareRole(word) === 'assistant' && !/_call$/.test(word));
    const name = known ?? (words.some((word) => word === 'user') ? 'assistant' : 'gpt');
    return [
      [fromKey(after), `"${name}"`],
      [valueKey(after), JSON.stringify(reply)],
    ];
  },
};
