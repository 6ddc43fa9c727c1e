/** Small readers of JSON nodes that exports and logs share. */
import { memberValue, type JsonNode } from '../json/node.js';
import { insideOf, isNull, isString, stringPiece, stringText, type Source } from '../json/pieces.js';
import type { ContentPiece, Conversation, PieceKind, Span } from '../model.js';

/** The text of a string member; empty for none. */
export function stringAt(source: Source, node: JsonNode | null, key: string): string {
  const value = node && memberValue(node, key);
  return isString(value) ? stringText(source, value) : '';
}

/** A whole number of zero or more; undefined for anything else. */
export function countAt({ text }: Source, node: JsonNode | null, key: string): number | undefined {
  const value = node && memberValue(node, key);
  if (value?.kind !== 'number') return undefined;
  const number = Number(text.slice(value.start, value.end));
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

export function isTrue({ text }: Source, node: JsonNode | null, key: string): boolean {
  const value = node && memberValue(node, key);
  return value?.kind === 'literal' && text[value.start] === 't';
}

/** Whether the member is there and says something. */
export function hasValue(source: Source, node: JsonNode | null, key: string): boolean {
  const value = node && memberValue(node, key);
  if (!value || isNull(source, value)) return false;
  return value.kind !== 'array' || value.items.length > 0;
}

export const itemsAt = (node: JsonNode | null, key: string): readonly JsonNode[] => {
  const value = node && memberValue(node, key);
  return value?.kind === 'array' ? value.items : [];
};

/** The piece of a string member that says something; null for any other. */
export function pieceAt(source: Source, kind: PieceKind, node: JsonNode | null, key: string): ContentPiece | null {
  const value = node && memberValue(node, key);
  if (!isString(value)) return null;
  const piece = stringPiece(source, kind, value);
  return piece.text === '' ? null : piece;
}

/** A model as the member names it, without a provider before a slash; undefined for none. */
export function modelAt(source: Source, node: JsonNode | null, key: string): Conversation['model'] {
  const value = node && memberValue(node, key);
  if (!isString(value) || !value.closed) return undefined;
  const written = stringText(source, value);
  if (written === '' || written.startsWith('<')) return undefined;
  const { start, end } = insideOf(value);
  const from = end - start === written.length ? written.lastIndexOf('/') + 1 : 0;
  return { id: written.slice(from), span: { start: start + from, end } };
}

/** Where a lens stands for an object: a string member, else its first character. */
export function placeOf(
  source: Source,
  node: JsonNode,
  holder: JsonNode | null,
  key: string,
): { raw: string; span: Span } {
  const value = holder && memberValue(holder, key);
  if (!isString(value)) return { raw: '', span: { start: node.start, end: Math.min(node.start + 1, node.end) } };
  return { raw: stringText(source, value), span: insideOf(value) };
}
