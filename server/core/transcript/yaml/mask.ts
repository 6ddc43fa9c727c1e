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

/** Lines that begin with a tab: read as if each tab were a blank. */
const TAB_INDENT = /(?<=^|[\r\n])\t[ \t]*(?=[^\s])/g;
/** More list marks one after another on a line than any file has, which would nest too deep. */
const DEEP = /(?:[-?:][ \t]+){60,}/g;

export interface Masked {
  readonly text: string;
  /** Indentation with tabs, in order. */
  readonly tabs: readonly Span[];
}

/** The copy of `text` in which templates are words, tabs that indent are blanks and lone CRs are line breaks. */
export function masked(text: string): Masked {
  let copy = covered(text, templateSpans(text), 'x');
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
