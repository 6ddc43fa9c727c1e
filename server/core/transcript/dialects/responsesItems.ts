/** What the items of OpenAI's Responses say: who an item belongs to, and its pieces. */
import { listAt, memberValue, objectAt, stringAt, type JsonNode } from '../json/node.js';
import {
  insideOf,
  isNull,
  isString,
  mediaPiece,
  report,
  stringPiece,
  stringText,
  valuePiece,
  type Source,
} from '../json/pieces.js';
import type { ContentPiece, PieceKind, Role } from '../model.js';
import { detailOf } from './messageParts.js';
import { NO_TOOLS, type ToolEnds } from './toolPairs.js';
import { reportRole, writtenRole, type HiddenList, type TurnDraft } from './turns.js';

export interface ItemRead {
  /** Null for an item that is no turn: a reference, something encrypted. */
  readonly turn: TurnDraft | null;
  readonly tools: ToolEnds;
}

/** Reads one part of an item's content or output. */
function pushPart(source: Source, part: JsonNode, kind: PieceKind, hidden: HiddenList, pieces: ContentPiece[]): void {
  if (isString(part)) {
    pieces.push(stringPiece(source, kind, part));
    return;
  }
  const text = stringAt(part, 'text', 'refusal');
  const image = stringAt(part, 'image_url', 'file_id');
  const type = stringAt(part, 'type');
  const word = type ? stringText(source, type) : '';
  const data = stringAt(objectAt(part, 'input_audio'), 'data');
  if (text) pieces.push(stringPiece(source, kind, text));
  else if (word === 'input_file') hidden.add('an attached file', part);
  else if (stringAt(part, 'encrypted_content')) hidden.add('a message that is encrypted', part);
  else if (word === 'input_image' && !image && part.closed) hidden.add('an image', part);
  else if (image) pieces.push(mediaPiece(source, 'image', image, detailOf(source, part)));
  else if (data) pieces.push(mediaPiece(source, 'audio', data));
  else if (part.closed) {
    const name = word === '' ? '' : `of type "${word.slice(0, 40)}" `;
    const message = `A part ${name}is not counted: known are input_text, output_text, refusal, input_image and input_file.`;
    report(source, 'hint', 'not-counted', part, message);
  }
}

function pushContent(
  source: Source,
  content: JsonNode | null,
  kind: PieceKind,
  hidden: HiddenList,
  pieces: ContentPiece[],
): void {
  if (!content || isNull(source, content)) return;
  if (content.kind === 'array') for (const part of content.items) pushPart(source, part, kind, hidden, pieces);
  else if (isString(content) || content.kind === 'object') pushPart(source, content, kind, hidden, pieces);
  else
    report(source, 'warning', 'not-counted', content, 'The content is neither text nor a list of parts: not counted.');
}

/** What an item without a role is: whose it is, and the members that a model reads or writes of it. */
interface ItemKind {
  readonly role: Role;
  readonly pieces: readonly (readonly [kind: PieceKind, key: string])[];
  /** What of it is not in the file, unless it has results. */
  readonly hides?: string;
  readonly call?: true;
  readonly result?: true;
}

const CALL: PieceKind = 'toolCall';
const RESULT: PieceKind = 'toolResult';

const ITEM_KINDS: Readonly<Record<string, ItemKind>> = {
  function_call: {
    role: 'assistant',
    call: true,
    pieces: [
      [CALL, 'name'],
      [CALL, 'arguments'],
    ],
  },
  function_call_output: { role: 'tool', result: true, pieces: [[RESULT, 'output']] },
  custom_tool_call: {
    role: 'assistant',
    call: true,
    pieces: [
      [CALL, 'name'],
      [CALL, 'input'],
    ],
  },
  custom_tool_call_output: { role: 'tool', result: true, pieces: [[RESULT, 'output']] },
  computer_call: { role: 'assistant', call: true, pieces: [[CALL, 'action']] },
  computer_call_output: { role: 'tool', result: true, pieces: [[RESULT, 'output']] },
  local_shell_call: { role: 'assistant', call: true, pieces: [[CALL, 'action']] },
  local_shell_call_output: { role: 'tool', result: true, pieces: [[RESULT, 'output']] },
  shell_call: { role: 'assistant', call: true, pieces: [[CALL, 'action']] },
  shell_call_output: { role: 'tool', result: true, pieces: [[RESULT, 'output']] },
  apply_patch_call: { role: 'assistant', call: true, pieces: [[CALL, 'operation']] },
  apply_patch_call_output: { role: 'tool', result: true, pieces: [[RESULT, 'output']] },
  web_search_call: { role: 'assistant', pieces: [[CALL, 'action']], hides: 'what the web search found' },
  file_search_call: {
    role: 'assistant',
    pieces: [
      [CALL, 'queries'],
      [RESULT, 'results'],
    ],
    hides: 'what the file search found',
  },
  code_interpreter_call: {
    role: 'assistant',
    pieces: [
      [CALL, 'code'],
      [RESULT, 'outputs'],
    ],
  },
  tool_search_call: { role: 'assistant', pieces: [[CALL, 'arguments']] },
  tool_search_output: { role: 'tool', pieces: [[RESULT, 'tools']] },
  additional_tools: { role: 'system', pieces: [['text', 'tools']] },
  mcp_list_tools: { role: 'tool', pieces: [[RESULT, 'tools']] },
  mcp_call: {
    role: 'assistant',
    pieces: [
      [CALL, 'name'],
      [CALL, 'arguments'],
      [RESULT, 'output'],
    ],
  },
  mcp_approval_request: {
    role: 'assistant',
    pieces: [
      [CALL, 'name'],
      [CALL, 'arguments'],
    ],
  },
  program: { role: 'assistant', pieces: [[CALL, 'code']] },
  program_output: { role: 'tool', pieces: [[RESULT, 'result']] },
};

/** Kinds that say nothing of their own to the model, or not in the file. */
const SILENT: Readonly<Record<string, string>> = {
  item_reference: 'the item that a reference points at',
  compaction: 'what a compaction kept, which is encrypted',
  compaction_summary: 'what a compaction kept, which is encrypted',
  context_compaction: 'what a compaction kept, which is encrypted',
  compaction_trigger: '',
  mcp_approval_response: '',
  ghost_snapshot: '',
};

/** A call of a tool that only some server has. */
const OTHER_CALL: ItemKind = {
  role: 'assistant',
  pieces: [
    [CALL, 'name'],
    [CALL, 'arguments'],
    [CALL, 'input'],
    [CALL, 'action'],
    [RESULT, 'output'],
  ],
  hides: 'what the tool of a server found',
};

const wordOf = ({ text }: { readonly text: string }, item: JsonNode): string => {
  const type = stringAt(item, 'type');
  return type ? text.slice(type.innerStart, type.innerEnd) : '';
};

/** Whether an object is an item by its kind alone: kinds that only this API has. */
export const isOwnItem = (text: string, item: JsonNode): boolean => {
  const word = wordOf({ text }, item);
  return Object.hasOwn(ITEM_KINDS, word) || Object.hasOwn(SILENT, word) || word === 'image_generation_call';
};

/** Whether an object is an item, as far as it is typed. */
export const isItem = (item: JsonNode): boolean =>
  item.kind === 'object' && item.members.some(({ key }) => key === 'role' || key === 'type' || key === 'content');

const PART_WORD = /^(?:input_text|output_text|input_image|input_file)$/;

/** Whether a message has parts in this API's names. */
export const hasOwnParts = (text: string, item: JsonNode): boolean =>
  listAt(item, 'content')?.items.some((part) => PART_WORD.test(wordOf({ text }, part))) ?? false;

/** Reads one item. */
export function readItem(source: Source, item: JsonNode, hidden: HiddenList): ItemRead {
  const word = wordOf(source, item);
  const known = Object.hasOwn(ITEM_KINDS, word)
    ? ITEM_KINDS[word]
    : /^\w+_call$/.test(word) && word !== 'image_generation_call'
      ? OTHER_CALL
      : undefined;
  if (known) return readKnown(source, item, known, hidden);
  if (word === 'reasoning') return readReasoning(source, item, hidden);
  if (word === 'agent_message') {
    // What one agent of Codex sends to another.
    const pieces: ContentPiece[] = [];
    pushContent(source, memberValue(item, 'content'), 'text', hidden, pieces);
    return itemOf(source, item, 'user', pieces);
  }
  if (word === 'image_generation_call') {
    const result = stringAt(item, 'result');
    return itemOf(source, item, 'assistant', result ? [mediaPiece(source, 'image', result)] : []);
  }
  if (Object.hasOwn(SILENT, word)) {
    if (SILENT[word] !== '') hidden.add(SILENT[word]!, item);
    return { turn: null, tools: NO_TOOLS };
  }
  const isMessage = word === '' || word === 'message';
  if (!isMessage && !memberValue(item, 'role')) {
    const message = `An item of type "${word.slice(0, 40)}" is not known: not counted.`;
    if (item.closed) report(source, 'hint', 'not-counted', item, message);
    return { turn: null, tools: NO_TOOLS };
  }
  const written = writtenRole(source, item, 'role');
  reportRole(source, written, 'user, assistant, system and developer');
  const pieces: ContentPiece[] = [];
  pushContent(source, memberValue(item, 'content'), 'text', hidden, pieces);
  const { roleRaw, roleSpan } = written;
  const span = { start: item.start, end: item.end };
  return { turn: { role: written.role ?? 'user', roleRaw, span, roleSpan, pieces }, tools: NO_TOOLS };
}

/** An item whose kind stands for its role: the lens is placed at the kind. */
function itemOf(
  source: Source,
  item: JsonNode,
  role: Role,
  pieces: readonly ContentPiece[],
  tools: ToolEnds = NO_TOOLS,
): ItemRead {
  const type = stringAt(item, 'type')!;
  const turn = {
    role,
    roleRaw: stringText(source, type),
    span: { start: item.start, end: item.end },
    roleSpan: insideOf(type),
    pieces,
  };
  return { turn, tools };
}

function readKnown(source: Source, item: JsonNode, known: ItemKind, hidden: HiddenList): ItemRead {
  const pieces: ContentPiece[] = [];
  for (const [kind, key] of known.pieces) pushValue(source, memberValue(item, key), kind, hidden, pieces);
  if (known.hides !== undefined && pieces.every(({ kind }) => kind !== RESULT)) hidden.add(known.hides, item);
  const id = stringAt(item, 'call_id');
  const end = { id: id && stringText(source, id), span: id ? insideOf(id) : { start: item.start, end: item.end } };
  const tools: ToolEnds = known.call
    ? { calls: [end], results: [] }
    : known.result
      ? { calls: [], results: [end] }
      : NO_TOOLS;
  return itemOf(source, item, known.role, pieces, tools);
}

/** A member of an item: text, content parts, a screenshot, logs, or JSON as it is sent. */
function pushValue(
  source: Source,
  value: JsonNode | null,
  kind: PieceKind,
  hidden: HiddenList,
  pieces: ContentPiece[],
): void {
  if (!value || isNull(source, value)) return;
  if (isString(value)) pieces.push(stringPiece(source, kind, value));
  else if (kind === RESULT && value.kind === 'array')
    for (const each of value.items) pushResult(source, each, hidden, pieces);
  else if (kind === RESULT && value.kind === 'object') pushResult(source, value, hidden, pieces);
  else {
    const piece = valuePiece(source, kind, value);
    if (piece) pieces.push(piece);
  }
}

function pushResult(source: Source, result: JsonNode, hidden: HiddenList, pieces: ContentPiece[]): void {
  if (isString(result)) {
    pieces.push(stringPiece(source, RESULT, result));
    return;
  }
  const image = stringAt(result, 'image_url', 'url');
  const texts = ['filename', 'text', 'logs', 'stdout', 'stderr', 'content'].flatMap(
    (key) => stringAt(result, key) ?? [],
  );
  if (texts.length > 0) for (const text of texts) pieces.push(stringPiece(source, RESULT, text));
  else if (image) pieces.push(mediaPiece(source, 'image', image, detailOf(source, result)));
  else if (wordOf(source, result) === 'input_file') hidden.add('an attached file', result);
  else {
    const piece = valuePiece(source, RESULT, result);
    if (piece) pieces.push(piece);
  }
}

/** Thinking: its text where the file has it, else its summary; what is encrypted is no text. */
function readReasoning(source: Source, item: JsonNode, hidden: HiddenList): ItemRead {
  const texts = (key: string): (JsonNode & { kind: 'string' })[] =>
    listAt(item, key)?.items.flatMap((part) => stringAt(part, 'text') ?? []) ?? [];
  const content = texts('content');
  const pieces = (content.length > 0 ? content : texts('summary')).map((text) => stringPiece(source, 'thinking', text));
  const encrypted = stringAt(item, 'encrypted_content');
  if (encrypted && content.length === 0) hidden.add('reasoning that is encrypted', item);
  return itemOf(source, item, 'assistant', pieces);
}
