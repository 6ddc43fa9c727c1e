/** What one message in OpenAI's shape says, as pieces, and which tool calls and results it has. */
import { listAt, memberValue, objectAt, stringAt, type JsonNode } from '../json/node.js';
import {
  insideOf,
  isNull,
  isString,
  report,
  stringPiece,
  stringText,
  valuePiece,
  type Source,
} from '../json/pieces.js';
import type { ContentPiece } from '../model.js';
import { callParts, pushImages, pushPart, resultParts } from './messageParts.js';
import { NO_TOOLS, type ToolEnd, type ToolEnds } from './toolPairs.js';
import type { HiddenList, WrittenRole } from './turns.js';

function pushCall(source: Source, call: JsonNode, pieces: ContentPiece[]): void {
  const body = objectAt(call, 'function', 'custom') ?? call;
  const name = stringAt(body, 'name');
  if (name) pieces.push(stringPiece(source, 'toolCall', name));
  const input = memberValue(body, 'arguments') ?? memberValue(body, 'input');
  const piece = input?.kind === 'literal' ? null : valuePiece(source, 'toolCall', input);
  if (piece) pieces.push(piece);
}

/** Everything of a message that a model reads or writes, in the order in which it does: thinking, content, calls. */
export function messagePieces(
  source: Source,
  message: JsonNode,
  isTool: boolean,
  hidden: HiddenList,
): readonly ContentPiece[] {
  const pieces: ContentPiece[] = [];
  const kind = isTool ? 'toolResult' : 'text';
  const thinking = stringAt(message, 'reasoning_content', 'reasoning', 'thinking', 'tool_plan');
  if (thinking) pieces.push(stringPiece(source, 'thinking', thinking));
  pushImages(source, message, pieces);
  // The AI SDK keeps a message as its `parts`, some of its programs with the text of them as `content` too.
  const content = listAt(message, 'parts') ?? memberValue(message, 'content');
  if (isString(content)) pieces.push(stringPiece(source, kind, content));
  else if (content?.kind === 'array') for (const part of content.items) pushPart(source, part, kind, hidden, pieces);
  else if (content && !isNull(source, content)) {
    const text = 'The content is neither text, a list of parts nor null: not counted.';
    report(source, 'warning', 'not-counted', content, text);
  }
  const refusal = stringAt(message, 'refusal');
  if (refusal) pieces.push(stringPiece(source, kind, refusal));
  for (const call of listAt(message, 'tool_calls')?.items ?? []) pushCall(source, call, pieces);
  const call = objectAt(message, 'function_call');
  if (call) pushCall(source, call, pieces);
  const audio = objectAt(message, 'audio');
  if (audio) hidden.add('the recording of an earlier reply', audio);
  return pieces;
}

/** The tool calls and results of a message. Those of the old `function_call` have no id. */
export function messageTools(source: Source, message: JsonNode, { role, roleSpan }: WrittenRole): ToolEnds {
  if (role === 'tool') {
    const id = stringAt(message, 'tool_call_id');
    const parts = resultParts(source, message);
    if (!id && parts.length > 0) return { calls: [], results: parts };
    return {
      calls: [],
      results: [{ id: id && stringText(source, id), span: id ? insideOf(id) : roleSpan }],
    };
  }
  const calls = listAt(message, 'tool_calls')?.items ?? [];
  const old = objectAt(message, 'function_call');
  const parts = callParts(source, message);
  if (calls.length === 0 && !old) return parts.length > 0 ? { calls: parts, results: [] } : NO_TOOLS;
  const ends: ToolEnd[] = calls.map((call) => {
    const id = stringAt(call, 'id');
    return { id: id && stringText(source, id), span: id ? insideOf(id) : { start: call.start, end: call.end } };
  });
  if (old) ends.push({ id: null, span: { start: old.start, end: old.end } });
  return { calls: ends, results: [] };
}
