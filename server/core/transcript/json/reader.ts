/**
 * A tolerant JSON reader: a tree of positions, whatever state the text is in. Text without a mistake takes a shorter way
 * (`strictReader.ts`).
 *
 * A state machine with its own stack: linear, safe at any depth, and able to pause. Missing commas, colons, brackets
 * and quotes are the normal case of a file being edited; each break is one problem, and reading goes on at the nearest
 * place that makes sense. Comments and trailing commas pass without a word (`.jsonc`).
 */
import type { Problem } from '../model.js';
import { CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, skipBlank } from './blank.js';
import type { StringPlace } from './brokenString.js';
import { JsonLexer, type TokenKind } from './lexer.js';
import { JsonNode, arrayNode, objectNode, type JsonMember } from './node.js';
import { StrictReader, type Wanted } from './strictReader.js';

export interface JsonDocument {
  /** Values at the top level: one, unless the text is broken (or holds several values one after another). */
  readonly roots: readonly JsonNode[];
  /** Code `json-syntax`, in order. */
  readonly problems: readonly Problem[];
}

/** Deeper values are skipped: no transcript nests like that, and a tree for them would only cost memory. */
const MAX_DEPTH = 200;
/** More syntax problems than this say nothing new. */
const MAX_PROBLEMS = 100;
/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

/** What an object waits for; an array is in `value` or `after`. */
type State = 'key' | 'colon' | 'value' | 'after';

interface Frame {
  readonly node: JsonNode;
  readonly isObject: boolean;
  state: State;
  member: JsonMember | null;
}

/**
 * Reads a whole text, pausing about every 100,000 code units.
 *
 * @param wanted members that somebody looks at, all where absent; others may be left out of text without a mistake
 */
export function* readJson(text: string, wanted?: Wanted): Generator<void, JsonDocument> {
  const reader = new JsonReader(text, wanted);
  reader.begin(0, text.length);
  while (!reader.run(SLICE_LENGTH)) yield;
  return reader.result();
}

/** Reads a short text at once. */
export function readJsonNow(text: string): JsonDocument {
  return new JsonReader(text).read(0, text.length);
}

const NO_PROBLEMS: readonly Problem[] = [];

/** Reads one stretch of a text after another (the lines of JSON Lines), sharing what it learned of the text. */
export class JsonReader {
  readonly #strict: StrictReader;
  readonly #tolerant: TolerantReader;
  #isStrict = true;
  #start = 0;
  #end = 0;

  constructor(text: string, wanted?: Wanted) {
    this.#strict = new StrictReader(text, wanted ?? null);
    this.#tolerant = new TolerantReader(text);
  }

  read(start: number, end: number): JsonDocument {
    this.begin(start, end);
    this.run(Infinity);
    return this.result();
  }

  begin(start: number, end: number): void {
    [this.#start, this.#end, this.#isStrict] = [start, end, true];
    this.#strict.begin(start, end);
  }

  /** Reads about `length` code units; true when the end is reached. */
  run(length: number): boolean {
    if (this.#isStrict) {
      const state = this.#strict.run(length);
      if (state !== 'broken') return state === 'done';
      // Once more from the start: which mistakes there are, other parts of the text decide.
      this.#isStrict = false;
      this.#tolerant.begin(this.#start, this.#end);
    }
    return this.#tolerant.run(length);
  }

  result(): JsonDocument {
    if (!this.#isStrict) return this.#tolerant.result();
    return { roots: [this.#strict.root!], problems: NO_PROBLEMS };
  }
}

/** The reader of text that may have mistakes. */
class TolerantReader {
  readonly #lexer: JsonLexer;
  #roots: JsonNode[] = [];
  #stack: Frame[] = [];
  #problems: Problem[] = [];
  /** True from a problem until the text makes sense again: one message for one break. */
  #quiet = false;
  /** Containers open below MAX_DEPTH. */
  #skipped = 0;
  /** Whether something outside the one value was reported. */
  #outside = false;
  #limit = 0;
  /** The last token that was read before the end. */
  #lastStart = 0;
  #lastEnd = 0;

  constructor(private readonly text: string) {
    this.#lexer = new JsonLexer(text);
  }

  begin(start: number, end: number): void {
    this.#lexer.moveTo(start, end);
    this.#limit = end;
    this.#roots = [];
    this.#stack = [];
    this.#problems = [];
    this.#quiet = false;
    this.#skipped = 0;
    this.#outside = false;
    this.#lastStart = this.#lastEnd = start;
  }

  /** Reads about `length` code units; true when the end is reached. */
  run(length: number): boolean {
    const until = this.#lexer.position + length;
    const lexer = this.#lexer;
    while (lexer.position < until) {
      const kind = lexer.next(this.#place(), this.#closers, this.#report);
      if (kind === 'end') {
        this.#atEnd();
        return true;
      }
      this.#lastStart = lexer.start;
      this.#lastEnd = lexer.end;
      if (this.#skipped > 0) this.#skip(kind);
      else this.#take(kind);
    }
    return false;
  }

  result(): JsonDocument {
    return { roots: this.#roots, problems: this.#problems };
  }

  #place(): StringPlace {
    const top = this.#stack[this.#stack.length - 1];
    if (!top?.isObject) return 'item';
    return top.state === 'key' || top.state === 'after' ? 'key' : 'value';
  }

  readonly #closers = (): string => {
    let closers = '';
    for (let i = this.#stack.length - 1; i >= 0; i--) closers += this.#stack[i]!.isObject ? '}' : ']';
    return closers;
  };

  readonly #report = (start: number, end: number, message: string): void => {
    if (!this.#quiet && this.#problems.length < MAX_PROBLEMS) {
      const span = { start, end: Math.min(Math.max(end, start), this.#limit) };
      this.#problems.push({ code: 'json-syntax', severity: 'error', message: `JSON: ${message}`, span });
    }
    this.#quiet = true;
  };

  #complain(message: string): void {
    this.#report(this.#lastStart, this.#lastEnd, message);
  }

  #skip(kind: TokenKind): void {
    if (kind === '{' || kind === '[') this.#skipped++;
    else if (kind === '}' || kind === ']') this.#skipped--;
  }

  #take(kind: TokenKind): void {
    const top = this.#stack[this.#stack.length - 1];
    if (!top) this.#atRoot(kind);
    else if (top.isObject) this.#inObject(top, kind);
    else this.#inArray(top, kind);
  }

  #atRoot(kind: TokenKind): void {
    // One bracket too many leaves all the rest outside: said once.
    if (this.#roots.length > 0) {
      if (!this.#outside) this.#complain('Only one value may stand here: this is outside its brackets.');
      this.#outside = true;
      if (kind === '{' || kind === '[') this.#roots.push(this.#value(kind));
      return;
    }
    if (kind === '}' || kind === ']' || kind === ':' || kind === ',' || kind === 'junk') {
      return this.#complain(kind === 'junk' ? 'This is not JSON.' : `This ${kind} belongs to nothing: remove it.`);
    }
    this.#roots.push(this.#value(kind));
  }

  #inArray(top: Frame, kind: TokenKind): void {
    switch (kind) {
      case ']':
        return this.#close(top);
      case '}':
        return this.#strayBrace();
      case ',':
        if (top.state === 'value') this.#complain('A value is missing before this comma.');
        top.state = 'value';
        return;
      case ':':
      case 'junk':
        this.#complain(kind === ':' ? 'No colon may stand in a list: remove it.' : this.#notJson());
        top.state = 'after';
        return;
      case 'string':
        if (this.#lexer.peek() === COLON) return this.#keyInArray(top, kind);
    }
    if (top.state === 'after') this.#complain('A comma is missing before this.');
    top.state = 'after';
    top.node.items.push(this.#value(kind));
  }

  /** A key in a list: the brace of an element is missing before it, or the bracket that ends the list. */
  #keyInArray(top: Frame, kind: TokenKind): void {
    const { items } = top.node;
    const key = this.text.slice(this.#lexer.innerStart, this.#lexer.innerEnd);
    // The last few tell what the list holds.
    const isElement =
      items.length === 0 || items.slice(-8).some((item) => item.members.some((member) => member.key === key));
    if (isElement || !this.#stack[this.#stack.length - 2]?.isObject) {
      this.#complain('{ is missing before this key.');
      top.state = 'after';
      const node = objectNode(this.#lastStart);
      items.push(node);
      this.#stack.push({ node, isObject: true, state: 'key', member: null });
    } else {
      this.#complain('] is missing before this key.');
      this.#leave(this.#lastStart);
    }
    return this.#take(kind);
  }

  #inObject(top: Frame, kind: TokenKind): void {
    if (kind === '}') {
      if (top.state === 'colon' || top.state === 'value') this.#complain(this.#unfinished(top));
      return this.#close(top);
    }
    if (kind === ']') return this.#strayBracket();
    if (kind === ',') {
      if (top.state === 'key') this.#complain('A key and its value are missing before this comma.');
      else if (top.state !== 'after') this.#complain(this.#unfinished(top));
      top.state = 'key';
      return;
    }
    if (kind === 'string' && top.state !== 'colon' && this.#lexer.peek() === COLON) {
      if (top.state === 'value') this.#complain(this.#unfinished(top));
      else if (top.state === 'after') this.#complain('A comma is missing before this key.');
      return this.#key(top);
    }
    switch (top.state) {
      case 'key':
        if (kind === 'string') return this.#key(top);
        return this.#orphan(kind, 'A key in double quotes is missing here.');
      case 'colon':
        if (kind === ':') {
          top.state = 'value';
          return;
        }
        this.#complain('A colon is missing after the key.');
        if (kind !== 'junk') this.#member(top, kind);
        return;
      case 'value':
        if (kind === ':') return this.#complain('One colon is enough: remove this.');
        if (kind === 'junk') {
          this.#complain(this.#notJson());
          top.state = 'after';
          return;
        }
        return this.#member(top, kind);
      case 'after':
        return this.#orphan(kind, 'A comma, or a closing bracket, is missing before this.');
    }
  }

  #key(top: Frame): void {
    const { start, end } = this.#lexer;
    const raw = this.text.slice(this.#lexer.innerStart, this.#lexer.innerEnd);
    top.member = { key: this.#lexer.escaped ? decodeKey(raw) : raw, keyStart: start, keyEnd: end, value: null };
    top.node.members.push(top.member);
    top.state = 'colon';
  }

  #member(top: Frame, kind: TokenKind): void {
    top.state = 'after';
    const value = this.#value(kind);
    top.member!.value = value;
    // A key with its value: the text makes sense again, unless the value itself is broken.
    if (value.kind !== 'string' || value.closed) this.#calm();
  }

  /** A token in an object where none belongs. A brace there opens the next element of a list. */
  #orphan(kind: TokenKind, message: string): void {
    if (kind === '{' && this.#belongsBeside()) {
      this.#complain('[ is missing before the objects of this list.');
      const member = this.#stack[this.#stack.length - 1]!.member!;
      const list = arrayNode(member.value!.start);
      list.items.push(member.value!);
      member.value = list;
      this.#stack[this.#stack.length - 1]!.state = 'after';
      this.#stack.push({ node: list, isObject: false, state: 'value', member: null });
      return this.#take(kind);
    }
    if (kind === '{' && this.#stack[this.#stack.length - 2]?.isObject === false) {
      this.#complain('} is missing before this.');
      this.#leave(this.#lastStart);
      return this.#take(kind);
    }
    this.#complain(message);
    if (kind === '{' || kind === '[') this.#value(kind);
  }

  /** Whether the brace just read opens an object like the one that is the value of the last key: a list without its bracket. */
  #belongsBeside(): boolean {
    const value = this.#stack[this.#stack.length - 1]!.member?.value;
    const first = value?.kind === 'object' ? value.members[0] : undefined;
    if (!first) return false;
    // In an object that is in no list, nothing else can begin there.
    if (this.#stack[this.#stack.length - 2]?.isObject !== false) return true;
    const next = skipBlank(this.text, this.#lastEnd, this.#limit);
    return this.text.startsWith(`"${first.key}"`, next);
  }

  #value(kind: TokenKind): JsonNode {
    const { start, end } = this.#lexer;
    if (kind !== '{' && kind !== '[') {
      const { closed, escaped, innerStart, innerEnd } = this.#lexer;
      if (kind === 'string') return new JsonNode('string', start, end, closed, escaped, innerStart, innerEnd);
      return new JsonNode(kind === 'number' ? 'number' : 'literal', start, end, true, false);
    }
    const isObject = kind === '{';
    const node = isObject ? objectNode(start) : arrayNode(start);
    if (this.#stack.length >= MAX_DEPTH) this.#skipped = 1;
    else {
      this.#stack.push({ node, isObject, state: isObject ? 'key' : 'value', member: null });
      if (isObject && this.#stack[this.#stack.length - 2]?.isObject !== true) this.#calm();
    }
    return node;
  }

  #calm(): void {
    this.#quiet = false;
  }

  #close(top: Frame): void {
    top.node.end = this.#lastEnd;
    top.node.closed = true;
    this.#stack.pop();
    this.#calm();
  }

  /** Ends the innermost container without its bracket. */
  #leave(end: number): void {
    const { node } = this.#stack.pop()!;
    const last = node.items.at(-1) ?? node.members.at(-1)?.value;
    node.end = Math.min(end, last?.end ?? node.members.at(-1)?.keyEnd ?? end);
  }

  /** `]` in an object: its braces are missing, if a list is open at all. */
  #strayBracket(): void {
    if (!this.#stack.some((frame) => !frame.isObject)) return this.#complain('This ] belongs to nothing: remove it.');
    this.#complain('} is missing before this ].');
    while (this.#stack[this.#stack.length - 1]!.isObject) this.#leave(this.#lastStart);
    this.#close(this.#stack[this.#stack.length - 1]!);
  }

  /** `}` in a list: one too many if the list goes on after it, else the list's bracket is missing. */
  #strayBrace(): void {
    const [next, then] = this.#lexer.peekTwo();
    const goesOn = next === OPEN_BRACE || next === CLOSE_BRACKET || (next === COMMA && then === OPEN_BRACE);
    if (goesOn || !this.#stack.some((frame) => frame.isObject)) {
      return this.#complain('This } belongs to nothing: remove it.');
    }
    this.#complain('] is missing before this }.');
    while (!this.#stack[this.#stack.length - 1]!.isObject) this.#leave(this.#lastStart);
    this.#close(this.#stack[this.#stack.length - 1]!);
  }

  #atEnd(): void {
    if (this.#stack.length === 0) return;
    const open = this.#closers().split('').join(' ');
    const brackets = open.length > 40 ? `${open.slice(0, 40)}…` : open;
    this.#complain(`The text ends too early: ${brackets} ${open.length > 1 ? 'are' : 'is'} missing.`);
    while (this.#stack.length > 0) this.#stack.pop()!.node.end = this.#limit;
  }

  #unfinished(top: Frame): string {
    const name = JSON.stringify(top.member?.key.slice(0, 40) ?? '');
    return top.state === 'colon' ? `The key ${name} has no colon and no value.` : `The key ${name} has no value.`;
  }

  #notJson(): string {
    const word = this.text.slice(this.#lastStart, Math.min(this.#lastEnd, this.#lastStart + 20));
    return `${word} is not JSON: text stands in double quotes.`;
  }
}

/** Keys with escapes are rare and short. */
function decodeKey(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw;
  }
}
