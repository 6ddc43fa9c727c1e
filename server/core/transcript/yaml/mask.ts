/**
 * A copy of YAML source that is easier to read, unit for unit as long as the source: only the structure is read from
 * it, never a text. What is covered here is what people write and YAML takes otherwise.
 */
import type { Span } from '../model.js';

/** What comes before a value on its line: indentation, list marks, a key. */
const BEFORE_VALUE =
  /^[ \t]*(?:-[ \t]+)*(?:(?:"[^"\r\n]*"|'[^'\r\n]*'|[^\s#"'{}[\],&*!|>%@`-][^"'#\r\n]*?)[ \t]*:[ \t]+)?$/;
/** Longer lead-ins of a template are no keys. */
const MAX_LEAD = 400;
const TEMPLATE_ENDS: Readonly<Record<string, string>> = { '{{': '}}', '{%': '%}', '{#': '#}' };

/** `text` with the units of `spans` (in order, disjoint) made `unit`, line breaks kept. */
export function covered(text: string, spans: readonly Span[], unit: string): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of spans) {
    parts.push(text.slice(from, start), text.slice(start, end).replace(/[^\r\n]/g, unit));
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join('');
}

/** Placeholders where a value begins: YAML reads `{{ x }}` as a map in a map. All that are on that line are covered. */
function templateSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (let at = text.search(/\{[{%#]/); at !== -1;) {
    const lineStart = Math.max(text.lastIndexOf('\n', at), text.lastIndexOf('\r', at)) + 1;
    const rest = /[\r\n]|$/g;
    rest.lastIndex = at;
    const lineEnd = rest.exec(text)?.index ?? text.length;
    if (at - lineStart <= MAX_LEAD && BEFORE_VALUE.test(text.slice(lineStart, at))) {
      for (let open = at; open !== -1 && open < lineEnd;) {
        const line = text.slice(open, lineEnd);
        const close = line.indexOf(TEMPLATE_ENDS[line.slice(0, 2)]!, 2);
        const end = close === -1 ? open + 2 : open + close + 2;
        spans.push({ start: open, end });
        // One that is not closed on its line leaves none after it.
        const next = close === -1 ? -1 : line.slice(close + 2).search(/\{[{%#]/);
        open = next === -1 ? -1 : end + next;
      }
    }
    const next = /\{[{%#]/g;
    next.lastIndex = lineEnd;
    at = next.exec(text)?.index ?? -1;
  }
  return spans;
}

/** A value in quotes that begins on its line, with what stands before it. */
const QUOTED_VALUE =
  /(?<=^|[\r\n])([ \t]*(?:-[ \t]+)*)((?:"[^"\r\n]{0,200}"|'[^'\r\n]{0,200}'|[^\s#"'{}[\],&*!|>%@`-][^"'#\r\n]{0,200}?)[ \t]*:[ \t]+)?(["'])/g;
/** What may follow the quote that ends a value. */
const AFTER_VALUE = /[ \t]*(?:(?<=[ \t])#[^\r\n]*)?(?:[\r\n]|$)/y;
const LINE_BREAKS = /\r\n|\n|\r/g;

/** Where the quote that opens at `open` closes; the text's length where it does not. */
function closingQuote(text: string, open: number): number {
  const quote = text[open]!;
  for (let at = open + 1; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++;
    else if (text[at] === quote && quote === "'" && text[at + 1] === quote) at++;
    else if (text[at] === quote) return at;
  }
  return text.length;
}

/**
 * Values in quotes whose lines are indented no more than what they stand in: most parsers take them, and the one that
 * is used here does not. In the copy such a value is one line. One that is being typed has no quote that can end it.
 */
export function onOneLine(text: string): string {
  const parts: string[] = [];
  let from = 0;
  /** After the last value that is closed: what stands in it begins none. */
  let past = 0;
  for (const found of text.matchAll(QUOTED_VALUE)) {
    const [, lead, key] = found;
    const open = found.index + found[0].length - 1;
    // A quote alone begins no value of a map or a list.
    if (open < past || (key === undefined && !lead!.includes('-'))) continue;
    const close = closingQuote(text, open);
    AFTER_VALUE.lastIndex = close + 1;
    if (close >= text.length || !AFTER_VALUE.test(text)) continue;
    past = close + 1;
    const value = text.slice(open, close);
    const indent = key === undefined ? lead!.trimEnd().length - 1 : lead!.length;
    const [, ...more] = value.split(LINE_BREAKS);
    if (!more.some((line) => /\S/.test(line) && line.search(/\S/) <= indent)) continue;
    parts.push(
      text.slice(from, open),
      value.replace(LINE_BREAKS, (each) => ' '.repeat(each.length)),
    );
    from = close;
  }
  return from === 0 ? text : parts.join('') + text.slice(from);
}

/** Lines that begin with a tab: read as if each tab were a blank. */
const TAB_INDENT = /(?<=^|[\r\n])\t[ \t]*(?=[^\s])/g;
/** More list marks one after another on a line than any file has, which would nest too deep. */
const DEEP = /(?:[-?:][ \t]+){60,}/g;

export interface Masked {
  readonly text: string;
  /** Indentation with tabs, in order. */
  readonly tabs: readonly Span[];
}

/**
 * The copy of `text` in which templates are words, tabs that indent are blanks and lone CRs are line breaks.
 *
 * @param laidOut the text with values on one line, where it is read so
 */
export function masked(text: string, laidOut = text): Masked {
  let copy = covered(laidOut, templateSpans(text), 'x');
  const tabs: Span[] = [];
  // Looked for first: a text has tabs elsewhere.
  if (/^\t|[\r\n]\t/.test(copy)) {
    copy = copy.replace(TAB_INDENT, (found, at: number) => {
      tabs.push({ start: at, end: at + found.length });
      return ' '.repeat(found.length);
    });
  }
  if (copy.includes('\r')) copy = copy.replace(/\r(?!\n)/g, '\n');
  return { text: copy.replace(DEEP, (found) => 'x'.repeat(found.length)), tabs };
}
