/**
 * Gemini's `contents`: roles `user` and `model` (none is the user), text and data in `parts`, the system instruction
 * beside the list. Names are read in camel case, as REST and JavaScript write them, and in snake case, as Python does.
 * Responses with `candidates` too.
 */
import { listAt, memberOf, memberValue, objectAt, stringAt, type JsonNode } from '../json/node.js';
import {
  isNull,
  isString,
  mediaPiece,
  report,
  stringPiece,
  stringText,
  valuePiece,
  type Source,
} from '../json/pieces.js';
import type { ContentPiece, ConversationParameters, MediaFacts, Role, Span } from '../model.js';
import type { ConversationDraft, Dialect } from './dialect.js';
import { capOf, idField, modelField, toolsField, usageField } from './request.js';
import { NO_TOOLS, reportToolPairs, type ToolEnd, type ToolEnds } from './toolPairs.js';
import {
  HiddenList,
  keySpan,
  memberTurn,
  numbered,
  readList,
  reportRole,
  writtenRole,
  type TurnDraft,
} from './turns.js';

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['user', 'user'],
  ['model', 'assistant'],
  ['function', 'tool'],
  ['tool', 'tool'],
]);
const ITEMS_LOOKED_AT = 50;
const SYSTEM_KEYS = ['systemInstruction', 'system_instruction'] as const;
const CONFIG_KEYS = ['generationConfig', 'generation_config', 'config'] as const;

const isContent = (node: JsonNode): boolean => node.kind === 'object' && memberOf(node, 'parts') !== null;
const isTurn = (node: JsonNode): boolean =>
  node.kind === 'object' && node.members.some(({ key }) => key === 'parts' || key === 'role');

/** Images and recordings by their kind; the rest of data is no text either, and is hidden. */
function pushData(source: Source, part: JsonNode, data: JsonNode, hidden: HiddenList, pieces: ContentPiece[]): void {
  const type = stringAt(data, 'mimeType', 'mime_type');
  const kind = type ? stringText(source, type).split('/')[0] : '';
  const content = stringAt(data, 'data', 'fileUri', 'file_uri');
  if (content && (kind === 'image' || kind === 'audio')) {
    pieces.push(mediaPiece(source, kind, content, resolutionOf(source, part)));
  } else if (part.closed) {
    const what = type ? `a file of type ${stringText(source, type).slice(0, 40)}` : 'a file';
    hidden.add(what, part);
  }
}

/** `{"level": "MEDIA_RESOLUTION_LOW"}` as the detail `low`. */
function resolutionOf(source: Source, part: JsonNode): MediaFacts {
  const level = stringAt(objectAt(part, 'mediaResolution', 'media_resolution'), 'level');
  return level ? { detail: stringText(source, level).replace('MEDIA_RESOLUTION_', '').toLowerCase() } : {};
}

export interface PartsRead {
  readonly pieces: ContentPiece[];
  readonly calls: ToolEnd[];
  readonly results: ToolEnd[];
  onlyResults: boolean;
}

function endOf(source: Source, node: JsonNode): ToolEnd {
  const id = stringAt(node, 'id');
  const name = stringAt(node, 'name') ?? node;
  return { id: id && stringText(source, id), span: { start: name.start, end: name.end } };
}

function pushPart(source: Source, part: JsonNode, hidden: HiddenList, read: PartsRead): void {
  const { pieces } = read;
  const response = objectAt(part, 'functionResponse', 'function_response');
  if (!response) read.onlyResults = false;
  if (isString(part)) {
    pieces.push(stringPiece(source, 'text', part));
    return;
  }
  const push = (kind: 'text' | 'thinking' | 'toolCall' | 'toolResult', node: JsonNode | null): void => {
    const piece = valuePiece(source, kind, node);
    if (piece) pieces.push(piece);
  };
  const text = stringAt(part, 'text');
  const call = objectAt(part, 'functionCall', 'function_call');
  const data = objectAt(part, 'inlineData', 'inline_data', 'fileData', 'file_data');
  const code = objectAt(part, 'executableCode', 'executable_code');
  const output = objectAt(part, 'codeExecutionResult', 'code_execution_result');
  if (text) {
    const thought = memberValue(part, 'thought');
    push(thought && source.text.startsWith('true', thought.start) ? 'thinking' : 'text', text);
  } else if (call) {
    push('toolCall', stringAt(call, 'name'));
    push('toolCall', memberValue(call, 'args'));
    read.calls.push(endOf(source, call));
  } else if (response) {
    push('toolResult', memberValue(response, 'response'));
    read.results.push(endOf(source, response));
    for (const inner of listAt(response, 'parts')?.items ?? []) {
      const file = objectAt(inner, 'inlineData', 'inline_data', 'fileData', 'file_data');
      if (file) pushData(source, inner, file, hidden, pieces);
    }
  } else if (data) pushData(source, part, data, hidden, pieces);
  else if (code) push('toolCall', stringAt(code, 'code'));
  else if (output) push('toolResult', stringAt(output, 'output'));
  else if (part.closed && part.members.length > 0 && !memberOf(part, 'thoughtSignature') && !memberOf(part, 'text')) {
    const message = 'This part is not counted: known are text, data, function calls and responses, and code.';
    report(source, 'hint', 'not-counted', part, message);
  }
}

export function readParts(source: Source, content: JsonNode, hidden: HiddenList): PartsRead {
  const read: PartsRead = { pieces: [], calls: [], results: [], onlyResults: true };
  const parts = content.kind === 'object' ? memberValue(content, 'parts') : content;
  if (isString(parts)) pushPart(source, parts, hidden, read);
  else if (parts?.kind === 'object') pushPart(source, parts, hidden, read);
  else if (parts?.kind === 'array') for (const part of parts.items) pushPart(source, part, hidden, read);
  else if (parts && !isNull(source, parts)) {
    report(source, 'warning', 'not-counted', parts, 'The parts are no list: not counted.');
  }
  return read;
}

interface ContentRead {
  readonly turn: TurnDraft;
  readonly tools: ToolEnds;
}

function readContent(source: Source, node: JsonNode, hidden: HiddenList): ContentRead {
  const span: Span = { start: node.start, end: node.end };
  // The SDKs take bare text as a turn of the user.
  if (isString(node)) {
    const pieces = [stringPiece(source, 'text', node)];
    return { turn: { role: 'user', roleRaw: '', span, roleSpan: span, pieces }, tools: NO_TOOLS };
  }
  const written = writtenRole(source, node, 'role', (word) => ROLES.get(word) ?? null);
  const { roleRaw, roleSpan } = written;
  if (roleRaw === 'system') {
    const message = 'A system prompt in "contents" is refused: write it as "systemInstruction" beside them.';
    report(source, 'warning', 'misplaced-system', roleSpan, message);
  } else if (roleRaw !== '') reportRole(source, written, 'user and model');
  const { pieces, calls, results, onlyResults } = readParts(source, node, hidden);
  const isTool = written.role !== 'assistant' && results.length > 0 && onlyResults;
  const role = isTool ? 'tool' : roleRaw === 'system' ? 'system' : (written.role ?? 'user');
  return {
    turn: { role, roleRaw, span, roleSpan, pieces },
    tools: calls.length + results.length === 0 ? NO_TOOLS : { calls, results },
  };
}

function systemTurn(source: Source, request: JsonNode, hidden: HiddenList): TurnDraft | null {
  for (const key of SYSTEM_KEYS) {
    const member = memberOf(request, key);
    if (!member?.value || isNull(source, member.value)) continue;
    const { pieces } = isString(member.value)
      ? { pieces: [stringPiece(source, 'text', member.value)] }
      : readParts(source, member.value, hidden);
    if (pieces.some(({ text }) => text.trim() !== '')) return memberTurn('system', member, pieces);
  }
  return null;
}

function parametersOf(source: Source, request: JsonNode): ConversationParameters {
  for (const key of CONFIG_KEYS) {
    const found = capOf(source, objectAt(request, key), 'maxOutputTokens', 'max_output_tokens');
    if (found.maxTokens !== undefined) return found;
  }
  return {};
}

/** A response: each candidate is a reply to a request that is not in the file. */
function candidatesOf(source: Source, response: JsonNode, candidates: JsonNode): ConversationDraft[] {
  const contents = candidates.items.flatMap((item) => objectAt(item, 'content') ?? []).filter(isContent);
  const place = keySpan(memberOf(response, 'candidates')!);
  return contents.map((content) => {
    const hidden = new HiddenList();
    hidden.add('the request that this reply answers', place);
    const { turn } = readContent(source, content, hidden);
    const whole = contents.length === 1;
    return {
      ...(whole ? idField(source, response, 'responseId', 'response_id') : {}),
      span: whole ? { start: response.start, end: response.end } : turn.span,
      turns: numbered([{ ...turn, role: 'assistant', ...(whole ? usageField(source, response) : {}) }]),
      ...modelField(source, response, 'modelVersion', 'model_version', 'model'),
      parameters: {},
      ...hidden.field,
    };
  });
}

function contentsOf(value: JsonNode): readonly JsonNode[] {
  if (value.kind === 'array') return value.items;
  const contents = memberValue(value, 'contents');
  if (contents?.kind === 'array') {
    // One turn of several parts, as the SDKs take it.
    return contents.items;
  }
  if (contents?.kind === 'object' || isString(contents)) return [contents];
  return isContent(value) ? [value] : [];
}

export const gemini: Dialect = {
  id: 'gemini',
  trace: /"(?:parts|contents|candidates)"\s*:/,

  recognises(_text, value) {
    if (value.kind === 'array') return value.items.slice(0, ITEMS_LOOKED_AT).some((item) => isPartsTurn(item));
    const contents = memberValue(value, 'contents');
    if (contents?.kind === 'array') return contents.items.slice(0, ITEMS_LOOKED_AT).some(isPartsTurn);
    if (contents) return isPartsTurn(contents) || (isString(contents) && stringAt(value, 'model') !== null);
    const candidates = listAt(value, 'candidates');
    return candidates?.items.some((item) => isContent(objectAt(item, 'content') ?? item)) ?? false;
  },

  accepts(text, value) {
    if (value.kind === 'array') return value.items.slice(0, ITEMS_LOOKED_AT).some(isContent);
    const contents = memberValue(value, 'contents');
    const isBegun = SYSTEM_KEYS.some((key) => memberOf(value, key));
    return contents !== null || isBegun || isContent(value) || this.recognises(text, value);
  },

  isTurn,

  *conversations(source, value, strays): Generator<void, ConversationDraft[]> {
    const candidates = listAt(value, 'candidates');
    if (candidates && !memberValue(value, 'contents')) return candidatesOf(source, value, candidates);
    const hidden = new HiddenList();
    const read = yield* readList(source, contentsOf(value), strays, {
      isTurn: (node) => isTurn(node) || isString(node),
      isStranded: (node) => node.kind === 'object' && memberOf(node, 'role') !== null,
      read: (node) => readContent(source, node, hidden),
      lacks: 'no role, no parts',
    });
    reportToolPairs(
      source,
      read.map(({ tools }) => tools),
    );
    const turns = read.map(({ turn }) => turn);
    const span = { start: value.start, end: value.end };
    if (value.kind === 'array') return [{ span, turns: numbered(turns), parameters: {}, ...hidden.field }];
    const config = objectAt(value, ...CONFIG_KEYS);
    const system = systemTurn(source, value, hidden) ?? (config && systemTurn(source, config, hidden));
    for (const place of config ? [value, config] : [value]) {
      const cached = 'what the cached content holds';
      const schema = 'the schema of the reply';
      hidden.addMembers(source, place, {
        cachedContent: cached,
        cached_content: cached,
        responseSchema: schema,
        response_schema: schema,
        responseJsonSchema: schema,
      });
    }
    const tools = toolsField(source, value, 'tools');
    return [
      {
        span,
        turns: numbered(system ? [system, ...turns] : turns),
        ...modelField(source, value, 'model'),
        ...(tools.tools ? tools : toolsField(source, config, 'tools')),
        parameters: parametersOf(source, value),
        ...hidden.field,
      },
    ];
  },

  reply: ({ gap }, reply) => [
    ['role', '"model"'],
    ['parts', `[{"text":${gap}${JSON.stringify(reply)}}]`],
  ],
};

/** Parts that say something: other JSON has lists of parts, too. */
function isPartsTurn(node: JsonNode): boolean {
  const parts = node.kind === 'object' ? memberValue(node, 'parts') : null;
  const list = parts?.kind === 'array' ? parts.items : parts ? [parts] : [];
  // A part that names its type is another API's: a message as the AI SDK keeps it.
  return list.some(
    (part) =>
      memberOf(part, 'type') === null &&
      part.members.some(({ key, value }) =>
        key === 'text'
          ? isString(value)
          : /^(?:inline_?[dD]ata|file_?[dD]ata|function_?[cC]all|function_?[rR]esponse|executable_?[cC]ode)$/.test(key),
      ),
  );
}
