/**
 * The parts of a chat message's content: OpenAI's (`text`, `image_url`, `input_audio`), those of Hugging Face templates and
 * of trainers (`image`, `video`, `audio`, a text under `value`), of Mistral (`thinking` as a list), and of the messages that
 * the AI SDK keeps (`reasoning`, `tool-call`, `tool-result`, `tool-NAME`).
 */
import { listAt, memberValue, objectAt, stringAt, type JsonNode } from '../json/node.js';
import { insideOf, isNull, isString, mediaPiece, report, stringPiece, stringText, valuePiece } from '../json/pieces.js';
import type { Source } from '../json/pieces.js';
import type { ContentPiece, MediaFacts, PieceKind } from '../model.js';
import type { ToolEnd } from './toolPairs.js';
import type { HiddenList } from './turns.js';

/** What a part asks for: `low`, `high`, `auto`. */
export function detailOf(source: Source, ...nodes: readonly (JsonNode | null)[]): MediaFacts {
  for (const node of nodes) {
    const detail = stringAt(node, 'detail');
    if (detail) return { detail: stringText(source, detail) };
  }
  return {};
}

/** What parts of a type are, in the names of those that write them. */
const IMAGE = /^(?:image|image_url|input_image)$/;
const AUDIO = /^(?:audio|audio_url|input_audio)$/;
const VIDEO = /^(?:video|video_url|input_video)$/;
const THINKING = /^(?:reasoning|thinking)$/;
const CALL = /^(?:tool_call|tool-call|function_call)$/;
/** Parts that carry nothing for a model. */
const EMPTY = /^(?:step-start|data-.*|source-url|source-document)$/;
/** Where a part has its image or recording, or the path or the base64 of it. */
const FILE_KEYS = ['url', 'path', 'base64', 'data', 'value'] as const;

/** The string with an image or a recording: of the part, or of the object under the key that names its type. */
function fileOf(part: JsonNode, ...keys: readonly string[]): JsonNode | null {
  const inner = objectAt(part, ...keys);
  return stringAt(part, ...keys) ?? (inner && stringAt(inner, ...FILE_KEYS)) ?? stringAt(part, ...FILE_KEYS);
}

/** A tool's call with its result in one part, as the AI SDK keeps it. */
function pushTool(source: Source, part: JsonNode, type: string, pieces: ContentPiece[]): void {
  const push = (kind: PieceKind, node: JsonNode | null): void => {
    const piece = valuePiece(source, kind, node);
    if (piece) pieces.push(piece);
  };
  if (type !== 'tool-result') {
    push('toolCall', stringAt(part, 'toolName'));
    push('toolCall', memberValue(part, 'input') ?? memberValue(part, 'args'));
  }
  const output = memberValue(part, 'output') ?? memberValue(part, 'result') ?? stringAt(part, 'errorText');
  push('toolResult', output?.kind === 'object' ? (memberValue(output, 'value') ?? output) : output);
}

/** Reads one part into `pieces`; what it does not know it reports. */
export function pushPart(
  source: Source,
  part: JsonNode,
  kind: PieceKind,
  hidden: HiddenList,
  pieces: ContentPiece[],
): void {
  if (isString(part)) {
    pieces.push(stringPiece(source, kind, part));
    return;
  }
  const typeNode = stringAt(part, 'type');
  const type = typeNode ? stringText(source, typeNode) : '';
  const push = (as: PieceKind, node: JsonNode | null): void => {
    const piece = valuePiece(source, as, node);
    if (piece) pieces.push(piece);
  };
  if (IMAGE.test(type) || (type === '' && memberValue(part, 'image_url'))) {
    const file = fileOf(part, 'image_url', 'image');
    // A bare `{"type": "image"}` stands for one of the pictures beside the messages.
    const place = file ?? typeNode;
    if (place) pieces.push(mediaPiece(source, 'image', place, detailOf(source, objectAt(part, 'image_url'), part)));
  } else if (AUDIO.test(type) || (type === '' && objectAt(part, 'input_audio'))) {
    const place = fileOf(part, 'input_audio', 'audio_url', 'audio') ?? typeNode;
    if (place) pieces.push(mediaPiece(source, 'audio', place));
  } else if (VIDEO.test(type)) hidden.add('a video', part);
  else if (THINKING.test(type)) {
    const thinking = memberValue(part, 'thinking');
    if (thinking?.kind === 'array')
      for (const each of listAt(part, 'thinking')!.items) push('thinking', stringAt(each, 'text'));
    else push('thinking', stringAt(part, 'thinking', 'text', 'reasoning', 'value'));
  } else if (CALL.test(type) && stringAt(part, 'value')) push('toolCall', stringAt(part, 'value'));
  else if (type === 'tool-call' || type === 'tool-result' || type === 'dynamic-tool' || type.startsWith('tool-')) {
    pushTool(source, part, type, pieces);
  } else if (objectAt(part, 'file') ?? (/^(?:file|document)$/.test(type) ? part : null))
    hidden.add('an attached file', part);
  else {
    const text = stringAt(part, 'text', 'refusal', 'value');
    const thinking = stringAt(part, 'thinking');
    if (text) pieces.push(stringPiece(source, kind, text));
    else if (thinking) pieces.push(stringPiece(source, 'thinking', thinking));
    else if (part.closed && !EMPTY.test(type) && !isNull(source, part)) {
      const name = type === '' ? '' : `of type "${type.slice(0, 40)}" `;
      const message = `A part ${name}is not counted: known are text, refusal, image_url, input_audio and file.`;
      report(source, 'hint', 'not-counted', part, message);
    }
  }
}

/** Images of a message that stand beside its text, as Ollama has them. */
export function pushImages(source: Source, message: JsonNode, pieces: ContentPiece[]): void {
  for (const image of listAt(message, 'images')?.items ?? []) {
    if (isString(image) && insideOf(image).end > insideOf(image).start) pieces.push(mediaPiece(source, 'image', image));
  }
}

/** The parts of a message that are of a type, as ends of calls: with the id that they name. */
function endsOf(source: Source, message: JsonNode, type: RegExp): ToolEnd[] {
  return (listAt(message, 'content')?.items ?? []).flatMap((part) => {
    const written = stringAt(part, 'type');
    if (!written || !type.test(stringText(source, written))) return [];
    const id = stringAt(part, 'toolCallId', 'tool_call_id');
    return { id: id && stringText(source, id), span: id ? insideOf(id) : { start: part.start, end: part.end } };
  });
}

/** The calls and the results of tools that stand among the parts of a message. */
export const callParts = (source: Source, message: JsonNode): ToolEnd[] => endsOf(source, message, CALL);
export const resultParts = (source: Source, message: JsonNode): ToolEnd[] => endsOf(source, message, /^tool-result$/);
