/** The content of one chat message in OpenAI's shape, as pieces. */
import { BACKSLASH, isBlank, QUOTE } from '../json/blank.js';
import { memberValue, type JsonNode } from '../json/node.js';
import { factsOfBase64, factsOfUrl } from '../mediaFiles/facts.js';
import type { ContentPiece, MediaFacts, PieceKind, Problem, Span } from '../model.js';
import { decodeJsonString, JsonStringMap } from '../textMap.js';

/** A source text and where its problems go. */
export interface Source {
  readonly text: string;
  readonly problems: Problem[];
}

export const isString = (node: JsonNode | null): node is JsonNode & { kind: 'string' } => node?.kind === 'string';

/** The range between a string's quotes. */
export const insideOf = (node: JsonNode): Span => ({ start: node.innerStart, end: node.innerEnd });

/** Decodes a string node, and says where its escapes are none. */
export function stringText({ text, problems }: Source, node: JsonNode): string {
  const { start, end } = insideOf(node);
  const inside = text.slice(start, end);
  if (!node.escaped) return inside;
  const onBadEscape = (offset: number): void => {
    // A backslash at the very end of text being typed is an escape half typed.
    if (!node.closed && offset > inside.length - 6) return;
    const span = { start: start + offset, end: Math.min(start + offset + 2, end) };
    const message = 'JSON: This backslash escapes nothing: write \\\\ for a backslash.';
    problems.push({ code: 'json-syntax', severity: 'error', message, span });
  };
  const isQuoted = node.closed && node.start < start;
  return isQuoted
    ? decodeJsonString(inside, onBadEscape, text.slice(node.start, node.end))
    : decodeJsonString(inside, onBadEscape);
}

/** A piece over one string. */
export function stringPiece(source: Source, kind: PieceKind, node: JsonNode): ContentPiece {
  const span = insideOf(node);
  const text = stringText(source, node);
  if (text.length === span.end - span.start) return { kind, spans: [span], text };
  return { kind, spans: [span], text, map: new JsonStringMap(source.text.slice(span.start, span.end)) };
}

/**
 * A piece over JSON text that is sent as JSON: the source without the blanks and comments between its tokens, which no
 * client sends.
 */
export function jsonPiece({ text }: Source, kind: PieceKind, node: JsonNode): ContentPiece {
  const spans: Span[] = [];
  let from = node.start;
  const cut = (at: number, past: number): void => {
    if (at > from) spans.push({ start: from, end: at });
    from = past;
  };
  for (let at = node.start; at < node.end;) {
    const code = text.charCodeAt(at);
    let past = at + 1;
    if (code === QUOTE) {
      while (past < node.end && text.charCodeAt(past) !== QUOTE) past += text.charCodeAt(past) === BACKSLASH ? 2 : 1;
      past++;
    } else if (isBlank(code)) {
      while (past < node.end && isBlank(text.charCodeAt(past))) past++;
      cut(at, past);
    } else if (text.startsWith('//', at) || text.startsWith('/*', at)) {
      const close = text.startsWith('//', at)
        ? text.slice(at, node.end).search(/[\r\n]/)
        : text.indexOf('*/', at + 2) + 2 - at;
      past = close > 0 ? at + close : node.end;
      cut(at, past);
    }
    at = past;
  }
  cut(node.end, node.end);
  return { kind, spans, text: spans.map(({ start, end }) => text.slice(start, end)).join('') };
}

/**
 * Image and audio: counted by rule, so a URL or base64 is never text.
 *
 * @param node the string with the URL or the base64
 * @param facts what the file says of it beside what the base64 itself does
 */
export function mediaPiece(
  { text }: Source,
  kind: 'image' | 'audio',
  node: JsonNode,
  facts: MediaFacts = {},
): ContentPiece {
  const span = insideOf(node);
  const inside = text.slice(span.start, span.end);
  const media = { ...(kind === 'image' ? factsOfUrl(inside) : factsOfBase64(inside)), ...facts };
  const piece = { kind, spans: [span], text: '' };
  return Object.keys(media).length === 0 ? piece : { ...piece, media };
}

const TEXT_KEYS = ['text', 'refusal'] as const;

function pushPart(source: Source, part: JsonNode, kind: PieceKind, pieces: ContentPiece[]): void {
  if (part.kind === 'string') {
    pieces.push(stringPiece(source, kind, part));
    return;
  }
  for (const key of TEXT_KEYS) {
    const value = memberValue(part, key);
    if (isString(value)) {
      pieces.push(stringPiece(source, kind, value));
      return;
    }
  }
  const thinking = memberValue(part, 'thinking');
  const image = memberValue(part, 'image_url');
  const url = isString(image) ? image : image && memberValue(image, 'url');
  const audio = memberValue(part, 'input_audio');
  const data = audio && memberValue(audio, 'data');
  if (isString(thinking)) pieces.push(stringPiece(source, 'thinking', thinking));
  else if (isString(url)) {
    const detail = (image && memberValue(image, 'detail')) ?? memberValue(part, 'detail');
    pieces.push(mediaPiece(source, 'image', url, isString(detail) ? { detail: stringText(source, detail) } : {}));
  } else if (isString(data)) pieces.push(mediaPiece(source, 'audio', data));
  else if (part.closed) {
    const type = memberValue(part, 'type');
    const name = isString(type) ? `of type "${stringText(source, type).slice(0, 40)}" ` : '';
    const message = `A part ${name}is not counted: known are text, refusal, image_url and input_audio.`;
    source.problems.push({
      code: 'not-counted',
      severity: 'hint',
      message,
      span: { start: part.start, end: part.end },
    });
  }
}

function pushCall(source: Source, call: JsonNode, pieces: ContentPiece[]): void {
  const inner = memberValue(call, 'function') ?? memberValue(call, 'custom');
  const body = inner?.kind === 'object' ? inner : call;
  const name = memberValue(body, 'name');
  if (isString(name)) pieces.push(stringPiece(source, 'toolCall', name));
  const input = memberValue(body, 'arguments') ?? memberValue(body, 'input');
  if (isString(input)) pieces.push(stringPiece(source, 'toolCall', input));
  else if (input && input.kind !== 'literal') pieces.push(jsonPiece(source, 'toolCall', input));
}

/** Everything of a message that a model reads or writes, in the order in which it does: thinking, content, calls. */
export function messagePieces(source: Source, message: JsonNode, isTool: boolean): ContentPiece[] {
  const pieces: ContentPiece[] = [];
  const kind = isTool ? 'toolResult' : 'text';
  const thinking = memberValue(message, 'reasoning_content') ?? memberValue(message, 'reasoning');
  if (isString(thinking)) pieces.push(stringPiece(source, 'thinking', thinking));
  const content = memberValue(message, 'content');
  if (isString(content)) pieces.push(stringPiece(source, kind, content));
  else if (content?.kind === 'array') for (const part of content.items) pushPart(source, part, kind, pieces);
  else if (content && (content.kind !== 'literal' || source.text[content.start] !== 'n')) {
    const text = 'The content is neither text, a list of parts nor null: not counted.';
    const span = { start: content.start, end: content.end };
    source.problems.push({ code: 'not-counted', severity: 'warning', message: text, span });
  }
  const refusal = memberValue(message, 'refusal');
  if (isString(refusal)) pieces.push(stringPiece(source, kind, refusal));
  const calls = memberValue(message, 'tool_calls');
  if (calls?.kind === 'array') for (const call of calls.items) pushCall(source, call, pieces);
  const call = memberValue(message, 'function_call');
  if (call?.kind === 'object') pushCall(source, call, pieces);
  return pieces;
}
