/** From the tokens of the `yaml` package to our tree, with what is wrong on the way and how to read past it. */
import { append } from '../append.js';
import type { CST } from 'yaml';
import type { Problem, Span } from '../model.js';
import { flowScalar } from './scalarText.js';
import type { AliasBudget, ScalarStyle, YamlMember, YamlNode } from './node.js';

/** Something that was taken for structure: `cover`, relative to the text read, is made `unit`, and the text read again. */
export interface Repair {
  readonly cover: Span;
  readonly unit: 'x' | ' ';
  readonly problem: Problem;
}

export interface YamlDocumentTree {
  readonly roots: readonly YamlNode[];
  readonly problems: readonly Problem[];
  readonly repairs: readonly Repair[];
  /** Whether an offset of the text read lies in a scalar or in brackets, where tabs are blanks. */
  isInside(offset: number): boolean;
}

export type MakeProblem = (start: number, end: number, message: string) => Problem;

/** Deeper values are skipped: no prompt nests like that. */
const MAX_DEPTH = 100;
/** Text that aliases may stand for: more than the file has, and not so much that a few lines fill the memory. */
const MIN_ALIAS_UNITS = 100_000;

export const BAD_INDENT = 'The indentation of this line fits no line above.';

const QUOTED: Readonly<Record<string, ScalarStyle>> = {
  scalar: 'plain',
  'single-quoted-scalar': 'single',
  'double-quoted-scalar': 'double',
};
const TRIVIA: ReadonlySet<string> = new Set(['space', 'comment', 'newline', 'doc-start', 'byte-order-mark']);

const CLOSERS: ReadonlySet<string> = new Set(['flow-map-end', 'flow-seq-end']);

type Item = CST.CollectionItem;

/**
 * @param tokens of a copy of `source` of the same length, in which some units are covered
 * @param base offset of `source` in the document; nodes and problems have offsets of the document
 */
export function buildDocument(
  tokens: readonly CST.Token[],
  source: string,
  base: number,
  makeProblem: MakeProblem,
): YamlDocumentTree {
  return new Builder(source, base, makeProblem).build(tokens);
}

class Builder {
  readonly #anchors = new Map<string, YamlNode>();
  readonly #problems: Problem[] = [];
  readonly #repairs: Repair[] = [];
  readonly #scalars: Span[] = [];
  /** The outermost flow collections. */
  readonly #flows: Span[] = [];
  readonly #budget: AliasBudget;
  readonly #limit: number;
  #isIndentSaid = false;

  constructor(
    private readonly source: string,
    private readonly base: number,
    private readonly makeProblem: MakeProblem,
  ) {
    this.#limit = source.length;
    this.#budget = { left: Math.max(MIN_ALIAS_UNITS, 4 * source.length) };
  }

  build(tokens: readonly CST.Token[]): YamlDocumentTree {
    const roots: YamlNode[] = [];
    let lost = false;
    for (const token of tokens) {
      if (token.offset >= this.#limit) continue;
      if (token.type === 'document') {
        this.#anchors.clear();
        const root = token.value ? this.#node(token.value, 0, anchorOf(token.start)) : null;
        if (root) roots.push(root);
        lost = this.#stray(token.end ?? [], lost);
        continue;
      }
      lost = this.#stray([token as CST.SourceToken], lost);
    }
    const isInside = (offset: number): boolean => covers(this.#scalars, offset) || covers(this.#flows, offset);
    return { roots, problems: this.#problems, repairs: this.#repairs, isInside };
  }

  /** The first token after a finished document that belongs to nothing: its line is read over. */
  #stray(tokens: readonly CST.Token[], lost: boolean): boolean {
    if (lost) return true;
    for (const token of tokens) {
      if (token.offset >= this.#limit || TRIVIA.has(token.type) || isDocument(token.type)) continue;
      const end = this.#lineEnd(token.offset);
      this.#repair(token.offset, end, ' ', 'This fits nowhere: check the indentation of this line and of those above.');
      return true;
    }
    return false;
  }

  #complain(start: number, end: number, message: string): void {
    const last = Math.min(end, this.#limit);
    this.#problems.push(this.makeProblem(this.base + Math.min(start, last), this.base + last, message));
  }

  /** Said once: lines that follow stand at the same place. */
  #complainOfIndent(at: number): void {
    if (!this.#isIndentSaid) this.#complain(at, this.#lineEnd(at), BAD_INDENT);
    this.#isIndentSaid = true;
  }

  #repair(start: number, end: number, unit: Repair['unit'], message: string): void {
    const last = Math.min(end, this.#limit);
    if (start >= last) return;
    const problem = this.makeProblem(this.base + start, this.base + last, message);
    this.#repairs.push({ cover: { start, end: last }, unit, problem });
  }

  #lineEnd(from: number): number {
    const stop = /[\r\n]/g;
    stop.lastIndex = from;
    return stop.exec(this.source)?.index ?? this.#limit;
  }

  #node(token: CST.Token, depth: number, anchor: string | null = null): YamlNode | null {
    if (token.offset >= this.#limit) return null;
    if (depth > MAX_DEPTH) {
      if (depth === MAX_DEPTH + 1) this.#complain(token.offset, token.offset + 1, 'This nests too deep to be read.');
      return null;
    }
    const node = this.#made(token, depth);
    if (node && anchor !== null) this.#anchors.set(anchor, node);
    return node;
  }

  #made(token: CST.Token, depth: number): YamlNode | null {
    switch (token.type) {
      case 'scalar':
      case 'single-quoted-scalar':
      case 'double-quoted-scalar':
        return this.#scalar(token);
      case 'block-scalar':
        return this.#blockScalar(token);
      case 'alias':
        return this.#alias(token);
      case 'block-map':
        return this.#blockMap(token, depth);
      case 'block-seq':
        return this.#blockSeq(token, depth);
      case 'flow-collection':
        return this.#flow(token, depth);
      default:
        return null;
    }
  }

  #leaf(kind: 'scalar' | 'alias', start: number, end: number, more: Partial<YamlNode>): YamlNode {
    const last = Math.min(end, this.#limit);
    this.#scalars.push({ start, end: last });
    return { kind, start: this.base + start, end: this.base + last, members: [], items: [], closed: true, ...more };
  }

  #scalar(token: CST.FlowScalar): YamlNode {
    const { type, offset, source } = token;
    const style = QUOTED[type]!;
    let end = offset + source.length;
    if (style === 'plain') {
      if (/^[@`%]/.test(source))
        this.#complain(offset, offset + 1, `Text that begins with ${source[0]!} needs quotes.`);
      return this.#leaf('scalar', offset, end, { style });
    }
    const closed = isClosed(source);
    if (closed) this.#hasTail(token);
    else {
      // What an open quote takes in ends in blank lines.
      end = offset + source.trimEnd().length;
      this.#complain(offset, offset + 1, `The closing ${source[0]!} of this text is missing.`);
    }
    return this.#leaf('scalar', offset, Math.max(end, offset + 1), { style, closed });
  }

  #blockScalar({ offset, indent, props, source }: CST.BlockScalar): YamlNode {
    const header = props[0]?.type === 'block-scalar-header' ? props[0].source : '|';
    let bodyStart = offset;
    for (const prop of props) bodyStart += 'source' in prop ? prop.source.length : 0;
    if (!/^[|>](?:[1-9]?[-+]?|[-+][1-9])$/.test(header)) {
      this.#complain(
        offset,
        offset + header.length,
        `Only a digit, + or - may follow ${header[0]!}; text goes below it.`,
      );
    }
    const block = {
      bodyStart: this.base + Math.min(bodyStart, this.#limit),
      parentIndent: indent,
      givenIndent: Number(/[1-9]/.exec(header)?.[0] ?? 0),
      chomp: (/[-+]/.exec(header)?.[0] ?? '') as '' | '-' | '+',
    };
    const style = header.startsWith('>') ? 'folded' : 'literal';
    return this.#leaf('scalar', offset, Math.max(bodyStart, bodyStart + source.length), { style, block });
  }

  #alias(token: CST.FlowScalar): YamlNode {
    const { offset, source } = token;
    const target = this.#anchors.get(source.slice(1));
    const end = offset + source.length;
    if (target) return this.#leaf('alias', offset, end, { target, budget: this.#budget });
    this.#complain(
      offset,
      end,
      `No anchor &${source.slice(1, 41)} stands above: put text that begins with * in quotes.`,
    );
    return this.#leaf('scalar', offset, end, { style: 'plain' });
  }

  #blockMap(token: CST.BlockMap, depth: number): YamlNode {
    const members: YamlMember[] = [];
    let end = token.offset;
    for (const item of token.items as readonly Item[]) {
      // Lines at an indentation between two levels: keys of this map, or elements of the list before.
      if (item.key && 'items' in item.key && !hasColon(item)) {
        this.#complainOfIndent(item.key.offset);
        for (const part of [item.key, item.value]) {
          const inner = part ? this.#node(part, depth + 1) : null;
          if (!inner) continue;
          end = Math.max(end, inner.end - this.base);
          const last = members.at(-1);
          if (inner.kind === 'map') append(members, inner.members);
          else if (last?.value?.kind === 'seq') {
            const value = { ...last.value, end: inner.end, items: [...last.value.items, ...inner.items] };
            members[members.length - 1] = { ...last, value };
          }
        }
        continue;
      }
      const member = this.#member(item, depth);
      if (member) {
        members.push(member);
        end = Math.max(end, (member.value?.end ?? member.keyEnd) - this.base, colonEnd(item));
      }
    }
    return this.#collection('map', token.offset, end, members, []);
  }

  /** The rest of a line whose value ended before: `[INST] hello`, `*bold* text`, `"a" b`. True where there is one. */
  #hasTail(token: CST.FlowScalar | CST.FlowCollection): boolean {
    const tail = token.end?.find(({ type }) => !TRIVIA.has(type) && !CLOSERS.has(type));
    if (!tail || tail.offset >= this.#limit) return false;
    const stop = this.#lineEnd(tail.offset);
    const isOneLine = this.#lineEnd(token.offset) === stop;
    const lineEnd = tail.offset + this.source.slice(tail.offset, stop).trimEnd().length;
    const first = this.source[token.offset]!;
    if (isOneLine)
      this.#repair(token.offset, lineEnd, 'x', `Text that begins with ${first} needs quotes around all of it.`);
    else this.#repair(tail.offset, lineEnd, ' ', 'Nothing may follow the end of this value on its line.');
    return true;
  }

  #member(item: Item, depth: number): YamlMember | null {
    const { key, value, sep, start } = item;
    const explicit = start.some(({ type }) => type === 'explicit-key-ind');
    const colon = sep?.find(({ type }) => type === 'map-value-ind');
    if (!key && !value && !colon) return null;
    const keyStart = key?.offset ?? colon?.offset ?? value!.offset;
    if (keyStart >= this.#limit) return null;
    const name = key ? this.#keyText(key) : '';
    const keyEnd = Math.min(this.#limit, keyStart + (key && 'source' in key ? key.source.length : 0));
    if (key && 'source' in key && !explicit && colon && /[\r\n]/.test(this.source.slice(keyStart, keyEnd))) {
      const message = 'This line is neither a key with a colon nor indented as the text above it.';
      this.#repair(keyStart, this.#lineEnd(keyStart), ' ', message);
      return null;
    }
    if (key && 'source' in key && !colon && !explicit) {
      this.#complain(keyStart, this.#lineEnd(keyStart), 'A colon and a value are missing after this key.');
    }
    if (value?.type === 'block-map' && colon && !explicit && !sep!.some(({ type }) => type === 'newline')) {
      const inner = (value.items[0]?.sep ?? []).find(({ type }) => type === 'map-value-ind');
      if (inner) {
        const message = 'A colon and a blank make a key of the text before them: put this text in quotes.';
        const problem = this.makeProblem(this.base + value.offset, this.base + this.#lineEnd(value.offset), message);
        this.#repairs.push({ cover: { start: inner.offset, end: inner.offset + 1 }, unit: 'x', problem });
        return null;
      }
    }
    const node = value ? this.#node(value, depth + 1, anchorOf(sep ?? [])) : null;
    return { key: name, keyStart: this.base + keyStart, keyEnd: this.base + keyEnd, value: node };
  }

  #keyText(key: CST.Token): string {
    const style = QUOTED[key.type];
    if (!style || !('source' in key)) return 'source' in key ? String(key.source) : '';
    const inner = style === 'plain' ? 0 : 1;
    const end = Math.min(this.#limit, key.offset + key.source.length);
    return flowScalar(this.source, style, key.offset + inner, Math.max(key.offset + inner, end - inner)).text;
  }

  #blockSeq(token: CST.BlockSequence, depth: number): YamlNode {
    const items: YamlNode[] = [];
    let end = token.offset + 1;
    for (const { start, value } of token.items) {
      const dash = start.find(({ type }) => type === 'seq-item-ind');
      if (dash && dash.offset < this.#limit) end = Math.max(end, dash.offset + 1);
      const node = value ? this.#node(value, depth + 1, anchorOf(start)) : null;
      if (!node) {
        // A dash with nothing after it is an element all the same.
        if (dash && dash.offset < this.#limit)
          items.push(this.#leaf('scalar', dash.offset + 1, dash.offset + 1, { style: 'plain' }));
        continue;
      }
      end = Math.max(end, node.end - this.base);
      if (dash) items.push(node);
      else this.#outOfLine(items, node);
    }
    return this.#collection('seq', token.offset, Math.min(end, this.#limit), [], items);
  }

  /** Lines of a list whose indentation differs from the list's: its elements, or keys of the element before. */
  #outOfLine(items: YamlNode[], node: YamlNode): void {
    const at = node.start - this.base;
    this.#complainOfIndent(at);
    const last = items.at(-1);
    if (node.kind === 'seq') append(items, node.items);
    else if (node.kind === 'map' && last?.kind === 'map') {
      items[items.length - 1] = { ...last, end: node.end, members: [...last.members, ...node.members] };
    }
  }

  #flow(token: CST.FlowCollection, depth: number): YamlNode {
    const { offset, start: open, items } = token;
    const isMap = open.source === '{';
    const close = token.end[0];
    const closed = close?.type === (isMap ? 'flow-map-end' : 'flow-seq-end');
    let end = offset + 1;
    if (offset >= (this.#flows.at(-1)?.end ?? 0)) {
      this.#flows.push({ start: offset, end: closed ? close.offset + 1 : this.#limit });
    }
    const members: YamlMember[] = [];
    const elements: YamlNode[] = [];
    items.forEach((item, at) => {
      const first = item.key ?? item.value;
      if (at > 0 && first && first.offset < this.#limit && !item.start.some(({ type }) => type === 'comma')) {
        this.#complain(first.offset, first.offset + 1, 'A comma is missing before this.');
      }
      for (const { offset: from, source } of [...item.start, ...(item.sep ?? [])])
        end = Math.max(end, from + source.length);
      if (isMap || item.sep?.some(({ type }) => type === 'map-value-ind')) {
        const member = this.#flowMember(item, depth);
        if (!member) return;
        end = Math.max(end, (member.value?.end ?? member.keyEnd) - this.base);
        if (isMap) members.push(member);
        else elements.push(this.#collection('map', member.keyStart - this.base, end, [member], []));
        return;
      }
      // Two values without a comma between them come as a key and its value without a colon.
      const { key, value } = item;
      if (key && value && value.offset < this.#limit) {
        this.#complain(value.offset, value.offset + 1, 'A comma is missing before this.');
      }
      for (const each of [key, value]) {
        const node = each ? this.#node(each, depth + 1, anchorOf(item.start)) : null;
        if (!node) continue;
        elements.push(node);
        end = Math.max(end, node.end - this.base);
      }
    });
    if (closed) {
      end = close.offset + 1;
      this.#hasTail(token);
    } else if (offset < this.#limit) {
      this.#complain(offset, offset + 1, `The closing ${isMap ? '}' : ']'} of this is missing.`);
      end = Math.min(end, this.#limit);
      const parts = [...elements, ...members.flatMap(({ value }) => value ?? [])];
      const last = parts.reduce((most, part) => Math.max(most, part.end - this.base), 0);
      end = Math.max(last, offset + this.source.slice(offset, end).trimEnd().length);
    }
    // A placeholder is text.
    if (isMap && closed && this.source.startsWith('{{', offset) && items.length === 1 && !items[0]!.value) {
      return this.#leaf('scalar', offset, end, { style: 'plain' });
    }
    return { ...this.#collection(isMap ? 'map' : 'seq', offset, end, members, elements), closed };
  }

  #flowMember({ key, sep, value, start }: Item, depth: number): YamlMember | null {
    const first = key ?? value;
    if (!first || first.offset >= this.#limit) return null;
    const name = key ? this.#keyText(key) : '';
    const length = key && 'source' in key ? key.source.length : 0;
    const node = value ? this.#node(value, depth + 1, anchorOf(sep ?? start)) : null;
    const keyEnd = Math.min(this.#limit, first.offset + length);
    return { key: name, keyStart: this.base + first.offset, keyEnd: this.base + keyEnd, value: node };
  }

  #collection(kind: 'map' | 'seq', start: number, end: number, members: YamlMember[], items: YamlNode[]): YamlNode {
    const last = Math.max(start, Math.min(end, this.#limit));
    return { kind, start: this.base + start, end: this.base + last, members, items, closed: true };
  }
}

/** Whether one of the ranges, in order and disjoint, has the offset in it. */
function covers(spans: readonly Span[], offset: number): boolean {
  let low = 0;
  for (let high = spans.length; low < high;) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.start <= offset) low = middle + 1;
    else high = middle;
  }
  return low > 0 && offset < spans[low - 1]!.end;
}

const isDocument = (type: string): boolean => type === 'doc-end' || type === 'directive' || type === 'document';

const hasColon = ({ sep }: Item): boolean => sep?.some(({ type }) => type === 'map-value-ind') === true;
const colonEnd = ({ sep }: Item): number => {
  const colon = sep?.find(({ type }) => type === 'map-value-ind');
  return colon ? colon.offset + 1 : 0;
};

/** The name that an anchor among the tokens gives. */
function anchorOf(tokens: readonly CST.SourceToken[]): string | null {
  return tokens.find(({ type }) => type === 'anchor')?.source.slice(1) ?? null;
}

/** Whether a quoted token has its closing quote. */
function isClosed(source: string): boolean {
  const quote = source[0]!;
  if (source.length < 2 || !source.endsWith(quote)) return false;
  if (quote === "'") return (/'*$/.exec(source.slice(1))![0].length & 1) === 1;
  return (/\\*$/.exec(source.slice(0, -1))![0].length & 1) === 0;
}
