/**
 * Tokens of JSON with comments, for text that is being typed. Numbers and words come from jsonc-parser's scanner;
 * strings, brackets and blanks are read here, because strings need native search to be fast and judgement to be kind.
 */
import type { JSONScanner } from 'jsonc-parser';
import { createScanner, SyntaxKind } from 'jsonc-parser';
import { NextIndex, isBlank, skipBlank, COLON, COMMA, CLOSE_BRACE, OPEN_BRACE, QUOTE, SLASH } from './blank.js';
import { closesWell, opensNextKey, startsKey, unclosedAtEnd, unclosedEnd, type StringPlace } from './brokenString.js';
import { bareKeyLength, isName, unclosedKeyLength } from './brokenKey.js';

export type TokenKind = 'end' | '{' | '}' | '[' | ']' | ':' | ',' | 'string' | 'number' | 'literal' | 'junk';

/** Takes a syntax problem: source range and what to do about it. */
export type ReportSyntax = (start: number, end: number, message: string) => void;

/** Lexes `text` within `[at, end)`; both can be moved, so one lexer serves many lines. */
export class JsonLexer {
  /** The token last read. */
  start = 0;
  end = 0;
  /** For strings: what is between the quotes, whether the closing one is there, and whether a backslash is. */
  innerStart = 0;
  innerEnd = 0;
  closed = true;
  escaped = false;

  #at = 0;
  #limit = 0;
  readonly #scanner: JSONScanner;
  readonly #backslash: NextIndex;
  readonly #quote: NextIndex;
  readonly #lineFeed: NextIndex;
  readonly #carriageReturn: NextIndex;
  readonly #commentEnd: NextIndex;
  /** From here to the limit no quote closes a broken string: asked once, not again for each string. */
  #hopelessFrom = Infinity;

  constructor(private readonly text: string) {
    this.#scanner = createScanner(text, false);
    this.#backslash = new NextIndex(text, '\\');
    this.#quote = new NextIndex(text, '"');
    this.#lineFeed = new NextIndex(text, '\n');
    this.#carriageReturn = new NextIndex(text, '\r');
    this.#commentEnd = new NextIndex(text, '*/');
  }

  moveTo(start: number, limit: number): void {
    this.#at = start;
    this.#limit = limit;
    this.#hopelessFrom = Infinity;
  }

  /** Where the next token is looked for. */
  get position(): number {
    return this.#at;
  }

  /** The character code after the blanks that follow the last token, or -1 at the end. */
  peek(): number {
    return this.peekTwo()[0];
  }

  /** The two character codes that follow the last token, blanks left out; -1 for what is not there. */
  peekTwo(): [number, number] {
    const at = skipBlank(this.text, this.#at, this.#limit);
    const then = skipBlank(this.text, at + 1, this.#limit);
    return [at < this.#limit ? this.text.charCodeAt(at) : -1, then < this.#limit ? this.text.charCodeAt(then) : -1];
  }

  /**
   * Reads the next token.
   *
   * @param place what a string would be here
   * @param closers the closing brackets due, innermost first; asked for only where a string is broken
   */
  next(place: StringPlace, closers: () => string, report: ReportSyntax): TokenKind {
    const { text } = this;
    const limit = this.#limit;
    let at = this.#at;
    for (;;) {
      while (at < limit && isBlank(text.charCodeAt(at))) at++;
      if (at >= limit) {
        this.start = this.end = this.#at = limit;
        return 'end';
      }
      const code = text.charCodeAt(at);
      if (code === QUOTE) return this.#string(at, place, closers, report);
      if (code === SLASH) {
        const past = this.#comment(at);
        if (past > 0) {
          at = past;
          continue;
        }
        if (past === 0) {
          report(at, at + 2, 'This comment is not closed: add */.');
          at += 2;
          continue;
        }
      }
      this.start = at;
      if (code === COMMA || code === COLON || (code | 32) === OPEN_BRACE || (code | 32) === CLOSE_BRACE) {
        this.end = this.#at = at + 1;
        // `[`, `{` and `]`, `}` differ by bit 32.
        return text.charAt(at) as TokenKind;
      }
      return this.#bareKey(at, place, report) || this.#word(at, place, report);
    }
  }

  /** `role: …` or `role": …` where a key is due: quotes are missing. */
  #bareKey(at: number, place: StringPlace, report: ReportSyntax): TokenKind | '' {
    const length = place === 'key' ? bareKeyLength(this.text, at) : 0;
    if (length === 0) return '';
    const end = at + length;
    report(at, end, 'A key stands in double quotes.');
    this.escaped = false;
    this.innerStart = at;
    this.innerEnd = end;
    this.closed = true;
    this.end = this.#at = this.text.charCodeAt(end) === QUOTE ? end + 1 : end;
    return 'string';
  }

  /** End of the comment at `at`; 0 if it never closes, -1 if none stands there. */
  #comment(at: number): number {
    const second = this.text.charCodeAt(at + 1);
    if (second === SLASH) return Math.min(this.#limit, this.#lineFeed.at(at), this.#carriageReturn.at(at));
    if (second !== 42) return -1;
    const close = this.#commentEnd.at(at + 2);
    return close + 2 <= this.#limit ? close + 2 : 0;
  }

  #word(at: number, place: StringPlace, report: ReportSyntax): TokenKind {
    const scanner = this.#scanner;
    scanner.setPosition(at);
    const kind = scanner.scan();
    this.end = this.#at = Math.min(scanner.getPosition(), this.#limit);
    if (kind === SyntaxKind.NumericLiteral) {
      if (scanner.getTokenError() !== 0) report(at, this.end, 'This number is not finished.');
      return 'number';
    }
    const literal =
      kind === SyntaxKind.TrueKeyword || kind === SyntaxKind.FalseKeyword || kind === SyntaxKind.NullKeyword;
    if (literal) return 'literal';
    return place === 'value' && this.#unopened(at, report) ? 'string' : 'junk';
  }

  /** Text whose opening quote is missing: its closing quote stands on the same line, before something that may follow it. */
  #unopened(at: number, report: ReportSyntax): boolean {
    this.escaped = false;
    const quote = this.#closingQuote(at);
    const lineEnd = Math.min(this.#lineFeed.at(at), this.#carriageReturn.at(at), this.#limit);
    if (quote >= lineEnd || !closesWell(this.text, quote, this.#limit, 'value')) return false;
    report(at, this.end, 'Text stands in double quotes: add " before it.');
    this.innerStart = at;
    this.innerEnd = quote;
    this.closed = true;
    this.end = this.#at = quote + 1;
    return true;
  }

  /** Offset of the first quote at or after `from` that no backslash escapes; the limit where there is none. */
  #closingQuote(from: number): number {
    let quote = this.#quote.at(from);
    let backslash = this.#backslash.at(from);
    while (backslash < quote && backslash < this.#limit) {
      this.escaped = true;
      const past = backslash + 2;
      if (quote < past) quote = this.#quote.at(past);
      backslash = this.#backslash.at(past);
    }
    return Math.min(quote, this.#limit);
  }

  #string(start: number, place: StringPlace, closers: () => string, report: ReportSyntax): TokenKind {
    this.start = start;
    this.innerStart = start + 1;
    this.escaped = false;
    const quote = this.#closingQuote(start + 1);
    if (quote < this.#limit) {
      const broken = this.#lineFeed.at(start) < quote || this.#carriageReturn.at(start) < quote;
      if (!broken && this.#acceptable(start, quote, place)) return this.#finish(quote + 1, true);
    }
    return this.#broken(start, quote, place, closers, report);
  }

  #finish(end: number, closed: boolean): TokenKind {
    this.end = this.#at = end;
    this.innerEnd = closed ? end - 1 : end;
    this.closed = closed;
    return 'string';
  }

  /** Whether what follows the quote may follow a string in JSON (or in JSON with one mistake next to it). */
  #acceptable(start: number, quote: number, place: StringPlace): boolean {
    const next = skipBlank(this.text, quote + 1, this.#limit);
    if (next >= this.#limit) return true;
    const code = this.text.charCodeAt(next);
    if (code === COMMA) {
      if (place !== 'value') return true;
      const after = skipBlank(this.text, next + 1, this.#limit);
      if (after >= this.#limit) return true;
      const follower = this.text.charCodeAt(after);
      if (follower === QUOTE || follower === SLASH || follower === OPEN_BRACE) return true;
      return (follower | 32) === CLOSE_BRACE || bareKeyLength(this.text, after) > 0;
    }
    if (code === COLON || code === SLASH || (code | 32) === CLOSE_BRACE) return true;
    // `"role" "user"`: only the colon is missing; `"user" "content":`: only the comma is.
    if (place === 'key') return isName(this.text.slice(start + 1, Math.min(quote, start + 60)));
    return place === 'value' && code === QUOTE && startsKey(this.text, next);
  }

  #broken(start: number, first: number, place: StringPlace, closers: () => string, report: ReportSyntax): TokenKind {
    const { text } = this;
    const limit = this.#limit;
    const notClosed = (end: number): TokenKind => {
      report(start, Math.max(end, start + 1), 'This text is not closed: add " at its end.');
      return this.#finish(end, false);
    };
    const name = place === 'key' ? unclosedKeyLength(text, start) : 0;
    if (name > 0) return notClosed(start + 1 + name);
    if (start < this.#hopelessFrom) {
      for (let quote = first; quote < limit; quote = this.#closingQuote(quote + 1)) {
        if (opensNextKey(text, start, quote)) return notClosed(unclosedEnd(text, start, quote, closers()));
        if (!closesWell(text, quote, limit, place)) continue;
        const lineBreak = Math.min(this.#lineFeed.at(start), this.#carriageReturn.at(start));
        if (quote !== first) report(first, first + 1, 'A " inside a text must be written \\".');
        else if (lineBreak < quote) report(lineBreak, lineBreak + 1, 'A line break inside a text must be written \\n.');
        return this.#finish(quote + 1, true);
      }
      this.#hopelessFrom = start;
    }
    const lineBreak = Math.min(this.#lineFeed.at(start), this.#carriageReturn.at(start), limit);
    if (first >= limit) return notClosed(unclosedAtEnd(text, start, limit, closers()));
    if (lineBreak < first) return notClosed(lineBreak);
    return this.#finish(first + 1, true);
  }
}
