/** Chat messages in JSON (OpenAI's shape) as turns. Shared by every format that holds such messages. */
import { member, type JsonNode } from './jsonTree.js';
import type { ContentPiece, Conversation, ConversationParameters, PieceKind, Problem, Span, Turn } from './model.js';
import { isRolePrefix, roleOf } from './roles.js';
import { decodeJsonString, jsonOffsetMap } from './textMap.js';

type StringNode = Extract<JsonNode, { type: 'string' }>;

const asString = (node: JsonNode | null): StringNode | null => (node?.type === 'string' ? node : null);
const asItems = (node: JsonNode | null): readonly JsonNode[] => (node?.type === 'array' ? node.items : []);

/** A piece over one JSON string. The offset map is made when first read: most are never needed. */
export function stringPiece(source: string, kind: PieceKind, node: Span): ContentPiece {
  const span = { start: node.start, end: node.end };
  const text = decodeJsonString(source, span);
  if (text.length === span.end - span.start) return { kind, spans: [span], text };
  return mappedPiece(kind, [span], text, source.slice(span.start, span.end));
}

function mappedPiece(kind: PieceKind, spans: readonly Span[], text: string, slice: string): ContentPiece {
  let map: ContentPiece['map'];
  return {
    kind,
    spans,
    text,
    get map() {
      return (map ??= jsonOffsetMap(slice));
    },
  };
}

/** The same piece `by` code units further on in the source. */
export function shiftPiece(piece: ContentPiece, by: number): ContentPiece {
  const spans = piece.spans.map((span) => shiftSpan(span, by));
  const own = Object.getOwnPropertyDescriptor(piece, 'map');
  if (!own) return { kind: piece.kind, spans, text: piece.text };
  // The map is relative to the piece: it moves along, still unmade if it was.
  const shifted = { kind: piece.kind, spans, text: piece.text };
  return Object.defineProperty(shifted, 'map', { enumerable: true, configurable: true, get: () => piece.map });
}

export const shiftSpan = ({ start, end }: Span, by: number): Span => ({ start: start + by, end: end + by });

/** The same turn `by` code units further on. */
export const shiftTurn = (turn: Turn, by: number): Turn => ({
  ...turn,
  span: shiftSpan(turn.span, by),
  roleSpan: shiftSpan(turn.roleSpan, by),
  pieces: turn.pieces.map((piece) => shiftPiece(piece, by)),
});

/** Image and audio: tokens by rule, never by the text of a URL or of base64. */
const mediaPiece = (kind: 'image' | 'audio', node: StringNode): ContentPiece => ({
  kind,
  spans: [{ start: node.start, end: node.end }],
  text: '',
});

function partPieces(source: string, part: JsonNode, kind: PieceKind): ContentPiece[] {
  const text = asString(part) ?? asString(member(part, 'text')) ?? asString(member(part, 'refusal'));
  if (text) return [stringPiece(source, kind, text)];
  const thinking = asString(member(part, 'thinking'));
  if (thinking) return [stringPiece(source, 'thinking', thinking)];
  const image = member(part, 'image_url');
  const url = asString(image) ?? asString(member(image, 'url'));
  if (url) return [mediaPiece('image', url)];
  const audio = asString(member(member(part, 'input_audio'), 'data'));
  return audio ? [mediaPiece('audio', audio)] : [];
}

function callPieces(source: string, call: JsonNode): ContentPiece[] {
  const body = member(call, 'function') ?? call;
  const parts = [asString(member(body, 'name')), asString(member(body, 'arguments'))];
  return parts.flatMap((part) => (part ? [stringPiece(source, 'toolCall', part)] : []));
}

function messagePieces(source: string, message: JsonNode, isTool: boolean): ContentPiece[] {
  const kind = isTool ? 'toolResult' : 'text';
  const content = member(message, 'content');
  const thinking = asString(member(message, 'reasoning_content')) ?? asString(member(message, 'reasoning'));
  const refusal = asString(member(message, 'refusal'));
  const call = member(message, 'function_call');
  const pieces = [
    ...(thinking ? [stringPiece(source, 'thinking', thinking)] : []),
    ...(content?.type === 'array' ? content.items : content ? [content] : []).flatMap((part) =>
      partPieces(source, part, kind),
    ),
    ...(refusal ? [stringPiece(source, 'text', refusal)] : []),
    ...asItems(member(message, 'tool_calls')).flatMap((each) => callPieces(source, each)),
    ...(call ? callPieces(source, call) : []),
  ];
  return pieces.sort((a, b) => a.spans[0]!.start - b.spans[0]!.start);
}

/** Whether an object looks like a message, typed or half-typed. */
const isMessage = (node: JsonNode): boolean =>
  node.type === 'object' && node.members.some(({ key }) => key === 'role' || key === 'content' || key === 'tool_calls');

/** One message as a turn, with `unknown-role` where its role is none; null for what is no message. */
export function messageTurn(
  source: string,
  node: JsonNode,
  index: number,
): { readonly turn: Turn; readonly problems: readonly Problem[] } | null {
  if (!isMessage(node)) return null;
  const roleNode = asString(member(node, 'role'));
  const roleRaw = roleNode ? decodeJsonString(source, roleNode) : '';
  const role = roleOf(roleRaw);
  const roleSpan = roleNode ? { start: roleNode.start, end: roleNode.end } : { start: node.start, end: node.start + 1 };
  const problems: Problem[] = [];
  const beingTyped = roleNode !== null && !roleNode.closed && isRolePrefix(roleRaw);
  if (role === null && roleNode && !beingTyped) {
    const message = `Unknown role "${roleRaw.slice(0, 40)}": counted as user. Known are system, developer, user, assistant, tool, function.`;
    problems.push({ code: 'unknown-role', severity: 'warning', message, span: roleSpan });
  }
  const name = asString(member(node, 'name'));
  const turn: Turn = {
    index,
    role: role ?? 'user',
    roleRaw,
    span: { start: node.start, end: node.end },
    roleSpan,
    pieces: messagePieces(source, node, role === 'tool'),
    ...(name ? { name: decodeJsonString(source, name) } : {}),
  };
  return { turn, problems };
}

/** `messages` nodes as turns, what is no message left out. */
export function messageTurns(source: string, nodes: readonly JsonNode[]): { turns: Turn[]; problems: Problem[] } {
  const turns: Turn[] = [];
  const problems: Problem[] = [];
  for (const node of nodes) {
    const made = messageTurn(source, node, turns.length);
    if (!made) continue;
    turns.push(made.turn);
    problems.push(...made.problems);
  }
  return { turns, problems };
}

const MAX_TOKEN_KEYS = ['max_completion_tokens', 'max_tokens', 'max_output_tokens'];

function parametersOf(source: string, request: JsonNode): ConversationParameters {
  for (const key of MAX_TOKEN_KEYS) {
    const node = member(request, key);
    const value = node?.type === 'scalar' ? Number(source.slice(node.start, node.end)) : NaN;
    if (Number.isInteger(value) && value > 0) return { maxTokens: value };
  }
  return {};
}

/** A bare array of messages, or a request that holds one, as a conversation; null for anything else. */
export function chatConversation(
  source: string,
  root: JsonNode,
  id: string,
): { readonly conversation: Conversation; readonly problems: readonly Problem[] } | null {
  const messages = root.type === 'array' ? root : member(root, 'messages');
  if (messages?.type !== 'array') return null;
  const { turns, problems } = messageTurns(source, messages.items);
  const model = asString(member(root, 'model'));
  const tools = member(root, 'tools') ?? member(root, 'functions');
  const conversation: Conversation = {
    id,
    span: { start: root.start, end: root.end },
    turns,
    ...(model && model.closed
      ? { model: { id: decodeJsonString(source, model), span: { start: model.start, end: model.end } } }
      : {}),
    ...(tools?.type === 'array' && tools.items.length > 0
      ? {
          tools: {
            kind: 'text',
            spans: [{ start: tools.start, end: tools.end }],
            text: source.slice(tools.start, tools.end),
          },
        }
      : {}),
    parameters: root.type === 'object' ? parametersOf(source, root) : {},
  };
  return { conversation, problems };
}

/** Whether a value holds chat messages with at least one role that is known: never an array of people with roles. */
export function holdsChat(source: string, root: JsonNode | undefined): boolean {
  if (!root) return false;
  const messages = root.type === 'array' ? root : member(root, 'messages');
  if (messages?.type !== 'array') return false;
  return messages.items.some((item) => {
    const role = asString(member(item, 'role'));
    return role !== null && roleOf(decodeJsonString(source, role)) !== null;
  });
}
