/** The tree that the tolerant JSON reader builds: positions only, nothing decoded. */

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'literal';

/** `"key": value`. `value` is null where none was typed yet. */
export interface JsonMember {
  readonly key: string;
  /** The key with its quotes. */
  readonly keyStart: number;
  readonly keyEnd: number;
  value: JsonNode | null;
}

const NO_ITEMS: JsonNode[] = [];
const NO_MEMBERS: JsonMember[] = [];

/** One value. `[start, end)` are source offsets; a string's include its quotes. */
export class JsonNode {
  /** Members of an object in source order, duplicates kept. */
  members: JsonMember[] = NO_MEMBERS;
  /** Elements of an array; elements that are not values (typing mistakes) are left out. */
  items: JsonNode[] = NO_ITEMS;

  constructor(
    readonly kind: JsonKind,
    readonly start: number,
    public end: number,
    /** Whether the closing quote or bracket is there. */
    public closed: boolean,
    /** For strings: whether a backslash stands in it. */
    readonly escaped: boolean,
    /** For strings: what stands between the quotes, which may be missing. */
    readonly innerStart: number = start,
    readonly innerEnd: number = end,
  ) {}
}

export const objectNode = (start: number): JsonNode => {
  const node = new JsonNode('object', start, start + 1, false, false);
  node.members = [];
  return node;
};

export const arrayNode = (start: number): JsonNode => {
  const node = new JsonNode('array', start, start + 1, false, false);
  node.items = [];
  return node;
};

/** The member's value as `JSON.parse` would choose it: the last of the name. */
export function memberValue(node: JsonNode, key: string): JsonNode | null {
  for (let i = node.members.length - 1; i >= 0; i--) {
    // A key without a value is being typed, and may become another.
    const { value } = node.members[i]!;
    if (value !== null && node.members[i]!.key === key) return value;
  }
  return null;
}

/** The member of that name which counts: the last that has a value, if any has. */
export function memberOf(node: JsonNode | null, key: string): JsonMember | null {
  if (!node) return null;
  let typed: JsonMember | null = null;
  for (let i = node.members.length - 1; i >= 0; i--) {
    const member = node.members[i]!;
    if (member.key !== key) continue;
    if (member.value !== null) return member;
    typed ??= member;
  }
  return typed;
}

/** The value of the first of `keys` that the object has with a value of this kind. */
export function valueOfKind(node: JsonNode | null, kind: JsonKind, ...keys: readonly string[]): JsonNode | null {
  if (!node) return null;
  for (const key of keys) {
    const value = memberValue(node, key);
    if (value?.kind === kind) return value;
  }
  return null;
}

export const stringAt = (node: JsonNode | null, ...keys: readonly string[]): (JsonNode & { kind: 'string' }) | null =>
  valueOfKind(node, 'string', ...keys) as (JsonNode & { kind: 'string' }) | null;
export const listAt = (node: JsonNode | null, ...keys: readonly string[]): JsonNode | null =>
  valueOfKind(node, 'array', ...keys);
export const objectAt = (node: JsonNode | null, ...keys: readonly string[]): JsonNode | null =>
  valueOfKind(node, 'object', ...keys);
