/**
 * ChatGPT's data export, `conversations.json`: a graph of messages for each conversation (`mapping`), of which the branch
 * that ends in `current_node` is shown. Messages of weight 0 are hidden by ChatGPT and left out.
 */
import { memberOf, memberValue, objectAt, type JsonNode } from '../json/node.js';
import { isString, mediaPiece, report, stringPiece, stringText, type Source } from '../json/pieces.js';
import { HiddenList, mergeReplies, memberSpan, numbered, type TurnDraft } from '../dialects/turns.js';
import { jsonExport, type ExportedConversation } from '../exports/jsonExport.js';
import { countAt, itemsAt, modelAt, pieceAt, placeOf, stringAt } from '../exports/values.js';
import type { ContentPiece, PieceKind, Role } from '../model.js';
import { roleOf } from '../roles.js';

/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

/** A node of the graph. */
interface GraphNode {
  readonly id: string;
  readonly node: JsonNode;
  readonly parent: string;
  isLeaf: boolean;
}

function graphOf(source: Source, mapping: JsonNode): Map<string, GraphNode> {
  const graph = new Map<string, GraphNode>();
  for (const { key, value } of mapping.members) {
    if (value?.kind !== 'object') continue;
    graph.set(key, { id: key, node: value, parent: stringAt(source, value, 'parent'), isLeaf: true });
  }
  for (const { parent } of graph.values()) {
    const above = graph.get(parent);
    if (above) above.isLeaf = false;
  }
  return graph;
}

/** From the root to a node. A graph that runs in a circle ends where it would begin again. */
function pathTo(graph: ReadonlyMap<string, GraphNode>, id: string): GraphNode[] {
  const path: GraphNode[] = [];
  const seen = new Set<string>();
  for (let at = graph.get(id); at && !seen.has(at.id); at = graph.get(at.parent)) {
    seen.add(at.id);
    path.push(at);
  }
  return path.reverse();
}

/** Texts of a content that are strings of their own, by its type. */
const TEXT_KEYS = ['text', 'result', 'user_profile', 'user_instructions', 'model_set_context', 'output_str'] as const;
/** What ChatGPT shows and the model does not read. */
const SHOWN_ONLY: ReadonlySet<string> = new Set(['reasoning_recap']);
/** What ChatGPT puts before a conversation of its own accord: the user's instructions, and what it remembers. */
const MEMORY = 'model_editable_context';

/** How long a recording is, from where it begins and ends. */
function secondsOf({ text }: Source, metadata: JsonNode | null): number | undefined {
  const [start, end] = ['start', 'end'].map((key) => {
    const node = metadata && memberValue(metadata, key);
    return node?.kind === 'number' ? Number(text.slice(node.start, node.end)) : NaN;
  });
  const seconds = end! - start!;
  return seconds > 0 && Number.isFinite(seconds) ? seconds : undefined;
}

function partPiece(source: Source, part: JsonNode, kind: PieceKind): ContentPiece | null {
  if (isString(part)) {
    const piece = stringPiece(source, kind, part);
    return piece.text === '' ? null : piece;
  }
  // Of a voice turn the recording stands one deeper, beside the frames of the camera.
  const held = objectAt(part, 'audio_asset_pointer') ?? part;
  const pointer = memberValue(held, 'asset_pointer');
  const type = stringAt(source, held, 'content_type');
  if (isString(pointer)) {
    const [widthPixels, heightPixels] = [countAt(source, part, 'width'), countAt(source, part, 'height')];
    const seconds = secondsOf(source, objectAt(held, 'metadata'));
    const facts = {
      ...(widthPixels && heightPixels ? { widthPixels, heightPixels } : {}),
      ...(seconds === undefined ? {} : { seconds }),
    };
    return mediaPiece(source, type.startsWith('audio') ? 'audio' : 'image', pointer, facts);
  }
  return pieceAt(source, kind, part, 'text');
}

function piecesOf(source: Source, message: JsonNode, role: Role): ContentPiece[] {
  const content = objectAt(message, 'content');
  if (!content) return [];
  const type = stringAt(source, content, 'content_type');
  const recipient = stringAt(source, message, 'recipient');
  const isCall = role === 'assistant' && recipient !== '' && recipient !== 'all';
  const kind = role === 'tool' ? 'toolResult' : isCall ? 'toolCall' : 'text';
  if (SHOWN_ONLY.has(type)) return [];
  const thoughts = itemsAt(content, 'thoughts').map((thought) => pieceAt(source, 'thinking', thought, 'content'));
  const parts = itemsAt(content, 'parts').map((part) => partPiece(source, part, kind));
  const texts = TEXT_KEYS.map((key) => pieceAt(source, kind, content, key));
  const pieces = [...thoughts, ...parts, ...texts].filter((piece) => piece !== null);
  const known = ['parts', 'thoughts', ...TEXT_KEYS].some((key) => memberValue(content, key) !== null);
  if (!known && content.closed) {
    report(source, 'hint', 'not-counted', content, `A content of type "${type.slice(0, 40)}" is not counted.`);
  }
  return pieces;
}

function turnOf(source: Source, { node }: GraphNode): TurnDraft | null {
  const message = objectAt(node, 'message');
  if (!message) return null;
  const weight = memberValue(message, 'weight');
  if (weight?.kind === 'number' && Number(source.text.slice(weight.start, weight.end)) === 0) return null;
  const { raw, span } = placeOf(source, message, objectAt(message, 'author'), 'role');
  const isMemory = stringAt(source, objectAt(message, 'content'), 'content_type') === MEMORY;
  const role = isMemory ? 'system' : (roleOf(raw) ?? 'user');
  const pieces = piecesOf(source, message, role);
  if (pieces.length === 0) return null;
  return { role, roleRaw: raw, span: { start: node.start, end: node.end }, roleSpan: span, pieces };
}

function* branch(
  source: Source,
  value: JsonNode,
  path: readonly GraphNode[],
  otherBranches: number,
): Generator<void, ExportedConversation> {
  const turns: TurnDraft[] = [];
  let model = modelAt(source, value, 'default_model_slug');
  let read = 0;
  for (const each of path) {
    const turn = turnOf(source, each);
    if (turn) turns.push(turn);
    model = modelAt(source, objectAt(objectAt(each.node, 'message'), 'metadata'), 'model_slug') ?? model;
    read += each.node.end - each.node.start;
    if (read < SLICE_LENGTH) continue;
    read = 0;
    yield;
  }
  const title = stringAt(source, value, 'title');
  const hidden = new HiddenList();
  hidden.add("ChatGPT's own system prompt and tool definitions", memberSpan(memberOf(value, 'mapping')!));
  return {
    ...(title === '' ? {} : { title }),
    span: { start: value.start, end: value.end },
    turns: numbered(mergeReplies(turns)),
    ...(model ? { model } : {}),
    parameters: {},
    ...hidden.field,
    ...(otherBranches > 0 ? { otherBranches } : {}),
  };
}

/** Members that are looked at, beside the nodes of the graph. */
const WANTED: ReadonlySet<string> = new Set([
  'mapping',
  'current_node',
  'conversation_id',
  'id',
  'title',
  'default_model_slug',
  'message',
  'parent',
  'weight',
  'author',
  'role',
  'content',
  'content_type',
  'recipient',
  'model_slug',
  'thoughts',
  'parts',
  'asset_pointer',
  'width',
  'height',
  'text',
  'result',
  'user_profile',
  'user_instructions',
  'model_set_context',
  'output_str',
  'audio_asset_pointer',
]);

/** The metadata of a recording, for how long it is. */
const isRecording = (key: string, parent: string): boolean =>
  key === 'metadata' ? parent === 'audio_asset_pointer' || parent === 'parts' : key === 'start' || key === 'end';

export const chatgptExport = jsonExport({
  id: 'chatgpt-export',
  title: 'ChatGPT Export',
  family: 'log-or-export',
  description:
    "ChatGPT's data export, `conversations.json` or `conversations-NNN.json`: an array of conversations, each a graph of messages (`mapping`).",
  files: ['conversations.json', 'conversations-*.json'],
  notes: [
    'The branch that ends in `current_node` is shown; edited prompts and other replies are branches of their own.',
    'Messages of weight 0 are left out; images and recordings are counted by rule.',
    "ChatGPT's own system prompt is not in the export: the figure is a lower bound.",
  ],
  sample: 'conversations.json',
  trace: /"mapping"\s*:/,

  wanted: (key, parent) =>
    WANTED.has(key) || parent === 'mapping' || (key === 'metadata' && parent === 'message') || isRecording(key, parent),

  recognises(_text, value) {
    const nodes = objectAt(value, 'mapping')?.members ?? [];
    return nodes.some(
      ({ value: node }) => node?.kind === 'object' && node.members.some(({ key }) => key === 'message'),
    );
  },

  *conversations(source, values, { branches }) {
    const made: ExportedConversation[] = [];
    for (const value of values) {
      const graph = graphOf(source, objectAt(value, 'mapping')!);
      // A node being typed has no parent yet.
      const whole = [...graph.values()].filter(({ isLeaf, node }) => isLeaf && node.closed);
      const leaves = (whole.length > 0 ? whole : [...graph.values()]).map(({ id }) => id);
      const named = memberValue(value, 'current_node');
      const current = isString(named) ? stringText(source, named) : '';
      const isTyped = graph.get(current)?.node.closed === true || (graph.get(current)?.parent ?? '') !== '';
      const shown = isTyped ? current : leaves.at(-1);
      if (shown === undefined) continue;
      const others = leaves.filter((id) => id !== shown);
      const id = stringAt(source, value, 'conversation_id') || stringAt(source, value, 'id');
      const main = yield* branch(source, value, pathTo(graph, shown), branches === 'all' ? 0 : others.length);
      made.push({ ...(id === '' ? {} : { id }), ...main });
      if (branches === 'current') continue;
      for (const [at, leaf] of others.entries()) {
        const other = yield* branch(source, value, pathTo(graph, leaf), 0);
        made.push({ ...other, id: `${id === '' ? String(made.length) : id}~${at + 1}` });
      }
    }
    return made;
  },
});
