/**
 * JSON as programs write it, read fast: the same tree that the tolerant reader builds of it, or nothing where a single
 * character is not as it should be. Values that nobody looks at are read for their syntax and leave no trace.
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  CR,
  LF,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './blank.js';
import { JsonNode, type JsonMember } from './node.js';

/**
 * Whether a member is looked at by anybody.
 *
 * @param key of the member
 * @param parent key of the object that it is in, or of the list that this is in; empty at the top
 */
export type Wanted = (key: string, parent: string) => boolean;

/** What may stand next. */
const FIRST_VALUE = 0;
const VALUE = 1;
const FIRST_KEY = 2;
const KEY = 3;
const AFTER = 4;

/** `more` is to be read; `broken` is for the tolerant reader. */
export type StrictState = 'more' | 'done' | 'broken';

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** What may follow a number or a word. */
const isDelimiter = (code: number): boolean =>
  code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || code <= 32 || code !== code;

/** One past the number at `at`; -1 where JSON has none like it. */
function numberEnd(text: string, at: number): number {
  let code = text.charCodeAt(at);
  if (code === 45) code = text.charCodeAt(++at);
  if (!isDigit(code)) return -1;
  const isZero = code === 48;
  for (code = text.charCodeAt(++at); isDigit(code); code = text.charCodeAt(++at)) if (isZero) return -1;
  if (code === 46) {
    code = text.charCodeAt(++at);
    if (!isDigit(code)) return -1;
    while (isDigit(code)) code = text.charCodeAt(++at);
  }
  if ((code | 32) === 101) {
    code = text.charCodeAt(++at);
    if (code === 43 || code === 45) code = text.charCodeAt(++at);
    if (!isDigit(code)) return -1;
    while (isDigit(code)) code = text.charCodeAt(++at);
  }
  return isDelimiter(code) ? at : -1;
}

/** One past the word at `at`; -1 for one that JSON does not know. */
function literalEnd(text: string, at: number): number {
  const word = text.startsWith('true', at) || text.startsWith('null', at) ? 4 : text.startsWith('false', at) ? 5 : 0;
  return word > 0 && isDelimiter(text.charCodeAt(at + word)) ? at + word : -1;
}

/** Containers open around a value; as deep as the tolerant reader keeps them. */
const MAX_DEPTH = 200;

/** How many keys are remembered; a power of two. */
const KEY_SLOTS = 128;

/** Reads one stretch of a text after another, as `JsonReader` does. */
export class StrictReader {
  #at = 0;
  #limit = 0;
  #state = VALUE;
  #root: JsonNode | null = null;
  /** Containers that are open, the innermost last; null for one that nobody looks at. */
  readonly #open: (JsonNode | null)[] = [];
  /** Whether each is an object, whether a wanted one or not. */
  readonly #isObject: boolean[] = [];
  /** The key that each is the value of. */
  readonly #keys: string[] = [];
  /** Children of the open ones, and where those of each begin. */
  readonly #items: JsonNode[] = [];
  readonly #members: JsonMember[] = [];
  readonly #firstItem: number[] = [];
  readonly #firstMember: number[] = [];
  /** The member whose value is due; null for one that nobody looks at. */
  #member: JsonMember | null = null;
  #escaped = false;
  readonly #keysSeen: string[] = Array<string>(KEY_SLOTS);

  constructor(
    private readonly text: string,
    private readonly wanted: Wanted | null,
  ) {}

  /** The value, once it is read. */
  get root(): JsonNode | null {
    return this.#root;
  }

  begin(start: number, end: number): void {
    this.#at = start;
    this.#limit = end;
    this.#state = VALUE;
    this.#root = this.#member = null;
    for (const list of [this.#open, this.#isObject, this.#keys, this.#items, this.#members]) list.length = 0;
    this.#firstItem.length = this.#firstMember.length = 0;
  }

  /** Reads about `length` code units. */
  run(length: number): StrictState {
    const { text } = this;
    const limit = this.#limit;
    const until = Math.min(limit, this.#at + length);
    let at = this.#at;
    while (at < until) {
      const code = text.charCodeAt(at);
      if (code === 32 || code === LF || code === CR || code === 9) {
        at++;
        continue;
      }
      const past =
        this.#state === AFTER
          ? this.#afterValue(at, code)
          : this.#state >= FIRST_KEY
            ? this.#key(at, code)
            : this.#value(at, code);
      if (past < 0 || past > limit) return 'broken';
      at = past;
    }
    this.#at = at;
    if (at < limit) return 'more';
    return this.#root && this.#open.length === 0 ? 'done' : 'broken';
  }

  #afterValue(at: number, code: number): number {
    const depth = this.#open.length;
    if (depth === 0) return -1;
    const isObject = this.#isObject[depth - 1]!;
    if (code === COMMA) {
      this.#state = isObject ? KEY : VALUE;
      return at + 1;
    }
    return code === (isObject ? CLOSE_BRACE : CLOSE_BRACKET) ? this.#close(at + 1) : -1;
  }

  /** A key and its colon. */
  #key(at: number, code: number): number {
    if (code === CLOSE_BRACE && this.#state === FIRST_KEY) return this.#close(at + 1);
    if (code !== QUOTE) return -1;
    const { text } = this;
    const quote = this.#closingQuote(at + 1);
    if (quote < 0) return -1;
    let colon = quote + 1;
    let next = text.charCodeAt(colon);
    while (next === 32 || next === LF || next === CR || next === 9) next = text.charCodeAt(++colon);
    if (next !== COLON) return -1;
    this.#state = VALUE;
    this.#member = null;
    if (this.#open[this.#open.length - 1] === null) return colon + 1;
    // Before the escape of a key is looked at, the value of `#escaped` is that of the key.
    const key = this.#escaped ? decodedKey(text.slice(at + 1, quote)) : this.#known(at + 1, quote);
    if (key === null) return -1;
    if (this.wanted && !this.wanted(key, this.#keys[this.#keys.length - 1]!)) return colon + 1;
    this.#member = { key, keyStart: at, keyEnd: quote + 1, value: null };
    this.#members.push(this.#member);
    return colon + 1;
  }

  /** A key without escapes: the one string that all members of that name share, mostly. */
  #known(start: number, end: number): string {
    const { text } = this;
    const length = end - start;
    const slot = (text.charCodeAt(start) * 31 + text.charCodeAt(end - 1) * 7 + length) & (KEY_SLOTS - 1);
    const known = this.#keysSeen[slot];
    if (known !== undefined && known.length === length && text.startsWith(known, start)) return known;
    return (this.#keysSeen[slot] = text.slice(start, end));
  }

  #value(at: number, code: number): number {
    if (code === QUOTE) {
      const quote = this.#closingQuote(at + 1);
      if (quote < 0) return -1;
      this.#state = AFTER;
      if (this.#isWanted()) {
        this.#put(new JsonNode('string', at, quote + 1, true, this.#escaped, at + 1, quote));
      }
      return quote + 1;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) return this.#openAt(at, code === OPEN_BRACE);
    if (code === CLOSE_BRACKET) return this.#state === FIRST_VALUE ? this.#close(at + 1) : -1;
    const isNumber = code === 45 || isDigit(code);
    const past = isNumber ? numberEnd(this.text, at) : literalEnd(this.text, at);
    if (past < 0) return -1;
    this.#state = AFTER;
    if (this.#isWanted()) this.#put(new JsonNode(isNumber ? 'number' : 'literal', at, past, true, false));
    return past;
  }

  /** Whether somebody looks at the value that is due. */
  #isWanted(): boolean {
    const depth = this.#open.length;
    if (depth === 0) return true;
    return this.#isObject[depth - 1]! ? this.#member !== null : this.#open[depth - 1] !== null;
  }

  #put(node: JsonNode): void {
    const depth = this.#open.length;
    if (depth === 0) this.#root = node;
    else if (this.#isObject[depth - 1]!) this.#member!.value = node;
    else this.#items.push(node);
  }

  #openAt(at: number, isObject: boolean): number {
    const depth = this.#open.length;
    if (depth >= MAX_DEPTH) return -1;
    let node: JsonNode | null = null;
    if (this.#isWanted()) {
      node = new JsonNode(isObject ? 'object' : 'array', at, at + 1, false, false);
      this.#put(node);
    }
    // A list's elements are the list's key's.
    const parent = depth === 0 ? '' : this.#keys[depth - 1]!;
    this.#keys.push(depth > 0 && this.#isObject[depth - 1]! ? (this.#member?.key ?? '') : parent);
    this.#open.push(node);
    this.#isObject.push(isObject);
    this.#firstItem.push(this.#items.length);
    this.#firstMember.push(this.#members.length);
    this.#state = isObject ? FIRST_KEY : FIRST_VALUE;
    return at + 1;
  }

  #close(past: number): number {
    const node = this.#open.pop();
    this.#keys.pop();
    const isObject = this.#isObject.pop()!;
    const [firstItem, firstMember] = [this.#firstItem.pop()!, this.#firstMember.pop()!];
    this.#state = AFTER;
    if (!node) return past;
    node.end = past;
    node.closed = true;
    // Lists as long as they need to be.
    if (isObject) node.members = this.#members.slice(firstMember);
    else node.items = this.#items.slice(firstItem);
    this.#members.length = firstMember;
    this.#items.length = firstItem;
    return past;
  }

  /** Offset of the quote that ends the string whose inside begins at `at`; -1 where a line ends first. */
  #closingQuote(at: number): number {
    const { text } = this;
    const limit = this.#limit;
    this.#escaped = false;
    for (; at < limit; at++) {
      const code = text.charCodeAt(at);
      // Nearly all letters.
      if (code > BACKSLASH) continue;
      if (code === QUOTE) return at;
      if (code === BACKSLASH) {
        this.#escaped = true;
        at++;
      } else if (code === LF || code === CR) return -1;
    }
    return -1;
  }
}

/** A key with escapes, which are rare; null for one with an escape that is none. */
function decodedKey(raw: string): string | null {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return null;
  }
}
