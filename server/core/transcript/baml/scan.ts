/**
 * The declarations of a BAML file and the strings in them, in one pass that is linear in the text. Strings hide what
 * looks like code in them; a string that is being typed ends where the next declaration begins.
 */
import { NextIndex } from '../json/blank.js';
import type { Span } from '../model.js';
import { trimmed } from '../prompt/content.js';

/** A block string, `#"..."#`, also with more hashes. */
export interface BlockString extends Span {
  /** What stands between its quotes. */
  readonly content: Span;
  readonly closed: boolean;
}

export type DeclarationKind = 'function' | 'client' | 'test' | 'template_string' | 'other';

/** What a file declares: from its keyword to its closing brace, or to the next where that is missing. */
export interface Declaration extends Span {
  readonly kind: DeclarationKind;
  readonly name: string;
  readonly nameSpan: Span;
  readonly strings: readonly BlockString[];
}

type Draft = { -readonly [K in keyof Declaration]: Declaration[K] } & { strings: BlockString[] };

const DECLARATION =
  '(?:(function|template_string|test|class|enum|generator|retry_policy)[ \\t]+|(client)[ \\t]*<[ \\t]*\\w+[ \\t]*>[ \\t]*)([A-Za-z_]\\w*)(?=[ \\t]*(?:[({<]|#+"|[\\r\\n]|$))';
/** Comments of a line, comments in braces, expressions in two braces (of constraints), block strings, strings, braces, declarations. */
const TOKEN = new RegExp(
  `//[^\\r\\n]*|\\{//|\\{\\{[^{}\\r\\n]{0,2000}\\}\\}|#{1,8}"|"(?:[^"\\\\\\r\\n]|\\\\[^\\r\\n])*"?|[{}]|(?<=^|[\\r\\n])[ \\t]*${DECLARATION}`,
  'g',
);
/** A declaration at the very start of its line: there also a string that is not closed ends. */
const AT_LINE_START = new RegExp(`(?<=^|[\\r\\n])${DECLARATION}`, 'g');
/** The brace that closes a function, where it stands after a string that does not close. */
const CLOSING_BRACE = /[\r\n]\}\s*$/;
/** What closes a string, half typed on a line of its own. */
const HALF_CLOSED = /(?<=[\r\n])[ \t]*"#*$/;
/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

/** Finds the ends of block strings, each search going on where the last one stopped. */
class BlockStrings {
  readonly #closings = new Map<number, NextIndex>();
  readonly #openings: NextIndex;
  readonly #lines: readonly number[];
  #line = 0;

  constructor(private readonly text: string) {
    this.#openings = new NextIndex(text, '#"');
    this.#lines = [...text.matchAll(AT_LINE_START)].map(({ index }) => index);
  }

  /** The first declaration at the start of a line after `at`; the text's length where there is none. */
  #declarationAfter(at: number): number {
    while (this.#line < this.#lines.length && this.#lines[this.#line]! < at) this.#line++;
    return this.#lines[this.#line] ?? this.text.length;
  }

  /** The string whose hashes begin at `start`; strings are asked for in order. */
  at(start: number, hashes: number): BlockString {
    const { text } = this;
    const from = start + hashes + 1;
    const closing = this.#closings.get(hashes) ?? new NextIndex(text, `"${'#'.repeat(hashes)}`);
    this.#closings.set(hashes, closing);
    const close = closing.at(from);
    const next = this.#declarationAfter(from);
    // The quote that closes the next one's string closes none before it.
    const isOpen = close >= text.length || (next < close && this.#openings.at(next) < close);
    if (!isOpen) {
      return { start, end: close + 1 + hashes, content: { start: from, end: close }, closed: true };
    }
    const rest = text.slice(from, next);
    const end = from + rest.replace(CLOSING_BRACE, '').replace(HALF_CLOSED, '').length;
    return { start, end, content: { start: from, end }, closed: false };
  }
}

/** Every declaration of a text in order, pausing about every 100,000 code units. */
export function* declarationsIn(text: string): Generator<void, Declaration[]> {
  const found: Draft[] = [];
  const strings = new BlockStrings(text);
  const commentEnd = new NextIndex(text, '//}');
  const tokens = new RegExp(TOKEN.source, 'g');
  let depth = 0;
  let paused = 0;
  const close = (end: number): void => {
    const last = found.at(-1);
    if (last && last.end < 0) last.end = end;
  };
  for (let match = tokens.exec(text); match; match = tokens.exec(text)) {
    const token = match[0];
    const at = match.index;
    const name = match[3];
    if (name !== undefined) {
      const start = at + token.search(/\S/);
      close(trimmed(text, found.at(-1)?.start ?? 0, start).end);
      const word = match[1] ?? match[2]!;
      const kind = /^(?:function|client|test|template_string)$/.test(word) ? (word as DeclarationKind) : 'other';
      const nameEnd = at + token.length;
      found.push({ kind, name, nameSpan: { start: nameEnd - name.length, end: nameEnd }, start, end: -1, strings: [] });
      depth = 0;
    } else if (token.startsWith('#')) {
      const string = strings.at(at, token.length - 1);
      if (found.at(-1)?.end === -1) found.at(-1)!.strings.push(string);
      tokens.lastIndex = string.end;
    } else if (token === '{//') {
      const end = commentEnd.at(at + 3);
      if (end < text.length) tokens.lastIndex = end + 3;
      else tokens.lastIndex = at + 1;
      if (end >= text.length) depth++;
    } else if (token === '{') depth++;
    else if (token === '}' && depth > 0 && --depth === 0) close(at + 1);
    if (tokens.lastIndex - paused < SLICE_LENGTH) continue;
    paused = tokens.lastIndex;
    yield;
  }
  close(trimmed(text, found.at(-1)?.start ?? 0, text.length).end);
  return found;
}

/** Where the lines of a block string begin their text: what every line is indented by, and blanks alone, are not sent. */
export function indentationsOf(text: string, { start, end }: Span): Span[] {
  const lines: (Span & { readonly isBlank: boolean })[] = [];
  let indent = Infinity;
  const breaks = /\r\n|\n|\r|$/g;
  for (let from = start; from < end;) {
    breaks.lastIndex = from;
    const lineEnd = Math.min(end, breaks.exec(text)!.index);
    const blank = /[ \t]*/y;
    blank.lastIndex = from;
    blank.test(text);
    const textStart = Math.min(blank.lastIndex, lineEnd);
    const isBlank = textStart >= lineEnd;
    if (!isBlank) indent = Math.min(indent, textStart - from);
    lines.push({ start: from, end: textStart, isBlank });
    from = lineEnd >= end ? end : breaks.lastIndex;
  }
  return lines
    .map(({ start: from, end: to, isBlank }) => ({ start: from, end: isBlank ? to : Math.min(to, from + indent) }))
    .filter((line) => line.end > line.start);
}
