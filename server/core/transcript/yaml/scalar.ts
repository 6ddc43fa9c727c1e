/** What a scalar of the tree says: its text with places, or a number. */
import type { ContentPiece, Conversation, ConversationParameters, PieceKind, Problem } from '../model.js';
import { memberValue, resolved, type YamlNode } from './node.js';
import { blockScalar, flowScalar, type DecodedScalar } from './scalarText.js';

/** A source text and where its problems go. */
export interface YamlSource {
  readonly text: string;
  readonly problems: Problem[];
}

export type ScalarType = 'string' | 'number' | 'boolean' | 'null';

/** The text of a scalar and its places, anchors not followed. */
function decoded(text: string, node: YamlNode, onBadEscape?: (offset: number) => void): DecodedScalar {
  const { start, end, style = 'plain', block, closed } = node;
  if (block) return blockScalar(text, style, block, end);
  if (style === 'plain') return flowScalar(text, style, start, end);
  return flowScalar(text, style, start + 1, Math.max(start + 1, closed ? end - 1 : end), onBadEscape);
}

/** Decoded text of a scalar, also through an alias; null for a map, a sequence or nothing. */
export function scalarText(text: string, node: YamlNode | null): string | null {
  const scalar = resolved(node);
  return scalar?.kind === 'scalar' ? decoded(text, scalar).text : null;
}

/** What YAML takes a scalar for (core schema); null for a map, a sequence or nothing. */
export function scalarType(text: string, node: YamlNode | null): ScalarType | null {
  const scalar = resolved(node);
  if (scalar?.kind !== 'scalar') return null;
  if (scalar.style !== 'plain') return 'string';
  const word = text.slice(scalar.start, scalar.end);
  if (/^(?:null|Null|NULL|~|)$/.test(word)) return 'null';
  if (/^(?:true|True|TRUE|false|False|FALSE)$/.test(word)) return 'boolean';
  if (/^(?:[-+]?(?:\d+|\d*\.\d+|\d+\.\d*)(?:[eE][-+]?\d+)?|0o[0-7]+|0x[0-9a-fA-F]+)$/.test(word)) return 'number';
  return 'string';
}

/** A scalar as the `model` of a conversation; nothing for any other node. */
export function modelOf(text: string, node: YamlNode | null): Pick<Conversation, 'model'> {
  const id = scalarText(text, node)?.trim();
  if (!id || !node) return {};
  const quote = node.style === 'single' || node.style === 'double' ? 1 : 0;
  return { model: { id, span: { start: node.start + quote, end: Math.max(node.start + quote, node.end - quote) } } };
}

/** A cap on the reply: the first of `keys` that is a whole number above 0. */
export function maxTokensOf(text: string, node: YamlNode | null, keys: readonly string[]): ConversationParameters {
  for (const key of keys) {
    const value = numberOf(text, memberValue(node, key));
    if (value !== null && Number.isSafeInteger(value) && value > 0) return { maxTokens: value };
  }
  return {};
}

/** The number that a plain scalar is; null for any other node. */
export function numberOf(text: string, node: YamlNode | null): number | null {
  if (scalarType(text, node) !== 'number') return null;
  const value = Number(scalarText(text, node));
  return Number.isFinite(value) ? value : null;
}

/** Plain data of a node, for sample values: at most `limit` values, strings for what is no number or boolean. */
export function plainValue(text: string, node: YamlNode | null, limit = { left: 2000 }): unknown {
  const value = resolved(node);
  if (!value || --limit.left < 0) return null;
  if (value.kind === 'seq') return value.items.map((item) => plainValue(text, item, limit));
  if (value.kind === 'map') {
    return Object.fromEntries(value.members.map(({ key, value: each }) => [key, plainValue(text, each, limit)]));
  }
  const type = scalarType(text, value);
  if (type === 'number') return numberOf(text, value);
  if (type === 'boolean') return /^t/i.test(scalarText(text, value)!);
  return type === 'null' ? null : scalarText(text, value);
}

/**
 * A piece over one scalar; null for a map, a sequence or nothing. Text that an alias stands for is counted, and its
 * place is the alias.
 */
export function scalarPiece(source: YamlSource, kind: PieceKind, node: YamlNode | null): ContentPiece | null {
  const scalar = resolved(node);
  if (node === null || scalar?.kind !== 'scalar') return null;
  const { text, spans, map } = decoded(source.text, scalar, (offset) => {
    // A backslash at the very end of text being typed is an escape half typed.
    if (node !== scalar || (!scalar.closed && offset > scalar.end - 10)) return;
    const message = 'YAML: This backslash escapes nothing: write \\\\ for a backslash, or use single quotes.';
    const span = { start: offset, end: Math.min(offset + 2, scalar.end) };
    source.problems.push({ code: 'yaml-syntax', severity: 'error', message, span });
  });
  if (node === scalar) return map ? { kind, spans, text, map } : { kind, spans, text };
  return aliasPiece(source, kind, node, text);
}

function aliasPiece({ problems }: YamlSource, kind: PieceKind, node: YamlNode, text: string): ContentPiece {
  const span = { start: node.start, end: node.end };
  const { budget } = node;
  if (budget && (budget.left -= text.length) < 0) {
    const message = 'YAML: Aliases stand for too much text: what this one stands for is not counted.';
    problems.push({ code: 'alias-limit', severity: 'warning', message, span });
    return { kind, spans: [span], text: '', map: { runs: [] } };
  }
  return { kind, spans: [span], text, map: { runs: wholeRuns(text.length, span.end - span.start) } };
}

/** A map in which the source decodes as a whole. Equal lengths would read as one to one, so the last unit is apart then. */
export function wholeRuns(decodedLength: number, sourceLength: number) {
  if (decodedLength === 0) return [];
  if (decodedLength !== sourceLength) return [{ decodedStart: 0, decodedLength, sourceStart: 0, sourceLength }];
  return [
    { decodedStart: 0, decodedLength: decodedLength - 1, sourceStart: 0, sourceLength },
    { decodedStart: decodedLength - 1, decodedLength: 1, sourceStart: sourceLength, sourceLength: 0 },
  ];
}
