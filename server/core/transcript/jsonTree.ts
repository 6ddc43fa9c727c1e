/**
 * A tolerant JSON reader: a tree with exact spans, whatever state the text is in.
 *
 * Built on jsonc-parser's scanner with an explicit stack, so it is linear, cannot overflow and can pause. Half-typed
 * text is its normal input: missing commas, colons, brackets and quotes, a raw line break inside a string, words that
 * are no JSON. What can be read is in the tree; each break is one problem at its place.
 */
import { createScanner, ScanError, SyntaxKind, type JSONScanner } from 'jsonc-parser';
import type { Problem, Span } from './model.js';

export interface JsonMember {
  readonly key: string;
  readonly keySpan: Span;
  /** Null while only the key is typed. */
  value: JsonNode | null;
}

export type JsonNode =
  | { readonly type: 'object'; readonly start: number; end: number; closed: boolean; readonly members: JsonMember[] }
  | { readonly type: 'array'; readonly start: number; end: number; closed: boolean; readonly items: JsonNode[] }
  /** `start` and `end` are inside the quotes. */
  | { readonly type: 'string'; readonly start: number; readonly end: number; readonly closed: boolean }
  | { readonly type: 'scalar'; readonly start: number; readonly end: number };

type Container = Extract<JsonNode, { type: 'object' | 'array' }>;

export interface JsonTree {
  /** Values at the top: one in a proper file. */
  readonly roots: readonly JsonNode[];
  readonly problems: readonly Problem[];
}

/** Tokens between two pauses. */
const TOKENS_PER_SLICE = 4096;

/** A line that goes on as JSON after an unclosed string: a bracket, or a key with its colon. */
const STRUCTURE = /[ \t]*(?:[}\]]|"(?:[^"\\\r\n]|\\.){0,200}"[ \t]*:)/y;
/** What follows a string that is over. */
const AFTER_STRING = /[ \t\r\n]*(?:[,}\]:]|$)/y;

const matches = (pattern: RegExp, text: string, at: number): boolean => {
  pattern.lastIndex = at;
  return pattern.test(text);
};

/**
 * Where a string ends whose line ended before its quote. Either its closing quote is missing (the next line goes on
 * as JSON), or a raw line break stands inside it (a quote closes it further down).
 */
function endOfBrokenString(text: string, lineEnd: number): { readonly end: number; readonly closed: boolean } {
  let at = lineEnd;
  while (at < text.length) {
    const unit = text[at]!;
    if (unit === '\n' || unit === '\r') {
      const next = unit === '\r' && text[at + 1] === '\n' ? at + 2 : at + 1;
      if (matches(STRUCTURE, text, next)) return { end: at, closed: false };
      at = next;
    } else if (unit === '\\') at += 2;
    else if (unit === '"' && matches(AFTER_STRING, text, at + 1)) return { end: at, closed: true };
    else at++;
  }
  return { end: text.length, closed: false };
}

/** Reads `text[start, end)`; pauses every few thousand tokens. */
export function* readJson(text: string, start = 0, end = text.length): Generator<void, JsonTree> {
  const reader = new Reader(end === text.length ? text : text.slice(0, end), start);
  for (let tokens = 1; reader.step(); tokens++) if (tokens % TOKENS_PER_SLICE === 0) yield;
  return reader.finish();
}

/** `readJson` without pauses, for short texts. */
export function readJsonNow(text: string, start = 0, end = text.length): JsonTree {
  const steps = readJson(text, start, end);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

class Reader {
  readonly #text: string;
  readonly #scanner: JSONScanner;
  readonly #roots: JsonNode[] = [];
  readonly #stack: Container[] = [];
  readonly #problems: Problem[] = [];
  /** A key that waits for its value. */
  #key: JsonMember | null = null;
  /** A comma (or the opening bracket) stands before the place where we are. */
  #fresh = true;
  /** One message for one break: silent until something closes as it should. */
  #quiet = false;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#scanner = createScanner(text, true);
    this.#scanner.setPosition(start);
  }

  /** Reads one token; false at the end. */
  step(): boolean {
    const kind = this.#scanner.scan();
    const at = this.#scanner.getTokenOffset();
    switch (kind) {
      case SyntaxKind.EOF:
        return false;
      case SyntaxKind.OpenBraceToken:
        this.#open({ type: 'object', start: at, end: at + 1, closed: false, members: [] });
        break;
      case SyntaxKind.OpenBracketToken:
        this.#open({ type: 'array', start: at, end: at + 1, closed: false, items: [] });
        break;
      case SyntaxKind.CloseBraceToken:
        this.#close('object', at);
        break;
      case SyntaxKind.CloseBracketToken:
        this.#close('array', at);
        break;
      case SyntaxKind.CommaToken:
        if (this.#key) this.#problem('a value is missing before this comma', at, at + 1);
        this.#key = null;
        this.#fresh = true;
        break;
      case SyntaxKind.ColonToken:
        if (!this.#key) this.#problem('this colon stands after no key', at, at + 1);
        break;
      case SyntaxKind.StringLiteral:
        this.#string(at);
        break;
      default:
        this.#scalar(kind, at, at + this.#scanner.getTokenLength());
    }
    return true;
  }

  finish(): JsonTree {
    const top = this.#stack[0];
    if (top) {
      const kind = this.#stack.at(-1)!.type === 'object' ? '}' : ']';
      this.#problem(`the text ends before this is closed: ${kind} is missing`, top.start, top.start + 1);
    }
    for (const open of this.#stack) open.end = this.#text.length;
    return { roots: this.#roots, problems: this.#problems };
  }

  #string(at: number): void {
    let end = at + this.#scanner.getTokenLength() - 1;
    let closed = this.#text[end] === '"' && end > at;
    // The scanner stops at a line break; whether the last quote was escaped, its length tells by the error.
    if (this.#scanner.getTokenError() === ScanError.UnexpectedEndOfString) {
      ({ end, closed } = endOfBrokenString(this.#text, at + this.#scanner.getTokenLength()));
      const message = closed
        ? 'a line break inside a string: write it as \\n'
        : 'this string is not closed: a quote is missing';
      this.#problem(message, at, at + 1);
      this.#scanner.setPosition(closed ? end + 1 : end);
    }
    const top = this.#stack.at(-1);
    if (top?.type === 'object' && !this.#key) {
      if (!this.#fresh) this.#problem('a comma is missing before this key', at, at + 1);
      this.#key = { key: decodeKey(this.#text, at + 1, end), keySpan: { start: at + 1, end }, value: null };
      top.members.push(this.#key);
      this.#fresh = false;
      return;
    }
    this.#value({ type: 'string', start: at + 1, end, closed });
  }

  #scalar(kind: SyntaxKind, start: number, end: number): void {
    const known =
      kind === SyntaxKind.NumericLiteral ||
      kind === SyntaxKind.TrueKeyword ||
      kind === SyntaxKind.FalseKeyword ||
      kind === SyntaxKind.NullKeyword;
    if (!known)
      this.#problem(`unexpected ${JSON.stringify(this.#text.slice(start, Math.min(end, start + 20)))}`, start, end);
    const top = this.#stack.at(-1);
    if (top?.type === 'object' && !this.#key) {
      if (known) this.#problem('a key in quotes is missing before this value', start, end);
      return;
    }
    if (known || this.#key) this.#value({ type: 'scalar', start, end });
  }

  #open(node: Container): void {
    const top = this.#stack.at(-1);
    // An object where a key should be: the one before was not closed.
    if (node.type === 'object' && top?.type === 'object' && !this.#key && this.#stack.at(-2)?.type === 'array') {
      this.#problem('this object is not closed: } is missing', top.start, top.start + 1);
      top.end = node.start;
      this.#stack.pop();
      this.#fresh = true;
    }
    this.#value(node);
    this.#stack.push(node);
    this.#fresh = true;
  }

  #value(node: JsonNode): void {
    const top = this.#stack.at(-1);
    if (!top) {
      if (this.#roots.length > 0) this.#problem('the text goes on after its value', node.start, node.start + 1);
      this.#roots.push(node);
    } else if (top.type === 'array') {
      if (!this.#fresh) this.#problem('a comma is missing before this', node.start, node.start + 1);
      top.items.push(node);
    } else if (this.#key) this.#key.value = node;
    else {
      this.#problem('a key is missing before this value', node.start, node.start + 1);
      // Kept where a reader of members finds nothing, but its end is known.
    }
    this.#key = null;
    this.#fresh = false;
  }

  #close(type: Container['type'], at: number): void {
    const top = this.#stack.at(-1);
    if (!this.#stack.some((open) => open.type === type)) {
      this.#problem('this closes nothing', at, at + 1);
      return;
    }
    if (this.#key && top?.type === 'object') this.#problem('a value is missing before this', at, at + 1);
    this.#key = null;
    for (;;) {
      const open = this.#stack.pop()!;
      if (open.type === type) {
        open.end = at + 1;
        open.closed = true;
        if (open === top) this.#quiet = false;
        break;
      }
      this.#problem(`${open.type === 'object' ? '}' : ']'} is missing for this`, open.start, open.start + 1);
      open.end = at;
    }
    this.#fresh = false;
  }

  #problem(message: string, start: number, end: number): void {
    if (this.#quiet) return;
    this.#quiet = true;
    this.#problems.push({ code: 'json-syntax', severity: 'error', message: `JSON: ${message}`, span: { start, end } });
  }
}

/** Keys with escapes are rare and short. */
function decodeKey(text: string, start: number, end: number): string {
  const raw = text.slice(start, end);
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw;
  }
}

/** The value of a member, by key; the last one counts where a key is repeated. */
export function member(node: JsonNode | null | undefined, key: string): JsonNode | null {
  if (node?.type !== 'object') return null;
  for (let i = node.members.length - 1; i >= 0; i--) if (node.members[i]!.key === key) return node.members[i]!.value;
  return null;
}
