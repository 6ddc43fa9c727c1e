/**
 * Anthropic's Messages: `system` stands outside the list and is read first wherever it is written; results of tools
 * stand in user messages (one of nothing else is the tool's turn); adjacent assistant messages are one turn, as the API
 * joins them. Responses too.
 */
import { listAt, memberOf, memberValue, objectAt, stringAt, type JsonNode } from '../json/node.js';
import { isNull, isString, report, type Source } from '../json/pieces.js';
import type { Role } from '../model.js';
import { newReading, pushContent } from './anthropicBlocks.js';
import { isConverseBlock } from './converseBlocks.js';
import type { ConversationDraft, Dialect } from './dialect.js';
import { capOf, idField, modelField, toolsField, usageField } from './request.js';
import { NO_TOOLS, reportToolPairs, type ToolEnds } from './toolPairs.js';
import {
  HiddenList,
  keySpan,
  memberTurn,
  mergeReplies,
  numbered,
  readList,
  reportDuplicates,
  reportRole,
  writtenRole,
  type TurnDraft,
} from './turns.js';

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['system', 'system'],
]);
const SINGLE_KEYS: ReadonlySet<string> = new Set(['role', 'content']);

/** Kinds of blocks that no other API has. */
const OWN_BLOCK =
  /^(?:tool_use|tool_result|thinking|redacted_thinking|server_tool_use|mcp_tool_use|document|search_result|\w+_tool_result)$/;
const ITEMS_LOOKED_AT = 50;

/** Keys of requests to this API, and to Amazon Bedrock's Converse. */
const REQUEST_KEYS = ['anthropic_version', 'stop_sequences', 'inferenceConfig', 'toolConfig'] as const;

const inner = (text: string, node: JsonNode): string => text.slice(node.innerStart, node.innerEnd);

const isMessage = (node: JsonNode): boolean =>
  node.kind === 'object' && node.members.some(({ key }) => key === 'role' || key === 'content');

function isOwnBlock(text: string, block: JsonNode): boolean {
  const type = stringAt(block, 'type');
  if (!type) return isConverseBlock(block);
  const word = inner(text, type);
  return OWN_BLOCK.test(word) || (word === 'image' && objectAt(block, 'source') !== null);
}

const hasOwnContent = (text: string, message: JsonNode): boolean =>
  message.members.some(({ key }) => key === 'role') &&
  listAt(message, 'content')?.items.some((block) => isOwnBlock(text, block)) === true;

const hasOwnBlocks = (text: string, list: JsonNode): boolean =>
  list.items.slice(0, ITEMS_LOOKED_AT).some((message) => hasOwnContent(text, message));

/** Whether a message says what only OpenAI's API understands. */
const isForeign = (text: string, message: JsonNode): boolean => {
  const role = stringAt(message, 'role');
  return (
    (role !== null && !/^(?:user|assistant)$/.test(inner(text, role))) ||
    message.members.some(({ key }) => key === 'tool_calls' || key === 'tool_call_id')
  );
};

/** Whether a message has what this API writes as blocks. */
const isToolMessage = (text: string, message: JsonNode): boolean => {
  const role = stringAt(message, 'role');
  return (role !== null && inner(text, role) === 'tool') || listAt(message, 'tool_calls') !== null;
};

const isRequest = (text: string, value: JsonNode, messages: JsonNode): boolean => {
  if (hasOwnBlocks(text, messages)) return true;
  if (REQUEST_KEYS.some((key) => memberOf(value, key))) return true;
  if (messages.items.slice(0, ITEMS_LOOKED_AT).some((message) => isToolMessage(text, message))) return false;
  if (listAt(value, 'tools')?.items.some((tool) => memberValue(tool, 'input_schema'))) return true;
  if (messages.items.slice(0, ITEMS_LOOKED_AT).some((message) => isForeign(text, message))) return false;
  const system = memberValue(value, 'system');
  if (system && !isNull({ text }, system) && system.kind !== 'object') return true;
  const model = stringAt(value, 'model');
  return model !== null && /(?:^|[./])claude-/.test(inner(text, model));
};

/** A reply: its reason to stop stands after its content, which may be longer than what is looked at. */
const isResponse = (text: string, value: JsonNode): boolean => {
  const content = listAt(value, 'content');
  if (!content || !isString(memberValue(value, 'role')) || isForeign(text, value)) return false;
  if (memberOf(value, 'stop_reason')) return true;
  return memberOf(value, 'type') !== null && content.items.some((block) => isOwnBlock(text, block));
};

/** The message that a reply of Converse holds; null for any other value. */
const converseMessage = (value: JsonNode): JsonNode | null => {
  const message = objectAt(objectAt(value, 'output'), 'message');
  return message && memberOf(message, 'role') && listAt(message, 'content') ? message : null;
};

const isConverseReply = (value: JsonNode): boolean =>
  converseMessage(value) !== null && (memberOf(value, 'stopReason') !== null || memberOf(value, 'usage') !== null);

interface MessageRead {
  readonly turn: TurnDraft;
  readonly tools: ToolEnds;
}

function readMessage(source: Source, node: JsonNode, hidden: HiddenList): MessageRead {
  const written = writtenRole(source, node, 'role', (word) => ROLES.get(word) ?? null);
  reportRole(source, written, 'user, assistant and system');
  reportDuplicates(source, node, SINGLE_KEYS);
  const reading = newReading();
  pushContent(source, memberValue(node, 'content'), 'text', hidden, reading);
  const { pieces, calls, results } = reading;
  const isTool = written.role !== 'assistant' && results.length > 0 && reading.onlyResults;
  const { roleRaw, roleSpan } = written;
  const role = isTool ? 'tool' : (written.role ?? 'user');
  return {
    turn: { role, roleRaw, span: { start: node.start, end: node.end }, roleSpan, pieces },
    tools: calls.length + results.length === 0 ? NO_TOOLS : { calls, results },
  };
}

/** Messages without content are refused, but for the last of the assistant. */
function reportEmpty(source: Source, turns: readonly TurnDraft[]): void {
  turns.forEach(({ role, pieces, roleSpan }, index) => {
    if (pieces.some(({ text, kind }) => kind === 'image' || text.trim() !== '')) return;
    if (role === 'tool' || (role === 'assistant' && index === turns.length - 1)) return;
    // Content that is being typed, or that is all hidden, is not empty.
    if (pieces.length === 0 || source.broken) return;
    report(source, 'warning', 'empty-content', roleSpan, 'This message is empty: the API refuses that.');
  });
}

function systemTurn(source: Source, request: JsonNode, hidden: HiddenList): TurnDraft | null {
  const member = memberOf(request, 'system');
  if (!member?.value || isNull(source, member.value)) return null;
  const reading = newReading();
  pushContent(source, member.value, 'text', hidden, reading);
  return reading.pieces.some(({ text }) => text.trim() !== '') ? memberTurn('system', member, reading.pieces) : null;
}

/** What a request may have. */
const REQUEST_MEMBER =
  /^(?:model|messages|system|tools|tool_choice|temperature|top_[pk]|stream|stop_sequences|metadata|thinking|anthropic_(?:version|beta)|betas|service_tier|container|mcp_servers|context_management|output_(?:config|format)|inference_geo)$/;

/** `max_tokens` is required. Said of requests only: rows of datasets and saved sessions have members of their own. */
function reportMissingCap(source: Source, request: JsonNode): void {
  const isSent = memberOf(request, 'model') ?? memberOf(request, 'anthropic_version');
  if (request.members.some(({ key }) => !REQUEST_MEMBER.test(key))) return;
  if (!isSent || !request.closed || memberOf(request, 'max_tokens')) return;
  const message = 'The API requires "max_tokens": add it beside "messages".';
  report(source, 'warning', 'missing-max-tokens', keySpan(memberOf(request, 'messages') ?? isSent), message);
}

const listOf = (value: JsonNode): readonly JsonNode[] => {
  if (value.kind === 'array') return value.items;
  const messages = memberValue(value, 'messages');
  if (messages?.kind === 'array') return messages.items;
  if (messages?.kind === 'object') return [messages];
  const reply = converseMessage(value);
  return reply ? [reply] : isMessage(value) ? [value] : [];
};

export const anthropicMessages: Dialect = {
  id: 'anthropic-messages',
  trace:
    /"(?:tool_use|tool_result|thinking|redacted_thinking|server_tool_use|document|search_result|input_schema|anthropic_version|stop_reason|stop_sequences|source|toolUse|toolResult|stopReason|inferenceConfig|toolConfig)"|"system"\s*:|claude-/,
  mergesReplies: true,

  recognises(text, value) {
    if (value.kind === 'array') return hasOwnBlocks(text, value);
    const messages = memberValue(value, 'messages');
    if (messages?.kind === 'array') return messages.items.some(isMessage) && isRequest(text, value, messages);
    return isResponse(text, value) || isConverseReply(value) || (isMessage(value) && hasOwnContent(text, value));
  },

  accepts(_text, value) {
    if (value.kind === 'array') return value.items.slice(0, ITEMS_LOOKED_AT).some(isMessage);
    const messages = memberValue(value, 'messages');
    if (messages?.kind === 'array' || messages?.kind === 'object') return true;
    return isMessage(value) || memberOf(value, 'system') !== null || converseMessage(value) !== null;
  },

  isTurn: isMessage,

  *conversations(source, value, strays): Generator<void, ConversationDraft[]> {
    const hidden = new HiddenList();
    const read = yield* readList(source, listOf(value), strays, {
      isTurn: isMessage,
      isStranded: (node) => node.members.some(({ key }) => key === 'role'),
      read: (node) => readMessage(source, node, hidden),
      lacks: 'no role, no content',
    });
    const isReply =
      !memberValue(value, 'messages') && (isResponse(source.text, value) || converseMessage(value) !== null);
    // A reply may hold the result of a call that an earlier one made: of a tool of the server's that took long.
    reportToolPairs(
      source,
      read.map(({ tools }) => tools),
      isReply,
    );
    const turns = mergeReplies(read.map(({ turn }) => turn));
    reportEmpty(source, turns);
    const span = { start: value.start, end: value.end };
    if (value.kind === 'array') return [{ span, turns: numbered(turns), parameters: {}, ...hidden.field }];
    if (isReply) {
      hidden.add('the request that this reply answers', keySpan(memberOf(converseMessage(value) ?? value, 'role')!));
    } else if (memberValue(value, 'messages')) reportMissingCap(source, value);
    const system = isReply ? null : systemTurn(source, value, hidden);
    const replies = isReply ? turns.map((turn) => ({ ...turn, ...usageField(source, value) })) : turns;
    hidden.addMembers(source, value, {
      container: 'what the container holds',
      mcp_servers: 'the tools of the MCP servers',
    });
    return [
      {
        ...idField(source, value, 'id'),
        span,
        turns: numbered(system ? [system, ...replies] : replies),
        ...modelField(source, value, 'model', 'modelId'),
        ...toolsField(source, memberOf(value, 'tools') ? value : objectAt(value, 'toolConfig'), 'tools'),
        parameters: {
          ...capOf(source, objectAt(value, 'inferenceConfig'), 'maxTokens'),
          ...capOf(source, value, 'max_tokens'),
        },
        ...hidden.field,
      },
    ];
  },

  reply: ({ list, gap }, reply) => {
    const said = JSON.stringify(reply);
    // Converse takes no bare text.
    const isConverse = list.items.some((message) =>
      listAt(message, 'content')?.items.some((block) => block.kind === 'object' && !memberOf(block, 'type')),
    );
    return [
      ['role', '"assistant"'],
      ['content', isConverse ? `[{"text":${gap}${said}}]` : said],
    ];
  },
};
