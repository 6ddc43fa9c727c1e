/** JSON and YAML as one kind of tree: keys, numbers and short texts with their places. */
import { readJsonNow } from '../../transcript/json/reader.js';
import type { JsonNode } from '../../transcript/json/node.js';
import type { Span } from '../../transcript/model.js';
import { numberOf, readYamlNow, resolved, scalarText, type YamlNode } from '../../transcript/yaml/index.js';

export interface Member {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Value;
}

export type Value =
  | { readonly kind: 'map'; readonly span: Span; readonly members: readonly Member[] }
  | { readonly kind: 'list'; readonly span: Span; readonly items: readonly Value[] }
  | { readonly kind: 'number'; readonly span: Span; readonly value: number }
  | { readonly kind: 'text'; readonly span: Span; readonly text: string }
  | { readonly kind: 'other'; readonly span: Span };

export type MapValue = Extract<Value, { kind: 'map' }>;

/** A text longer than this is a prompt: it is not decoded. */
const MAX_TEXT = 500;

/** Values at the top of a JSON text, whatever state it is in. */
export const jsonValues = (text: string): Value[] => readJsonNow(text).roots.map((root) => fromJson(text, root));

/** Values of the documents of a YAML text. */
export const yamlValues = (text: string): Value[] => readYamlNow(text).roots.map((root) => fromYaml(text, root));

function fromJson(text: string, node: JsonNode): Value {
  const span = { start: node.start, end: node.end };
  switch (node.kind) {
    case 'object':
      return {
        kind: 'map',
        span,
        members: node.members.flatMap(({ key, keyStart, keyEnd, value }) =>
          value === null ? [] : [{ key, keySpan: { start: keyStart, end: keyEnd }, value: fromJson(text, value) }],
        ),
      };
    case 'array':
      return { kind: 'list', span, items: node.items.map((item) => fromJson(text, item)) };
    case 'number': {
      const value = Number(text.slice(node.start, node.end));
      return Number.isFinite(value) ? { kind: 'number', span, value } : { kind: 'other', span };
    }
    case 'string':
      return {
        kind: 'text',
        span,
        text: text.slice(node.innerStart, Math.min(node.innerEnd, node.innerStart + MAX_TEXT)),
      };
    case 'literal':
      return { kind: 'other', span };
  }
}

function fromYaml(text: string, node: YamlNode, depth = 0): Value {
  const span = { start: node.start, end: node.end };
  const value = resolved(node);
  if (value === null || depth > 100) return { kind: 'other', span };
  if (value.kind === 'map') {
    return {
      kind: 'map',
      span,
      members: value.members.flatMap(({ key, keyStart, keyEnd, value: each }) =>
        each === null
          ? []
          : [{ key, keySpan: { start: keyStart, end: keyEnd }, value: fromYaml(text, each, depth + 1) }],
      ),
    };
  }
  if (value.kind === 'seq')
    return { kind: 'list', span, items: value.items.map((item) => fromYaml(text, item, depth + 1)) };
  const number = numberOf(text, node);
  if (number !== null) return { kind: 'number', span, value: number };
  const decoded = scalarText(text, node);
  return decoded === null ? { kind: 'other', span } : { kind: 'text', span, text: decoded.slice(0, MAX_TEXT) };
}

/** The last member that a test accepts: of a key that is written twice, parsers take the last. */
export function lastMember(map: MapValue, accepts: (member: Member) => boolean): Member | null {
  for (let i = map.members.length - 1; i >= 0; i--) if (accepts(map.members[i]!)) return map.members[i]!;
  return null;
}

/** The last value of a key. */
export const valueAt = (map: Value | null | undefined, key: string): Value | null =>
  map?.kind === 'map' ? (lastMember(map, (member) => member.key === key)?.value ?? null) : null;

export const textOf = (value: Value | null): string | null => (value?.kind === 'text' ? value.text : null);

/** A number, also one in quotes. */
export function numberIn(value: Value | null): number | null {
  if (value?.kind === 'number') return value.value;
  if (value?.kind !== 'text' || !/^\s*\d+(?:\.\d+)?\s*$/.test(value.text)) return null;
  return Number(value.text);
}
