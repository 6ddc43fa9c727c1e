/**
 * Preference data: a prompt with candidate answers (`chosen` and `rejected`; OpenAI's `preferred_output` and
 * `non_preferred_output`; the one `completion` of KTO and prompt-completion rows). Each candidate is a conversation of
 * its own that begins with the shared prompt. A candidate may be text, a message, a list of messages, or a whole
 * conversation with tags.
 */
import { listAt, memberOf, memberValue, objectAt, stringAt, type JsonMember, type JsonNode } from '../json/node.js';
import { isString, stringPiece, type Source } from '../json/pieces.js';
import { alpacaPrompt } from './alpaca.js';
import type { ConversationDraft, Dialect } from './dialect.js';
import { isMessage, readMessages } from './openaiChat.js';
import { idField, modelField, toolsField } from './request.js';
import { isShareTurn, readShareTurn } from './sharegpt.js';
import { isTagged, taggedTurns } from './taggedString.js';
import { saysSomething } from './ultrachat.js';
import { HiddenList, memberTurn, numbered, stringTurn, type TurnDraft } from './turns.js';
import { decodeJsonString } from '../textMap.js';

const PAIRS = [
  ['chosen', 'rejected'],
  ['chosen_messages', 'rejected_messages'],
  ['chosen_response', 'rejected_response'],
  ['preferred_output', 'non_preferred_output'],
] as const;
/** Names that other rows have too: of candidates only where a prompt stands beside them. */
const ANSWERS = [
  ['response_0', 'response_1'],
  ['response_a', 'response_b'],
  ['response_j', 'response_k'],
  ['output_1', 'output_2'],
] as const;
/** One answer to a prompt; the last of a dataset of calls, whose tools stand beside it. */
const SINGLES = ['completion', 'response', 'answers'] as const;
/** A row has few members: what has more is something else. */
const MOST_MEMBERS = 20;
const PROMPT_KEYS = ['prompt', 'question', 'query'] as const;
const PROMPT_LISTS = ['conversations', 'messages', 'prompt'] as const;

const isSaid = (value: JsonNode | null): boolean =>
  value !== null && (isString(value) || value.kind === 'array' || (value.kind === 'object' && isSpoken(value)));
const isSpoken = (node: JsonNode): boolean => isShareTurn(node) || isMessage(node);

/** The members that hold candidates, in source order. */
function candidatesOf(row: JsonNode): JsonMember[] {
  const keys: readonly string[] =
    PAIRS.find((pair) => pair.some((key) => isSaid(memberValue(row, key)))) ??
    ANSWERS.find((pair) => pair.every((key) => isSaid(memberValue(row, key)))) ??
    SINGLES.filter((key) => isSaid(memberValue(row, key))).slice(0, 1);
  return keys
    .flatMap((key) => memberOf(row, key) ?? [])
    .filter(({ value }) => isSaid(value))
    .sort((a, b) => a.keyStart - b.keyStart);
}

/** A list of messages, or a text: as turns. A text that is no conversation with tags is one turn of `role`. */
function* said(
  source: Source,
  member: JsonMember,
  role: 'user' | 'assistant',
  hidden: HiddenList,
): Generator<void, TurnDraft[]> {
  const { value } = member;
  if (!value) return [];
  if (isString(value)) {
    const { text } = source;
    const inside = decodeJsonString(text.slice(value.innerStart, value.innerEnd));
    if (isTagged(inside, !value.closed)) return taggedTurns(source, value);
    return [memberTurn(role, member, [stringPiece(source, 'text', value)])];
  }
  const list = value.kind === 'array' ? value.items : [value];
  if (list.some(isShareTurn)) return list.filter(isSpoken).map((node) => readShareTurn(source, node));
  return yield* readMessages(source, list, [], hidden);
}

/** What every candidate answers. */
function* promptTurns(source: Source, row: JsonNode, hidden: HiddenList): Generator<void, TurnDraft[]> {
  const input = objectAt(row, 'input');
  const member = input ? memberOf(input, 'messages') : null;
  if (member) return yield* said(source, member, 'user', hidden);
  const system = stringTurn(source, 'system', row, 'system');
  const listKey = PROMPT_LISTS.find((key) => listAt(row, key));
  const textKey = PROMPT_KEYS.find((key) => stringAt(row, key));
  if (listKey === undefined && textKey === undefined) return alpacaPrompt(source, row);
  const prompt = yield* said(source, memberOf(row, listKey ?? textKey!)!, 'user', hidden);
  return system ? [system, ...prompt] : prompt;
}

const hasPrompt = (row: JsonNode): boolean =>
  stringAt(row, 'system', 'instruction') !== null ||
  PROMPT_KEYS.some((key) => stringAt(row, key)) ||
  PROMPT_LISTS.some((key) => listAt(row, key)) ||
  listAt(objectAt(row, 'input'), 'messages') !== null;

/**
 * Whether the candidates of a row repeat the prompt: where it is text beside lists, they may; then they begin with what
 * is not the assistant's.
 */
const repeatsPrompt = (
  row: JsonNode,
  candidates: readonly { member: JsonMember; turns: readonly TurnDraft[] }[],
): boolean =>
  PROMPT_LISTS.every((key) => !listAt(row, key)) &&
  candidates.some(
    ({ member, turns: [first] }) =>
      [...PAIRS[0], ...PAIRS[1]].some((key) => key === member.key) && first && first.role !== 'assistant',
  );

function* readRow(source: Source, row: JsonNode): Generator<void, ConversationDraft[]> {
  const shared = new HiddenList();
  const members = candidatesOf(row);
  const candidates: { readonly member: JsonMember; readonly turns: TurnDraft[]; readonly hidden: HiddenList }[] = [];
  for (const member of members) {
    const hidden = new HiddenList();
    candidates.push({ member, turns: yield* said(source, member, 'assistant', hidden), hidden });
  }
  const prompt = repeatsPrompt(row, candidates) ? [] : yield* promptTurns(source, row, shared);
  const input = objectAt(row, 'input');
  const { id } = idField(source, row, 'prompt_id', 'id');
  if (candidates.length === 0) {
    // Candidates yet to be typed.
    return [{ span: { start: row.start, end: row.end }, turns: numbered(prompt), parameters: {}, ...shared.field }];
  }
  return candidates.map(({ member, turns, hidden }, index) => ({
    ...(id === undefined ? {} : { id: candidates.length > 1 ? `${id} ${member.key}` : id }),
    ...(candidates.length > 1 ? { title: member.key } : {}),
    // The row is shared out, so that each place is in one conversation.
    span: {
      start: index === 0 ? row.start : member.keyStart,
      end: index === candidates.length - 1 ? row.end : (member.value?.end ?? member.keyEnd),
    },
    turns: numbered([...prompt, ...turns]),
    ...modelField(source, row, 'model'),
    ...toolsField(source, input ?? row, 'tools'),
    parameters: {},
    ...shared.and(hidden).field,
  }));
}

export const preferencePairs: Dialect = {
  id: 'preference-pairs',
  trace: /"(?:chosen(?:_messages|_response)?|preferred_output|completion|response(?:_[0ajk])?|output_1|answers)"\s*:/,

  recognises(text, value) {
    if (value.kind !== 'object') return false;
    if (PAIRS.some((pair) => pair.every((key) => isSaid(memberValue(value, key))))) return true;
    if (value.members.length > MOST_MEMBERS) return false;
    // Forms have these names too, and no sentence in them.
    const says = (key: string): boolean => {
      const said = memberValue(value, key);
      return said !== null && isSaid(said) && (!isString(said) || saysSomething(text, said));
    };
    const hasQuestion = [...PROMPT_KEYS, 'instruction'].some((key) => stringAt(value, key));
    const answers = ANSWERS.find((pair) => pair.every((key) => isSaid(memberValue(value, key))));
    if (hasQuestion && answers?.some(says)) return true;
    const prompt = memberValue(value, 'prompt') ?? stringAt(value, 'query');
    if (!isSaid(prompt) || prompt?.kind === 'object') return false;
    if (isSaid(memberValue(value, 'completion'))) return true;
    if (!says('prompt') && !says('query')) return false;
    if (isSaid(memberValue(value, 'response'))) return true;
    return memberOf(value, 'tools') !== null && isSaid(memberValue(value, 'answers'));
  },

  accepts(_text, value) {
    return candidatesOf(value).length > 0 || hasPrompt(value);
  },

  *conversations(source, value) {
    return yield* readRow(source, value);
  },
};
