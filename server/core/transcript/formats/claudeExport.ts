/**
 * Claude's data export, `conversations.json`: `chat_messages` with a sender, their text twice (`text` and `content`; it
 * is counted once, from `content` where that has any) and what attachments said. It names no model.
 */
import { append } from '../append.js';
import { memberOf, memberValue, type JsonNode } from '../json/node.js';
import { isString, stringPiece, valuePiece, type Source } from '../json/pieces.js';
import { HiddenList, mergeReplies, memberSpan, numbered, type TurnDraft } from '../dialects/turns.js';
import { jsonExport, type ExportedConversation } from '../exports/jsonExport.js';
import { itemsAt, pieceAt, placeOf, stringAt } from '../exports/values.js';
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

function* conversation(source: Source, value: JsonNode): Generator<void, ExportedConversation> {
  const turns: TurnDraft[] = [];
  const hidden = new HiddenList();
  const list = memberOf(value, 'chat_messages')!;
  hidden.add("Claude's own system prompt and tool definitions", { start: list.keyStart, end: list.keyEnd });
  let paused = value.start;
  for (const message of itemsAt(value, 'chat_messages')) {
    if (message.kind !== 'object') continue;
    turns.push(...turnsOf(source, message));
    const files = memberOf(message, 'files') ?? memberOf(message, 'files_v2');
    if (files?.value && files.value.items.length > 0) hidden.add('files that the export only names', memberSpan(files));
    if (message.end - paused < SLICE_LENGTH) continue;
    paused = message.end;
    yield;
  }
  const [id, title] = [stringAt(source, value, 'uuid'), stringAt(source, value, 'name')];
  return {
    ...(id === '' ? {} : { id }),
    ...(title === '' ? {} : { title }),
    span: { start: value.start, end: value.end },
    turns: numbered(mergeReplies(turns)),
    parameters: {},
    ...hidden.field,
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
    "The export names no model and leaves out Claude's system prompt: the figure is a lower bound for the model of the settings.",
  ],
  sample: 'claude-conversations.json',
  trace: /"chat_messages"\s*:/,

  wanted: (key, parent) => parent !== 'input' && WANTED.has(key),

  recognises(_text, value) {
    return itemsAt(value, 'chat_messages').some(
      (message) => memberValue(message, 'sender') !== null || memberValue(message, 'text') !== null,
    );
  },

  *conversations(source, values) {
    const made: ExportedConversation[] = [];
    for (const value of values) made.push(yield* conversation(source, value));
    return made;
  },
});
