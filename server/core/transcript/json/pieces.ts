/** Pieces of content over JSON nodes, and what every reader of them needs: the source and where problems go. */
import { BACKSLASH, isBlank, QUOTE } from './blank.js';
import type { JsonNode } from './node.js';
import { JsonParts } from '../jsonParts.js';
import { partedPiece } from '../pieceText.js';
import type { ContentPiece, MediaFacts, PieceKind, Problem, Severity, Span } from '../model.js';
import { factsOfBase64, factsOfUrl } from '../mediaFiles/facts.js';
import { decodeJsonString, JsonStringMap } from '../textMap.js';

/** A source text and where its problems go. */
export interface Source {
  readonly text: string;
  readonly problems: Problem[];
  /** Whether the JSON has syntax problems: brackets may be gone, and what belongs together may stand apart. */
  readonly broken: boolean;
}

/** Reports something at a place. */
export function report(
  { problems }: Pick<Source, 'problems'>,
  severity: Severity,
  code: string,
  { start, end }: Span,
  message: string,
): void {
  problems.push({ code, severity, message, span: { start, end } });
}

export const isString = (node: JsonNode | null): node is JsonNode & { kind: 'string' } => node?.kind === 'string';

/** The range between a string's quotes. */
export const insideOf = (node: JsonNode): Span => ({ start: node.innerStart, end: node.innerEnd });

/** Decodes a string node, and says where its escapes are none. */
export function stringText({ text, problems }: Pick<Source, 'text' | 'problems'>, node: JsonNode): string {
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

/** A string so long is kept in parts from the start, in code units: then its first edit is not longer than others. */
const LONG_STRING = 1 << 15;

/** A piece over one string. */
export function stringPiece(source: Pick<Source, 'text' | 'problems'>, kind: PieceKind, node: JsonNode): ContentPiece {
  const span = insideOf(node);
  if (span.end - span.start >= LONG_STRING && node.closed) {
    const parts = JsonParts.of(source.text.slice(span.start, span.end));
    if (parts) return partedPiece(kind, span, parts);
  }
  const text = stringText(source, node);
  if (text.length === span.end - span.start) return { kind, spans: [span], text };
  return { kind, spans: [span], text, map: new JsonStringMap(source.text.slice(span.start, span.end)) };
}

/**
 * A piece over JSON text that is sent as JSON: the source without the blanks and comments between its tokens, which no
 * client sends.
 */
export function jsonPiece({ text }: Pick<Source, 'text'>, kind: PieceKind, node: JsonNode): ContentPiece {
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

/** A piece over JSON that may be a string: a string's text, anything else as it is sent. Null for nothing and `null`. */
export function valuePiece(source: Source, kind: PieceKind, node: JsonNode | null): ContentPiece | null {
  if (!node || isNull(source, node)) return null;
  return isString(node) ? stringPiece(source, kind, node) : jsonPiece(source, kind, node);
}

/**
 * Image and audio: counted by rule, so a URL or base64 is never text.
 *
 * @param node the string with the URL or the base64
 * @param facts what the file says of it beside what the base64 itself does
 */
export function mediaPiece(
  { text }: Pick<Source, 'text'>,
  kind: 'image' | 'audio',
  node: JsonNode,
  facts: MediaFacts = {},
): ContentPiece {
  const span = insideOf(node);
  const inside = text.slice(span.start, span.end);
  const isUrl = /^[a-z][a-z0-9+.-]{1,20}:/i.test(inside.slice(0, 30));
  const ofFile = isUrl ? factsOfUrl(inside) : factsOfBase64(inside);
  const media = { ...ofFile, ...facts };
  const piece = { kind, spans: [span], text: '' };
  return Object.keys(media).length === 0 ? piece : { ...piece, media };
}

export const isNull = ({ text }: Pick<Source, 'text'>, node: JsonNode): boolean =>
  node.kind === 'literal' && text[node.start] === 'n';

/** The value of a whole number above zero; undefined for anything else. */
export function positiveInteger({ text }: Pick<Source, 'text'>, node: JsonNode | null): number | undefined {
  if (node?.kind !== 'number') return undefined;
  const value = Number(text.slice(node.start, node.end));
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
