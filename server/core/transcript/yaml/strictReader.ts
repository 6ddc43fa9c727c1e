/**
 * YAML as people and programs write messages, read fast: the same tree that the tolerant reader builds of it, or nothing
 * where anything is not as it should be, or is rarer than what is read here. Read are block collections, scalars of every
 * style, collections in brackets that end on their line, and comments.
 */
import { COLON, LF, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../json/blank.js';
import type { YamlMember, YamlNode } from './node.js';
import { flowValue } from './strictFlow.js';
import { keyText, leaf, MAX_DEPTH, NO_ITEMS, NO_MEMBERS, type Open, type StrictSource } from './strictNodes.js';
import {
  APOSTROPHE,
  BAR,
  blockEnd,
  DASH,
  GREATER,
  HASH,
  isDigit,
  isEmpty,
  NEVER_PLAIN,
  pastBlanks,
  pastComment,
  pastLine,
  pastQuote,
  QUESTION,
  SPACE,
  TAB,
} from './strictText.js';

/** `more` is to be read; `broken` is for the tolerant reader. */
export type StrictState = 'more' | 'done' | 'broken';

/** Members of a map whose list is made as long as it needs to be. */
const SHORT = 12;

/** A collection that is being read. */
interface Frame {
  readonly node: Open<YamlNode>;
  readonly members: Open<YamlMember>[];
  readonly items: YamlNode[];
  readonly isSeq: boolean;
  readonly indent: number;
  /** Offset of the last dash. */
  dash: number;
  /** Whether the last key or dash has no value yet. */
  isPending: boolean;
  /** Where the line after that key or dash begins. */
  pendingEnd: number;
}

/** Reads one text. */
export class StrictReader {
  readonly #source: StrictSource;
  private readonly text: string;
  private readonly base: number;
  #at = 0;
  #root: YamlNode | null = null;
  #hasMarker = false;
  readonly #frames: Frame[] = [];
  /** The plain scalar looked at last: where it ends, what ends it, whether that makes it a key. */
  #plainStart = -1;
  #plainEnd = 0;
  #plainStop = 0;
  #isKey = false;

  constructor(source: StrictSource) {
    this.#source = source;
    this.text = source.text;
    this.base = source.base;
  }

  /** The value, once it is read. */
  get root(): YamlNode | null {
    return this.#root;
  }

  /** Reads about `length` code units, line by line; a block scalar at once. */
  run(length: number): StrictState {
    const { text } = this;
    const limit = text.length;
    // Other line breaks are for the tolerant reader.
    if (this.#at === 0 && text.includes('\r')) return 'broken';
    const until = Math.min(limit, this.#at + length);
    while (this.#at < until) {
      const at = pastBlanks(text, this.#at);
      const code = text.charCodeAt(at);
      if (code === LF) this.#at = at + 1;
      else if (code === HASH || code !== code) this.#at = pastLine(text, at);
      else {
        const past = this.#line(at, at - this.#at, code);
        if (past < 0) return 'broken';
        this.#at = past;
      }
    }
    if (this.#at < limit) return 'more';
    while (this.#frames.length > 0) this.#close();
    return this.#root ? 'done' : 'broken';
  }

  /** A line with something on it, and all lines of its last value; -1 for what is not read here. */
  #line(at: number, indent: number, code: number): number {
    const { text } = this;
    if (indent === 0 && (text.startsWith('---', at) || text.startsWith('...', at))) return this.#marker(at);
    const isDash = code === DASH && isEmpty(text.charCodeAt(at + 1));
    const top = this.#around(indent, isDash);
    if (top?.indent === indent && top.isSeq === isDash) {
      this.#endItem(top);
      return this.#collection(at, indent, isDash, top);
    }
    // What is no further entry is the value of the last key or dash; a list may stand as far left as its key.
    const least = top ? top.indent + (isDash && !top.isSeq ? 0 : 1) : 0;
    const isValue = top ? top.isPending && indent >= least : this.#root === null;
    return isValue ? this.#collection(at, indent, isDash, null) : -1;
  }

  /** The innermost collection that a line of this indentation may be of; those that it ends are closed. */
  #around(indent: number, isDash: boolean): Frame | undefined {
    const frames = this.#frames;
    let top = frames.at(-1);
    while (top && (top.indent > indent || (top.indent === indent && top.isSeq && !isDash))) {
      this.#close();
      top = frames.at(-1);
    }
    return top;
  }

  /** A line `---` above everything. */
  #marker(at: number): number {
    if (this.#root || this.#hasMarker || !this.text.startsWith('---\n', at)) return -1;
    this.#hasMarker = true;
    return at + 4;
  }

  /** The next element or member of `frame`; without one, the first of a collection that begins here. */
  #collection(at: number, indent: number, isDash: boolean, frame: Frame | null): number {
    const { text } = this;
    while (isDash) {
      const seq = frame ?? this.#open(at, indent, true);
      if (!seq) return -1;
      seq.dash = at;
      seq.node.end = this.base + at + 1;
      seq.isPending = true;
      const next = pastBlanks(text, at + 1);
      const code = text.charCodeAt(next);
      if (code === LF || code === HASH || code !== code) return (seq.pendingEnd = pastLine(text, next));
      isDash = code === DASH && isEmpty(text.charCodeAt(next + 1));
      indent += next - at;
      at = next;
      frame = null;
      if (isDash) continue;
      const keyEnd = this.#keyEnd(at, code, seq.indent + 1);
      return keyEnd === 0 ? this.#value(at, code, seq) : this.#member(at, keyEnd, indent, null);
    }
    const code = text.charCodeAt(at);
    const parent = frame ? undefined : this.#frames.at(-1);
    // A text below its key or dash. After a comment it is another matter.
    const isBelow = parent?.isPending && parent.indent < indent && parent.pendingEnd === at - indent;
    const keyEnd = this.#keyEnd(at, code, isBelow ? parent.indent + 1 : Infinity);
    if (keyEnd === 0 && isBelow && code !== BAR && code !== GREATER) return this.#value(at, code, parent);
    return this.#member(at, keyEnd, indent, frame);
  }

  /** A key, whose end is -1 or 0 where there is none, and its value. */
  #member(at: number, keyEnd: number, indent: number, frame: Frame | null): number {
    const { text, base } = this;
    if (keyEnd <= 0) return -1;
    const map = frame ?? this.#open(at, indent, false);
    if (!map) return -1;
    map.members.push({
      key: keyText(this.#source, at, keyEnd),
      keyStart: base + at,
      keyEnd: base + keyEnd,
      value: null,
    });
    map.node.end = base + keyEnd + 1;
    map.isPending = true;
    const next = pastBlanks(text, keyEnd + 1);
    const code = text.charCodeAt(next);
    if (code === LF || code === HASH || code !== code) return (map.pendingEnd = pastLine(text, next));
    return this.#value(next, code, map);
  }

  /**
   * Offset of the colon after the key at `at`; 0 where there is no key, -1 for what is not read here.
   *
   * @param least the indentation that further lines have if it is a value
   */
  #keyEnd(at: number, code: number, least: number): number {
    const { text } = this;
    if (code === QUOTE || code === APOSTROPHE) {
      const past = pastQuote(text, at, code, least);
      if (past < 0 || text.charCodeAt(past) !== COLON) return Math.min(past, 0);
      // A key is on one line.
      const isKey = isEmpty(text.charCodeAt(past + 1)) && text.indexOf('\n', at) > past;
      return isKey ? past : -1;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET || code === BAR || code === GREATER) return 0;
    if (!this.#plain(at, code)) return -1;
    return this.#isKey ? this.#plainEnd : 0;
  }

  /** A plain scalar up to its colon or the end of what is on the line; false for what is not read here. */
  #plain(at: number, code: number): boolean {
    if (this.#plainStart === at) return true;
    if (NEVER_PLAIN.has(code)) return false;
    if ((code === DASH || code === QUESTION || code === COLON) && isEmpty(this.text.charCodeAt(at + 1))) return false;
    this.#plainStart = at;
    return this.#plainLine(at);
  }

  /** What a line has of a plain scalar; false for what is not read here. */
  #plainLine(at: number): boolean {
    const { text } = this;
    let last = at;
    let next = at;
    this.#isKey = false;
    for (; ; next++) {
      const unit = text.charCodeAt(next);
      // Nearly all letters.
      if (unit > COLON) last = next;
      else if (unit === COLON) {
        this.#isKey = isEmpty(text.charCodeAt(next + 1));
        // A blank before the colon of a key, and a tab after it, are rare.
        if (this.#isKey && (last < next - 1 || text.charCodeAt(next + 1) === TAB)) return false;
        if (this.#isKey) break;
        last = next;
      } else if (unit === LF || unit !== unit) break;
      else if (unit === HASH && last < next - 1) break;
      else if (unit !== SPACE && unit !== TAB) last = next;
    }
    this.#plainEnd = this.#isKey ? next : last + 1;
    this.#plainStop = next;
    return true;
  }

  /** The value of the last key or dash of `frame`; where the next line begins. */
  #value(at: number, code: number, frame: Frame): number {
    switch (code) {
      case BAR:
      case GREATER:
        return this.#block(at, frame);
      case QUOTE:
      case APOSTROPHE: {
        const past = pastQuote(this.text, at, code, frame.indent + 1);
        if (past < 0) return -1;
        this.#put(frame, leaf(this.#source, at, past, code === QUOTE ? 'double' : 'single'));
        return pastComment(this.text, past);
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        return this.#flow(at, frame);
      default:
        return this.#plain(at, code) && !this.#isKey ? this.#plainLines(at, frame) : -1;
    }
  }

  /** A plain scalar whose first line has been looked at, and the lines below that it goes on in. */
  #plainLines(at: number, frame: Frame): number {
    const { text } = this;
    let next = this.#plainStop;
    while (text.charCodeAt(next) === LF) {
      const first = pastBlanks(text, next + 1);
      const code = text.charCodeAt(first);
      if (code === TAB) return -1;
      if (code === LF) {
        next = first;
        continue;
      }
      if (code === HASH || code !== code || first - next - 1 <= frame.indent) break;
      if (!this.#plainLine(first) || this.#isKey) return -1;
      next = this.#plainStop;
    }
    this.#put(frame, leaf(this.#source, at, this.#plainEnd, 'plain'));
    return pastLine(text, this.#plainEnd);
  }

  /** A value in brackets that nothing but a comment follows on its line. */
  #flow(at: number, frame: Frame): number {
    const node = flowValue(this.#source, at, this.#frames.length);
    if (!node) return -1;
    this.#put(frame, node);
    return pastComment(this.text, node.end - this.base);
  }

  /** A literal or folded scalar: `|`, or what may follow it, and the lines below that are indented further. */
  #block(at: number, frame: Frame): number {
    const { text, base } = this;
    let past = at + 1;
    let givenIndent = 0;
    let chomp: '' | '-' | '+' = '';
    for (; ; past++) {
      const code = text.charCodeAt(past);
      if ((code === DASH || code === 43) && chomp === '') chomp = code === DASH ? '-' : '+';
      else if (isDigit(code) && code > 48 && givenIndent === 0) givenIndent = code - 48;
      else break;
    }
    const bodyStart = pastComment(text, past);
    if (bodyStart < 0) return -1;
    const end = blockEnd(text, bodyStart, frame.indent + 1, givenIndent, chomp === '+');
    if (end < 0) return -1;
    this.#put(frame, {
      kind: 'scalar',
      start: base + at,
      end: base + end,
      members: NO_MEMBERS,
      items: NO_ITEMS,
      closed: true,
      style: text.charCodeAt(at) === BAR ? 'literal' : 'folded',
      block: { bodyStart: base + bodyStart, parentIndent: frame.indent, givenIndent, chomp },
    });
    return end;
  }

  #open(at: number, indent: number, isSeq: boolean): Frame | null {
    const frames = this.#frames;
    if (frames.length >= MAX_DEPTH) return null;
    const members = isSeq ? NO_MEMBERS : [];
    const items = isSeq ? [] : NO_ITEMS;
    const start = this.base + at;
    const node: Open<YamlNode> = {
      kind: isSeq ? 'seq' : 'map',
      start,
      end: start,
      members,
      items,
      closed: true,
    };
    const parent = frames.at(-1);
    if (parent) this.#put(parent, node);
    else this.#root = node;
    const frame = { node, members, items, isSeq, indent, dash: at, isPending: false, pendingEnd: 0 };
    frames.push(frame);
    return frame;
  }

  #put(frame: Frame, node: YamlNode): void {
    frame.isPending = false;
    if (frame.isSeq) frame.items.push(node);
    else frame.members[frame.members.length - 1]!.value = node;
    if (node.end > frame.node.end) frame.node.end = node.end;
  }

  /** A dash with nothing after it is an element all the same. */
  #endItem(frame: Frame): void {
    if (frame.isPending && frame.isSeq) this.#put(frame, leaf(this.#source, frame.dash + 1, frame.dash + 1, 'plain'));
  }

  #close(): void {
    const frame = this.#frames.pop()!;
    this.#endItem(frame);
    // A list that grew has room for more, and most have few members.
    if (frame.members.length < SHORT && !frame.isSeq) frame.node.members = frame.members.slice();
    const parent = this.#frames.at(-1);
    if (parent && frame.node.end > parent.node.end) parent.node.end = frame.node.end;
  }
}
