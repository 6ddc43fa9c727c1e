/**
 * Claude's data export, `conversations.json`: `chat_messages` with a sender, their text twice (`text` and `content`; it
 * is counted once, from `content` where that has any) and what attachments said. It names no model.
 */
import { append } from '../append.js';
import { memberOf, memberValue, type JsonNode } from '../json/node.js';
import { isString, stringPiece, valuePiece, type Source } from '../json/pieces.js';
import { HiddenList, mergeReplies, memberSpan, numbered, type TurnDraft } from '../dialects/turns.js';
import { jsonExport, type ExportedConversation } from '../exports/jsonExport.js';
import { itemsAt, modelAt, pieceAt, placeOf, stringAt } from '../exports/values.js';
import type { ContentPiece } from '../model.js';
import { roleOf } from '../roles.js';

/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

/** What a tool said: a string, or a list of blocks. */
function resultPieces(source: Source, block: JsonNode): ContentPiece[] {
  const content = memberValue(block, 'content');
  if (isString(content)) return [stringPiece(source, 'toolResult', content)];
  return itemsAt(block, 'content')
    .map((item) => pieceAt(source, 'toolResult', item, 'text'))
    .filter((piece) => piece !== null);
}

function blockPieces(source: Source, block: JsonNode): ContentPiece[] {
  const type = stringAt(source, block, 'type');
  if (type === 'tool_result') return resultPieces(source, block);
  if (type === 'tool_use') {
    const name = pieceAt(source, 'toolCall', block, 'name');
    const input = valuePiece(source, 'toolCall', memberValue(block, 'input'));
    return [name, input].filter((piece) => piece !== null);
  }
  const piece = pieceAt(source, 'thinking', block, 'thinking') ?? pieceAt(source, 'text', block, 'text');
  return piece ? [piece] : [];
}

/** Runs of blocks that the model wrote, and that tools did: results are input, though they stand in its message. */
function parts(
  source: Source,
  message: JsonNode,
): { readonly isTool: boolean; blocks: JsonNode[]; pieces: ContentPiece[] }[] {
  const made: { isTool: boolean; blocks: JsonNode[]; pieces: ContentPiece[] }[] = [];
  for (const block of itemsAt(message, 'content')) {
    const pieces = blockPieces(source, block);
    if (pieces.length === 0) continue;
    const isTool = stringAt(source, block, 'type') === 'tool_result';
    const last = made.at(-1);
    if (last?.isTool === isTool) {
      last.blocks.push(block);
      append(last.pieces, pieces);
    } else made.push({ isTool, blocks: [block], pieces });
  }
  return made;
}

function turnsOf(source: Source, message: JsonNode): TurnDraft[] {
  const { raw, span } = placeOf(source, message, message, 'sender');
  const role = roleOf(raw) ?? 'user';
  const whole = { start: message.start, end: message.end };
  const found = parts(source, message);
  const attached = itemsAt(message, 'attachments')
    .map((each) => pieceAt(source, 'text', each, 'extracted_content'))
    .filter((piece) => piece !== null);
  if (found.length <= 1 && found[0]?.isTool !== true) {
    const text = pieceAt(source, 'text', message, 'text');
    const pieces = [...attached, ...(found[0]?.pieces ?? (text ? [text] : []))];
    return pieces.length === 0 ? [] : [{ role, roleRaw: raw, span: whole, roleSpan: span, pieces }];
  }
  // Each part stands for itself: its range is that of its blocks.
  return found.map(({ isTool, blocks, pieces }) => {
    const { start } = blocks[0]!;
    const place = { start, end: blocks.at(-1)!.end };
    const roleSpan = { start, end: start + 1 };
    return { role: isTool ? 'tool' : role, roleRaw: '', span: place, roleSpan, pieces };
  });
}

/** The messages of one branch, and how many others there are. */
interface Branch {
  readonly messages: readonly JsonNode[];
  readonly others: number;
}

/**
 * The branches of a conversation, the current one first: newer exports say which message each follows, and have those that
 * were edited or answered again. The current one ends in the leaf that the export names, else in the last message.
 */
function branchesOf(source: Source, value: JsonNode): Branch[] {
  const messages = itemsAt(value, 'chat_messages').filter(({ kind }) => kind === 'object');
  const byId = new Map(messages.map((message) => [stringAt(source, message, 'uuid'), message]));
  byId.delete('');
  const parentOf = (message: JsonNode): JsonNode | undefined =>
    byId.get(stringAt(source, message, 'parent_message_uuid'));
  const parents = new Set(messages.map(parentOf));
  parents.delete(undefined);
  // A message that is being typed follows none yet.
  const leaves = messages.filter((message) => message.closed && !parents.has(message));
  if (parents.size === 0 || leaves.length < 2) return [{ messages, others: 0 }];
  const named = byId.get(stringAt(source, value, 'current_leaf_message_uuid'));
  const last = named && leaves.includes(named) ? named : leaves.at(-1)!;
  return [last, ...leaves.filter((leaf) => leaf !== last)].map((leaf) => {
    const path = new Set<JsonNode>();
    for (let at: JsonNode | undefined = leaf; at && !path.has(at); at = parentOf(at)) path.add(at);
    return { messages: [...path].reverse(), others: leaves.length - 1 };
  });
}

function* conversation(
  source: Source,
  value: JsonNode,
  { messages, others }: Branch,
): Generator<void, ExportedConversation> {
  const turns: TurnDraft[] = [];
  const hidden = new HiddenList();
  const list = memberOf(value, 'chat_messages')!;
  hidden.add("Claude's own system prompt and tool definitions", { start: list.keyStart, end: list.keyEnd });
  const model = modelAt(source, value, 'model');
  let read = 0;
  for (const message of messages) {
    turns.push(...turnsOf(source, message));
    const files = memberOf(message, 'files') ?? memberOf(message, 'files_v2');
    if (files?.value && files.value.items.length > 0) hidden.add('files that the export only names', memberSpan(files));
    read += message.end - message.start;
    if (read < SLICE_LENGTH) continue;
    read = 0;
    yield;
  }
  const [id, title] = [stringAt(source, value, 'uuid'), stringAt(source, value, 'name')];
  return {
    ...(id === '' ? {} : { id }),
    ...(title === '' ? {} : { title }),
    span: { start: value.start, end: value.end },
    turns: numbered(mergeReplies(turns)),
    ...(model ? { model } : {}),
    parameters: {},
    ...hidden.field,
    ...(others > 0 ? { otherBranches: others } : {}),
  };
}

/** Members that are looked at. */
const WANTED: ReadonlySet<string> = new Set([
  'uuid',
  'name',
  'chat_messages',
  'sender',
  'text',
  'content',
  'type',
  'thinking',
  'input',
  'attachments',
  'extracted_content',
  'files',
  'files_v2',
  'model',
  'parent_message_uuid',
  'current_leaf_message_uuid',
]);

export const claudeExport = jsonExport({
  id: 'claude-export',
  title: 'Claude Export',
  family: 'log-or-export',
  description: "Claude's data export, `conversations.json`: an array of conversations with `chat_messages`.",
  files: ['conversations.json'],
  notes: [
    'A message has its text twice; it is counted once. The text of attachments is input.',
    'Results of tools are turns of their own, though the export has them inside the reply.',
    'Of messages that were edited or answered again the last are shown; the others are branches of their own.',
    "The export names no model, as a rule, and leaves out Claude's system prompt: the figure is a lower bound for the model of the settings.",
  ],
  sample: 'claude-conversations.json',
  trace: /"chat_messages"\s*:/,

  wanted: (key, parent) => parent !== 'input' && WANTED.has(key),

  recognises(_text, value) {
    return itemsAt(value, 'chat_messages').some(
      (message) => memberValue(message, 'sender') !== null || memberValue(message, 'text') !== null,
    );
  },

  *conversations(source, values, { branches }) {
    const made: ExportedConversation[] = [];
    for (const value of values) {
      const [current, ...others] = branchesOf(source, value);
      const main = yield* conversation(source, value, branches === 'all' ? { ...current!, others: 0 } : current!);
      made.push(main);
      if (branches === 'current') continue;
      for (const [at, other] of others.entries()) {
        const draft = yield* conversation(source, value, { ...other, others: 0 });
        made.push({ ...draft, id: `${main.id ?? String(made.length)}~${at + 1}` });
      }
    }
    return made;
  },
});
