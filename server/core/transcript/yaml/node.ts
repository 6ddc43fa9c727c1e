/** The tree that the tolerant YAML reader builds: positions and structure, no text decoded. */

export type YamlKind = 'map' | 'seq' | 'scalar' | 'alias';
export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded';

/** `key: value`. `value` is null where none was typed yet. */
export interface YamlMember {
  readonly key: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: YamlNode | null;
}

/** What the header of a block scalar (`|2-`) says, and where its lines stand. */
export interface BlockScalar {
  /** Offset of its first line. */
  readonly bodyStart: number;
  /** Indentation of the collection around it. */
  readonly parentIndent: number;
  /** The indentation that the header gives; 0 for none. */
  readonly givenIndent: number;
  readonly chomp: '' | '-' | '+';
}

/** How much more text aliases may still stand for: shared by the nodes of one document. */
export interface AliasBudget {
  left: number;
}

/** One value. `[start, end)` are source offsets, quotes and the header of a block scalar included. */
export interface YamlNode {
  readonly kind: YamlKind;
  readonly start: number;
  readonly end: number;
  /** Members of a map in source order, duplicates and merge keys (`<<`) kept. */
  readonly members: readonly YamlMember[];
  /** Elements of a sequence. */
  readonly items: readonly YamlNode[];
  readonly style?: ScalarStyle;
  readonly block?: BlockScalar;
  /** Whether the closing quote or bracket is there; true where none is needed. */
  readonly closed: boolean;
  /** What an alias stands for; null for an anchor that does not exist. */
  readonly target?: YamlNode | null;
  readonly budget?: AliasBudget;
}

/** Aliases of aliases are followed this far. */
const MAX_HOPS = 8;

/** The node itself, or what its alias stands for; null for an alias of nothing. */
export function resolved(node: YamlNode | null): YamlNode | null {
  let at = node;
  for (let hop = 0; hop < MAX_HOPS && at?.kind === 'alias'; hop++) at = at.target ?? null;
  return at?.kind === 'alias' ? null : at;
}

/** A part of what an alias stands for, as it is used: at the place of the alias. Null where the document's budget is spent. */
function through(alias: YamlNode, part: YamlNode): YamlNode | null {
  const { start, end, budget } = alias;
  if (budget && --budget.left < 0) return null;
  return {
    kind: 'alias',
    start,
    end,
    members: [],
    items: [],
    closed: true,
    target: part,
    ...(budget ? { budget } : {}),
  };
}

/** The elements of a sequence, also through an alias. Empty for any other node. */
export function itemsOf(node: YamlNode | null): readonly YamlNode[] {
  const seq = resolved(node);
  if (seq?.kind !== 'seq' || node === null) return [];
  if (node === seq) return seq.items;
  return seq.items.flatMap((item) => through(node, item) ?? []);
}

/** The members of a map, also through an alias. Empty for any other node. */
export function membersOf(node: YamlNode | null): readonly YamlMember[] {
  const map = resolved(node);
  if (map?.kind !== 'map' || node === null) return [];
  if (node === map) return map.members;
  const { start, end } = node;
  return map.members.map(({ key, value }) => ({
    key,
    keyStart: start,
    keyEnd: end,
    value: value && through(node, value),
  }));
}

/** The value of a key: the last of the name, else one that a merge key (`<<: *defaults`) brings in. Null for none. */
export function memberValue(node: YamlNode | null, key: string, depth = 0): YamlNode | null {
  const map = resolved(node);
  if (map?.kind !== 'map' || node === null) return null;
  for (let i = map.members.length - 1; i >= 0; i--) {
    const { key: name, value } = map.members[i]!;
    if (name === key) return value && node !== map ? through(node, value) : value;
  }
  if (depth >= MAX_HOPS) return null;
  for (const { key: name, value } of map.members) {
    if (name !== '<<' || !value) continue;
    for (const source of resolved(value)?.kind === 'seq' ? itemsOf(value) : [value]) {
      const found = memberValue(source, key, depth + 1);
      if (found) return node === map ? found : through(node, found);
    }
  }
  return null;
}

/** Whether a map has one of the keys, itself or merged. */
export const hasKey = (node: YamlNode | null, ...keys: readonly string[]): boolean =>
  keys.some((key) => resolved(node)?.members.some((member) => member.key === key) === true);
