/** Chat JSON as conversations: a bare list of messages, a request around one, a batch line, or a list of those. */
import { memberValue, type JsonNode } from '../json/node.js';
import type { JsonDocument } from '../json/reader.js';
import type { Conversation, ConversationParameters, ParsedTranscript, Problem, Turn } from '../model.js';
import { sortProblems } from '../spans.js';
import { insideOf, isString, jsonPiece, stringText, type Source } from './content.js';
import { isMessage, messageTurn } from './message.js';

/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

/** What caps the reply, most current name first. */
const CAP_KEYS = ['max_completion_tokens', 'max_tokens'] as const;

function parametersOf({ text }: Source, request: JsonNode): ConversationParameters {
  for (const key of CAP_KEYS) {
    const node = memberValue(request, key);
    const value = node?.kind === 'number' ? Number(text.slice(node.start, node.end)) : NaN;
    if (Number.isSafeInteger(value) && value > 0) return { maxTokens: value };
  }
  return {};
}

/** One conversation to be: the nodes of its messages, and the request around them if there is one. */
interface Draft {
  readonly node: JsonNode;
  readonly request: JsonNode | null;
  readonly messages: JsonNode[];
  readonly idNode: JsonNode | null;
}

const draft = (
  node: JsonNode,
  request: JsonNode | null,
  messages: JsonNode[],
  idNode: JsonNode | null = null,
): Draft => ({
  node,
  request,
  messages,
  idNode,
});

/** The conversations that one value holds. */
function draftsOf(node: JsonNode): Draft[] {
  if (node.kind === 'object') {
    const messages = memberValue(node, 'messages');
    if (messages?.kind === 'array') return [draft(node, node, messages.items)];
    if (messages?.kind === 'object') return [draft(node, node, [messages])];
    const body = memberValue(node, 'body');
    const inner = body && memberValue(body, 'messages');
    if (inner?.kind === 'array') return [draft(node, body, inner.items, memberValue(node, 'custom_id'))];
    return isMessage(node) ? [draft(node, null, [node])] : [];
  }
  if (node.kind !== 'array') return [];
  if (node.items.some((item) => item.kind === 'object' && isMessage(item))) return [draft(node, null, node.items)];
  return node.items.flatMap(draftsOf);
}

/**
 * In broken text the brackets between two messages may be gone, and the next message then lies inside the one before:
 * in its list of parts or calls.
 */
function* withStranded(messages: readonly JsonNode[]): Generator<JsonNode> {
  for (const message of messages) {
    yield message;
    for (const { value } of message.members) {
      if (value?.kind !== 'array') continue;
      const stranded = value.items.filter((item) => item.members.some(({ key }) => key === 'role'));
      if (stranded.length === 0) continue;
      const taken = new Set(stranded);
      value.items = value.items.filter((item) => !taken.has(item));
      yield* withStranded(stranded);
    }
  }
}

/** Something beside `messages` that is sent too and that this format does not count. */
function reportUncounted({ problems }: Source, request: JsonNode): void {
  const system = request.members.find(({ key }) => key === 'system');
  if (!system) return;
  const message = '"system" beside "messages" is not counted: put it into the list as a message of role system.';
  problems.push({
    code: 'not-counted',
    severity: 'hint',
    message,
    span: { start: system.keyStart, end: system.keyEnd },
  });
}

function* conversationOf(source: Source, made: Draft, index: number, broken: boolean): Generator<void, Conversation> {
  const turns: Turn[] = [];
  let paused = made.node.start;
  // Stranded messages first: they are taken out of the messages in which they lie.
  const nodes = broken ? [...withStranded(made.messages)] : made.messages;
  for (const node of nodes) {
    if (node.kind === 'object' && isMessage(node)) turns.push(messageTurn(source, node, turns.length));
    else if (node.closed) {
      const message = 'This is no chat message (no role, no content): left out.';
      source.problems.push({
        code: 'not-a-message',
        severity: 'warning',
        message,
        span: { start: node.start, end: node.end },
      });
    }
    if (node.end - paused < SLICE_LENGTH) continue;
    paused = node.end;
    yield;
  }
  const { request, idNode } = made;
  const model = request && memberValue(request, 'model');
  const tools = request && (memberValue(request, 'tools') ?? memberValue(request, 'functions'));
  if (request) reportUncounted(source, request);
  return {
    id: isString(idNode) ? stringText(source, idNode) : String(index),
    span: { start: made.node.start, end: made.node.end },
    turns,
    ...(isString(model) && model.closed ? { model: { id: stringText(source, model), span: insideOf(model) } } : {}),
    ...(tools?.kind === 'array' && tools.items.length > 0 ? { tools: jsonPiece(source, 'text', tools) } : {}),
    parameters: request ? parametersOf(source, request) : {},
  };
}

/**
 * The conversations of a JSON document, in order. One without a single message is left out.
 *
 * @param firstIndex number of the first conversation, from which ids are made
 */
export function* chatConversations(
  text: string,
  document: JsonDocument,
  firstIndex = 0,
): Generator<void, ParsedTranscript> {
  const problems: Problem[] = [...document.problems];
  const source = { text, problems };
  const broken = problems.length > 0;
  const drafts = document.roots.flatMap(draftsOf);
  const conversations: Conversation[] = [];
  for (let i = 0; i < drafts.length; i++) {
    const first = drafts[i]!;
    // A bracket too many ends a list early: the messages after it stand alone at the top, and still belong to it.
    const messages = [...first.messages];
    let { node } = first;
    while (broken && i + 1 < drafts.length && isLone(drafts[i + 1]!) && isListed(first)) {
      i++;
      messages.push(drafts[i]!.node);
      node = { ...node, end: drafts[i]!.node.end } as JsonNode;
    }
    const conversation = yield* conversationOf(
      source,
      { ...first, node, messages },
      firstIndex + conversations.length,
      broken,
    );
    if (conversation.turns.length > 0) conversations.push(conversation);
  }
  return { conversations, problems: problems.length > 1 ? sortProblems(problems) : problems };
}

const isLone = ({ node, request }: Draft): boolean => request === null && node.kind === 'object';
const isListed = ({ node, request }: Draft): boolean => request !== null || node.kind === 'array';
