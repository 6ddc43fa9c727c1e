/**
 * YAML as people and programs write messages, read fast: the same tree that the tolerant reader builds of it, or nothing
 * where anything is not as it should be, or is rarer than what is read here. Read are block collections, scalars of every
 * style, collections in brackets that end on their line, and comments.
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  LF,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from '../json/blank.js';
import type { ScalarStyle, YamlMember, YamlNode } from './node.js';
import { flowScalar } from './scalarText.js';

/** `more` is to be read; `broken` is for the tolerant reader. */
export type StrictState = 'more' | 'done' | 'broken';

const SPACE = 32;
const TAB = 9;
const HASH = 35;
const DASH = 45;
const QUESTION = 63;
const APOSTROPHE = 39;
const BAR = 124;
const GREATER = 62;
const BYTE_ORDER_MARK = 0xfeff;

/** What a plain scalar does not begin with: `!&*%@\`` and what has a meaning of its own. */
const NEVER_PLAIN: ReadonlySet<number> = new Set([
  ...[33, 38, 42, 37, 64, 96, HASH, QUOTE, APOSTROPHE, BAR, GREATER, COMMA, TAB],
  ...[OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, BYTE_ORDER_MARK],
]);

/** Members of a map whose list is made as long as it needs to be. */
const SHORT = 12;

/** Collections open around a value; deeper ones are for the tolerant reader. */
const MAX_DEPTH = 30;

type Open<T> = { -readonly [K in keyof T]: T[K] };

const NO_MEMBERS: Open<YamlMember>[] = [];
const NO_ITEMS: YamlNode[] = [];

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

/** Space or tab, line feed, or the end of the text, where there is no code. */
const isEmpty = (code: number): boolean => code === SPACE || code === LF || code === TAB || code !== code;

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** What ends a plain scalar in brackets. */
const isFlowMark = (code: number): boolean =>
  code === COMMA || code === OPEN_BRACE || code === CLOSE_BRACE || code === OPEN_BRACKET || code === CLOSE_BRACKET;

/** Reads one text. */
export class StrictReader {
  #at = 0;
  #root: YamlNode | null = null;
  #hasMarker = false;
  readonly #frames: Frame[] = [];
  /** The plain scalar looked at last: where it ends, what ends it, whether that makes it a key. */
  #plainStart = -1;
  #plainEnd = 0;
  #plainStop = 0;
  #isKey = false;

  /**
   * @param text what is read: a copy of `source`, unit for unit
   * @param source whose texts the keys are
   * @param base offset of `source` in the document; nodes have offsets of the document
   */
  constructor(
    private readonly text: string,
    private readonly source: string,
    private readonly base: number,
  ) {}

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
      const at = this.#pastBlanks(this.#at);
      const code = text.charCodeAt(at);
      if (code === LF) this.#at = at + 1;
      else if (code === HASH || code !== code) this.#at = this.#pastLine(at);
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

  #pastLine(at: number): number {
    const end = this.text.indexOf('\n', at);
    return end < 0 ? this.text.length : end + 1;
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
      const next = this.#pastBlanks(at + 1);
      const code = text.charCodeAt(next);
      if (code === LF || code === HASH || code !== code) return (seq.pendingEnd = this.#pastLine(next));
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
      key: this.#keyText(at, keyEnd),
      keyStart: base + at,
      keyEnd: base + keyEnd,
      value: null,
    });
    map.node.end = base + keyEnd + 1;
    map.isPending = true;
    const next = this.#pastBlanks(keyEnd + 1);
    const code = text.charCodeAt(next);
    if (code === LF || code === HASH || code !== code) return (map.pendingEnd = this.#pastLine(next));
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
      const past = this.#pastQuote(at, code, least);
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
        const past = this.#pastQuote(at, code, frame.indent + 1);
        if (past < 0) return -1;
        this.#put(frame, this.#leaf(at, past, code === QUOTE ? 'double' : 'single'));
        return this.#pastComment(past);
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
      const first = this.#pastBlanks(next + 1);
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
    this.#put(frame, this.#leaf(at, this.#plainEnd, 'plain'));
    return this.#pastLine(this.#plainEnd);
  }

  /** A value in brackets that nothing but a comment follows on its line. */
  #flow(at: number, frame: Frame): number {
    const node = this.#flowValue(at, this.#frames.length);
    if (!node) return -1;
    this.#put(frame, node);
    return this.#pastComment(node.end - this.base);
  }

  /** A value in brackets or within them; null for what is not read here. */
  #flowValue(at: number, depth: number): YamlNode | null {
    const code = this.text.charCodeAt(at);
    if (code === OPEN_BRACE || code === OPEN_BRACKET) return this.#flowCollection(at, code === OPEN_BRACE, depth);
    const end = this.#flowScalarEnd(at, code);
    if (end < 0) return null;
    return this.#leaf(at, end, code === QUOTE ? 'double' : code === APOSTROPHE ? 'single' : 'plain');
  }

  #flowCollection(at: number, isMap: boolean, depth: number): YamlNode | null {
    const { text, base } = this;
    if (depth >= MAX_DEPTH) return null;
    const members: YamlMember[] = [];
    const items: YamlNode[] = [];
    const closer = isMap ? CLOSE_BRACE : CLOSE_BRACKET;
    for (let next = this.#pastBlanks(at + 1); ; next = this.#pastBlanks(next + 1)) {
      // Nothing stands in empty brackets, and after a last comma.
      if (text.charCodeAt(next) !== closer) {
        const member = isMap ? this.#flowKey(next) : null;
        const value = isMap && !member ? null : this.#flowValue(member ? this.#plainStop : next, depth + 1);
        if (!value) return null;
        if (member) members.push({ ...member, value });
        else items.push(value);
        next = this.#pastBlanks(value.end - base);
      }
      const code = text.charCodeAt(next);
      if (code === closer) {
        const [start, end] = [base + at, base + next + 1];
        return isMap
          ? { kind: 'map', start, end, members, items: NO_ITEMS, closed: true }
          : { kind: 'seq', start, end, members: NO_MEMBERS, items, closed: true };
      }
      if (code !== COMMA) return null;
    }
  }

  /** A key in braces, after which `#plainStop` is where its value begins; null for what is not read here. */
  #flowKey(at: number): YamlMember | null {
    const { text, base } = this;
    const end = this.#flowScalarEnd(at, text.charCodeAt(at));
    const isQuoted = text.charCodeAt(at) === QUOTE || text.charCodeAt(at) === APOSTROPHE;
    if (end < 0 || text.charCodeAt(end) !== COLON || !(isQuoted || text.charCodeAt(end + 1) === SPACE)) return null;
    this.#plainStop = this.#pastBlanks(end + 1);
    return { key: this.#keyText(at, end), keyStart: base + at, keyEnd: base + end, value: null };
  }

  /** Where a scalar within brackets ends, on its line; -1 for what is not read here. */
  #flowScalarEnd(at: number, code: number): number {
    const { text } = this;
    if (code === QUOTE || code === APOSTROPHE) return this.#pastQuote(at, code, Infinity);
    if (NEVER_PLAIN.has(code) || code === QUESTION || code === COLON) return -1;
    if (code === DASH && !isDigit(text.charCodeAt(at + 1))) return -1;
    let last = at - 1;
    for (let next = at; ; next++) {
      const unit = text.charCodeAt(next);
      if (isFlowMark(unit)) break;
      if (unit === COLON && (isEmpty(text.charCodeAt(next + 1)) || isFlowMark(text.charCodeAt(next + 1)))) break;
      if (unit === LF || unit !== unit || (unit === HASH && last < next - 1)) return -1;
      if (unit !== SPACE && unit !== TAB) last = next;
    }
    return last + 1;
  }

  #pastBlanks(at: number): number {
    while (this.text.charCodeAt(at) === SPACE) at++;
    return at;
  }

  /** Where the next line begins, if there is but a comment before it. */
  #pastComment(at: number): number {
    const { text } = this;
    const next = this.#pastBlanks(at);
    const code = text.charCodeAt(next);
    return code === LF || code !== code || (code === HASH && next > at) ? this.#pastLine(next) : -1;
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
    const bodyStart = this.#pastComment(past);
    if (bodyStart < 0) return -1;
    const end = this.#blockEnd(bodyStart, frame.indent + 1, givenIndent, chomp === '+');
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

  /**
   * Offset after the lines of a block scalar that are its own; -1 for what is not read here. A last line without a line
   * break is as one that has it.
   *
   * @param least the indentation that its lines have at least
   * @param given the indentation beyond that of the collection around it, as the header says; 0 for none
   * @param keeps whether blank lines at its end are its own
   */
  #blockEnd(start: number, least: number, given: number, keeps: boolean): number {
    const { text } = this;
    const limit = text.length;
    // Where the last line of it ends, or a blank line before its first text.
    let past = start;
    let at = start;
    for (; ; at++) {
      const code = text.charCodeAt(at);
      if (code === LF) past = at + 1;
      else if (code !== SPACE) break;
    }
    if (at >= limit) past = at = limit + 1;
    const indent = at - past;
    if (indent >= least) {
      const wanted = given > 0 ? least - 1 + given : indent;
      while (past <= limit) {
        let first = past;
        while (first < past + wanted && text.charCodeAt(first) === SPACE) first++;
        if (first < past + wanted && first < limit && text.charCodeAt(first) !== LF) break;
        const stop = text.indexOf('\n', first);
        past = stop < 0 ? limit + 1 : stop + 1;
      }
    }
    if (text.charCodeAt(this.#pastBlanks(past)) === TAB) return -1;
    while (!keeps) {
      let blank = past - 2;
      while (text.charCodeAt(blank) === SPACE) blank--;
      // A line of more blanks than the indentation is text.
      if (blank < start || text.charCodeAt(blank) !== LF || past - 2 - blank > indent) break;
      past = blank + 1;
    }
    return Math.min(past, limit);
  }

  #keyText(start: number, end: number): string {
    const quote = this.text.charCodeAt(start);
    if (quote !== QUOTE && quote !== APOSTROPHE) return this.source.slice(start, end);
    return flowScalar(this.source, quote === QUOTE ? 'double' : 'single', start + 1, end - 1).text;
  }

  /** Offset after the quoted text at `at`, whose further lines have `least` blanks before them; -1 for another. */
  #pastQuote(at: number, quote: number, least: number): number {
    const { text } = this;
    for (let next = at + 1; ; next++) {
      const code = text.charCodeAt(next);
      if (code === quote) {
        if (quote === QUOTE || text.charCodeAt(next + 1) !== APOSTROPHE) return next + 1;
        next++;
      } else if (code === LF) {
        const first = this.#pastBlanks(next + 1);
        if (first - next - 1 < least && text.charCodeAt(first) !== LF) return -1;
        next = first - 1;
      } else if (code !== code) return -1;
      else if (code === BACKSLASH && quote === QUOTE && text.charCodeAt(next + 1) !== LF) next++;
    }
  }

  #leaf(start: number, end: number, style: ScalarStyle): YamlNode {
    const { base } = this;
    return {
      kind: 'scalar',
      start: base + start,
      end: base + end,
      members: NO_MEMBERS,
      items: NO_ITEMS,
      closed: true,
      style,
    };
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
    if (frame.isPending && frame.isSeq) this.#put(frame, this.#leaf(frame.dash + 1, frame.dash + 1, 'plain'));
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
