/** What dialects share in reading turns: lists of them, their roles, and text that stands outside the list. */
import { append } from '../append.js';
import { memberOf, memberValue, type JsonMember, type JsonNode } from '../json/node.js';
import { insideOf, isNull, isString, report, stringPiece, stringText, type Source } from '../json/pieces.js';
import type { ContentPiece, HiddenContext, Role, Span, Turn } from '../model.js';
import { roleOf } from '../roles.js';

/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

/** A turn whose place in the order is not yet known. */
export type TurnDraft = Omit<Turn, 'index'>;

/** Turns in their order. Written out, since a spread takes twice the memory, which a list of very many turns feels. */
export const numbered = (turns: readonly TurnDraft[]): Turn[] =>
  turns.map((turn, index) => {
    const { role, roleRaw, span, roleSpan, pieces } = turn;
    const isPlain = turn.name === undefined && turn.reported === undefined && turn.markup === undefined;
    return isPlain ? { index, role, roleRaw, span, roleSpan, pieces } : { index, ...turn };
  });

/**
 * In broken text the brackets between two turns may be gone, and the next turn then lies inside the one before: in its
 * list of parts or calls. They are taken out of it.
 */
function* withStranded(nodes: readonly JsonNode[], isStranded: (node: JsonNode) => boolean): Generator<JsonNode> {
  for (const node of nodes) {
    yield node;
    for (const { value } of node.members) {
      if (value?.kind !== 'array') continue;
      const stranded = value.items.filter(isStranded);
      if (stranded.length === 0) continue;
      const taken = new Set(stranded);
      value.items = value.items.filter((item) => !taken.has(item));
      yield* withStranded(stranded, isStranded);
    }
  }
}

/** How the elements of a dialect's list are read. */
export interface ListReader<T> {
  /** Whether the element says something; others are reported as `not-a-message`. */
  isTurn(node: JsonNode): boolean;
  /** Whether an object inside a turn is the next turn, where the text is broken. */
  isStranded(node: JsonNode): boolean;
  read(node: JsonNode): T;
  /** What an element lacks that is no turn: `no role, no content`. */
  readonly lacks: string;
}

/** Reads a list of turns, pausing about every 100,000 code units. */
export function* readList<T>(
  source: Source,
  list: readonly JsonNode[],
  strays: readonly JsonNode[],
  reader: ListReader<T>,
): Generator<void, T[]> {
  const found: T[] = [];
  const given = strays.length > 0 ? [...list, ...strays] : list;
  // Stranded turns first: they are taken out of the turns in which they lie.
  const nodes = source.broken ? [...withStranded(given, (node) => reader.isStranded(node))] : given;
  let paused = nodes[0]?.start ?? 0;
  for (const node of nodes) {
    if (reader.isTurn(node)) found.push(reader.read(node));
    else if (node.closed) {
      report(source, 'warning', 'not-a-message', node, `This is no turn (${reader.lacks}): left out.`);
    }
    if (node.end - paused < SLICE_LENGTH) continue;
    paused = node.end;
    yield;
  }
  return found;
}

/** A role as a turn's object writes it. */
export interface WrittenRole {
  /** Null for one that is none. */
  readonly role: Role | null;
  readonly roleRaw: string;
  /** Where a lens is placed: the role, or the first character of a turn without one. */
  readonly roleSpan: Span;
  /** Whether it is all there: text that breaks off in it is no mistake. */
  readonly complete: boolean;
}

export function writtenRole(
  source: Source,
  node: JsonNode,
  key: string,
  known: (word: string) => Role | null = roleOf,
): WrittenRole {
  const value = memberValue(node, key);
  if (!isString(value)) {
    const roleSpan = { start: node.start, end: Math.min(node.start + 1, node.end) };
    return { role: null, roleRaw: '', roleSpan, complete: node.closed };
  }
  const roleRaw = stringText(source, value);
  return { role: known(roleRaw), roleRaw, roleSpan: insideOf(value), complete: node.closed && value.closed };
}

/** Reports a role that is none. */
export function reportRole(source: Source, { role, roleRaw, roleSpan, complete }: WrittenRole, known: string): void {
  if (role !== null || !complete) return;
  const what = roleRaw === '' ? 'A message without a role' : `Unknown role "${roleRaw.slice(0, 40)}"`;
  report(source, 'warning', 'unknown-role', roleSpan, `${what}: counted as user. Known are ${known}.`);
}

/** Reports keys whose repetition loses something: only the last one counts. */
export function reportDuplicates(source: Source, { members }: JsonNode, keys: ReadonlySet<string>): void {
  const seen = new Set<string>();
  for (const { key, keyStart, keyEnd } of members) {
    if (!keys.has(key)) continue;
    if (seen.has(key)) {
      const place = { start: keyStart, end: keyEnd };
      report(source, 'warning', 'duplicate-key', place, `"${key}" stands here twice: only the last one counts.`);
    }
    seen.add(key);
  }
}

/** The key without its quotes: the place of a turn that a member makes. */
export const keySpan = ({ key, keyStart, keyEnd }: JsonMember): Span =>
  keyEnd - keyStart === key.length + 2 ? { start: keyStart + 1, end: keyEnd - 1 } : { start: keyStart, end: keyEnd };

/** The range of a member: from its key to the end of its value. */
export const memberSpan = ({ keyStart, keyEnd, value }: JsonMember): Span => ({
  start: keyStart,
  end: Math.max(keyEnd, value?.end ?? 0),
});

/** A turn that one member makes, such as a system prompt outside the list. Null where it says nothing. */
export function memberTurn(role: Role, member: JsonMember, pieces: readonly ContentPiece[]): TurnDraft {
  return { role, roleRaw: '', span: memberSpan(member), roleSpan: keySpan(member), pieces };
}

/** The turn of a member whose value is a string that says something; null for any other. */
export function stringTurn(source: Source, role: Role, node: JsonNode, key: string): TurnDraft | null {
  const member = memberOf(node, key);
  const value = member?.value ?? null;
  if (!member || !isString(value)) return null;
  const piece = stringPiece(source, 'text', value);
  return piece.text.trim() === '' ? null : memberTurn(role, member, [piece]);
}

/**
 * Adjacent assistant turns as one, where the format merges them. In broken text a turn may lie inside another, and then
 * stays apart: merged ranges would cross.
 */
export function mergeReplies(turns: readonly TurnDraft[]): TurnDraft[] {
  const merged: TurnDraft[] = [];
  /** Of the last of `merged` that is made of several: a list of its own. */
  let pieces: ContentPiece[] = [];
  /** The furthest end of the turns before the last of `merged`. */
  let before = 0;
  for (const turn of turns) {
    const last = merged.at(-1);
    const mayMerge = last?.role === 'assistant' && turn.role === 'assistant' && last.span.end <= turn.span.start;
    if (last && mayMerge && before <= last.span.start) {
      if (last.pieces !== pieces) pieces = [...last.pieces];
      append(pieces, turn.pieces);
      merged[merged.length - 1] = joined(last, turn, pieces);
    } else {
      before = Math.max(before, last?.span.end ?? 0);
      merged.push(turn);
    }
  }
  return merged;
}

const joined = (first: TurnDraft, second: TurnDraft, pieces: readonly ContentPiece[]): TurnDraft => ({
  ...first,
  ...(second.reported ? { reported: second.reported } : {}),
  span: { start: first.span.start, end: second.span.end },
  pieces,
});

/** Collects what is sent and not in the file. */
export class HiddenList {
  readonly #items: HiddenContext[] = [];

  add(what: string, { start, end }: Span): void {
    this.#items.push({ what, span: { start, end } });
  }

  /** For each of `keys` that the object has with a value other than null. */
  addMembers(source: Source, node: JsonNode, named: Readonly<Record<string, string>>): void {
    for (const member of node.members) {
      const what = Object.hasOwn(named, member.key) ? named[member.key] : undefined;
      if (what !== undefined && member.value && !isNull(source, member.value)) this.add(what, memberSpan(member));
    }
  }

  /** This list and another together. */
  and(other: HiddenList): HiddenList {
    const both = new HiddenList();
    append(both.#items, this.#items);
    append(both.#items, other.#items);
    return both;
  }

  /** As a conversation has it, in source order. */
  get field(): { readonly hidden?: readonly HiddenContext[] } {
    if (this.#items.length === 0) return {};
    return { hidden: [...this.#items].sort((a, b) => a.span.start - b.span.start) };
  }
}
