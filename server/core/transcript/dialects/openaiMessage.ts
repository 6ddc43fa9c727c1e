/** What one message in OpenAI's shape says, as pieces, and which tool calls and results it has. */
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
import type { ContentPiece, MediaFacts, PieceKind } from '../model.js';
import { NO_TOOLS, type ToolEnd, type ToolEnds } from './toolPairs.js';
import type { HiddenList, WrittenRole } from './turns.js';

/** What a part asks for: `low`, `high`, `auto`. */
export function detailOf(source: Source, ...nodes: readonly (JsonNode | null)[]): MediaFacts {
  for (const node of nodes) {
    const detail = stringAt(node, 'detail');
    if (detail) return { detail: stringText(source, detail) };
  }
  return {};
}

function pushPart(source: Source, part: JsonNode, kind: PieceKind, hidden: HiddenList, pieces: ContentPiece[]): void {
  if (isString(part)) {
    pieces.push(stringPiece(source, kind, part));
    return;
  }
  const text = stringAt(part, 'text', 'refusal');
  const thinking = stringAt(part, 'thinking');
  const image = memberValue(part, 'image_url');
  const url = isString(image) ? image : stringAt(image, 'url');
  const data = stringAt(objectAt(part, 'input_audio'), 'data');
  if (text) pieces.push(stringPiece(source, kind, text));
  else if (thinking) pieces.push(stringPiece(source, 'thinking', thinking));
  else if (url) pieces.push(mediaPiece(source, 'image', url, detailOf(source, image, part)));
  else if (data) pieces.push(mediaPiece(source, 'audio', data));
  else if (objectAt(part, 'file')) hidden.add('an attached file', part);
  else if (part.closed) {
    const type = stringAt(part, 'type');
    const name = type ? `of type "${stringText(source, type).slice(0, 40)}" ` : '';
    const message = `A part ${name}is not counted: known are text, refusal, image_url, input_audio and file.`;
    report(source, 'hint', 'not-counted', part, message);
  }
}

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
  const thinking = stringAt(message, 'reasoning_content', 'reasoning');
  if (thinking) pieces.push(stringPiece(source, 'thinking', thinking));
  const content = memberValue(message, 'content');
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
    return {
      calls: [],
      results: [{ id: id && stringText(source, id), span: id ? insideOf(id) : roleSpan }],
    };
  }
  const calls = listAt(message, 'tool_calls')?.items ?? [];
  const old = objectAt(message, 'function_call');
  if (calls.length === 0 && !old) return NO_TOOLS;
  const ends: ToolEnd[] = calls.map((call) => {
    const id = stringAt(call, 'id');
    return { id: id && stringText(source, id), span: id ? insideOf(id) : { start: call.start, end: call.end } };
  });
  if (old) ends.push({ id: null, span: { start: old.start, end: old.end } });
  return { calls: ends, results: [] };
}
