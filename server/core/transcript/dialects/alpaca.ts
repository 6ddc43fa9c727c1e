/**
 * Alpaca rows: `instruction` with `input`, `output`, and beside them a system prompt and a history of pairs. Rows in the
 * names of Dolly (`context`, `response`) are read as well.
 */
import { listAt, memberOf, stringAt, type JsonMember, type JsonNode } from '../json/node.js';
import { isString, stringPiece, type Source } from '../json/pieces.js';
import type { ContentPiece, Role } from '../model.js';
import type { ConversationDraft, Dialect } from './dialect.js';
import { idField, modelField } from './request.js';
import { keySpan, memberSpan, numbered, stringTurn, type TurnDraft } from './turns.js';

const INPUT_KEYS = ['input', 'context'] as const;
const OUTPUT_KEYS = ['output', 'response'] as const;

/** The first member of `keys` whose value is a string. */
const stringMember = (row: JsonNode, keys: readonly string[]): JsonMember | null => {
  const key = keys.find((each) => stringAt(row, each));
  return key === undefined ? null : memberOf(row, key);
};

/** Pairs of a question and an answer that come first. */
function historyTurns(source: Source, row: JsonNode): TurnDraft[] {
  return (listAt(row, 'history')?.items ?? []).flatMap((pair) =>
    pair.items.flatMap((text, index) =>
      isString(text) ? itemTurn(source, index % 2 === 0 ? 'user' : 'assistant', text) : [],
    ),
  );
}

/** A turn that is one string of a list. */
export function itemTurn(source: Source, role: Role, node: JsonNode): TurnDraft {
  const span = { start: node.start, end: node.end };
  return {
    role,
    roleRaw: '',
    span,
    roleSpan: { start: node.start, end: Math.min(node.start + 1, node.end) },
    pieces: [stringPiece(source, 'text', node)],
  };
}

/** The user's turn: instruction and input, in the order in which they are read. Null where the row has neither. */
export function instructionTurn(source: Source, row: JsonNode): TurnDraft | null {
  const members = [stringMember(row, ['instruction']), stringMember(row, INPUT_KEYS)].flatMap((member) => member ?? []);
  const [first] = members;
  if (!first) return null;
  const pieces: ContentPiece[] = members
    .map(({ value }) => stringPiece(source, 'text', value!))
    .filter(({ text }, index) => index === 0 || text.trim() !== '');
  const spans = members.map(memberSpan);
  return {
    role: 'user',
    roleRaw: '',
    span: { start: Math.min(...spans.map(({ start }) => start)), end: Math.max(...spans.map(({ end }) => end)) },
    roleSpan: keySpan(first),
    pieces,
  };
}

/** Everything of a row that comes before the answer. */
export function alpacaPrompt(source: Source, row: JsonNode): TurnDraft[] {
  const system = stringTurn(source, 'system', row, 'system');
  const user = instructionTurn(source, row);
  return [...(system ? [system] : []), ...historyTurns(source, row), ...(user ? [user] : [])];
}

export const alpaca: Dialect = {
  id: 'alpaca',
  trace: /"instruction"\s*:/,

  recognises(_text, value) {
    return stringAt(value, 'instruction') !== null && stringMember(value, OUTPUT_KEYS) !== null;
  },

  accepts(_text, value) {
    return stringAt(value, 'instruction', 'output') !== null;
  },

  *conversations(source, value): Generator<void, ConversationDraft[]> {
    yield;
    const output = OUTPUT_KEYS.map((key) => stringTurn(source, 'assistant', value, key)).find((turn) => turn !== null);
    return [
      {
        ...idField(source, value, 'id'),
        span: { start: value.start, end: value.end },
        turns: numbered([...alpacaPrompt(source, value), ...(output ? [output] : [])]),
        ...modelField(source, value, 'model'),
        parameters: {},
      },
    ];
  },
};
