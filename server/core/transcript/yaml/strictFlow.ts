/** Collections in brackets, for the strict reader: those that end on their line. */
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, LF, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../json/blank.js';
import type { YamlMember, YamlNode } from './node.js';
import { keyText, leaf, MAX_DEPTH, NO_ITEMS, NO_MEMBERS, type StrictSource } from './strictNodes.js';
import {
  APOSTROPHE,
  DASH,
  HASH,
  isDigit,
  isEmpty,
  isFlowMark,
  NEVER_PLAIN,
  pastBlanks,
  pastQuote,
  QUESTION,
  SPACE,
  TAB,
} from './strictText.js';

/** A value in brackets or within them; null for what is not read here. */
export function flowValue(source: StrictSource, at: number, depth: number): YamlNode | null {
  const code = source.text.charCodeAt(at);
  if (code === OPEN_BRACE || code === OPEN_BRACKET) return flowCollection(source, at, code === OPEN_BRACE, depth);
  const end = flowScalarEnd(source.text, at, code);
  if (end < 0) return null;
  return leaf(source, at, end, code === QUOTE ? 'double' : code === APOSTROPHE ? 'single' : 'plain');
}

function flowCollection(source: StrictSource, at: number, isMap: boolean, depth: number): YamlNode | null {
  const { text, base } = source;
  if (depth >= MAX_DEPTH) return null;
  const members: YamlMember[] = [];
  const items: YamlNode[] = [];
  const closer = isMap ? CLOSE_BRACE : CLOSE_BRACKET;
  for (let next = pastBlanks(text, at + 1); ; next = pastBlanks(text, next + 1)) {
    // Nothing stands in empty brackets, and after a last comma.
    if (text.charCodeAt(next) !== closer) {
      const key = isMap ? flowKey(source, next) : null;
      const value = isMap && !key ? null : flowValue(source, key?.valueAt ?? next, depth + 1);
      if (!value) return null;
      if (key) members.push({ ...key.member, value });
      else items.push(value);
      next = pastBlanks(text, value.end - base);
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

/** A key in braces, and where its value begins; null for what is not read here. */
function flowKey(source: StrictSource, at: number): { readonly member: YamlMember; readonly valueAt: number } | null {
  const { text, base } = source;
  const end = flowScalarEnd(text, at, text.charCodeAt(at));
  const isQuoted = text.charCodeAt(at) === QUOTE || text.charCodeAt(at) === APOSTROPHE;
  if (end < 0 || text.charCodeAt(end) !== COLON || !(isQuoted || text.charCodeAt(end + 1) === SPACE)) return null;
  return {
    member: { key: keyText(source, at, end), keyStart: base + at, keyEnd: base + end, value: null },
    valueAt: pastBlanks(text, end + 1),
  };
}

/** Where a scalar within brackets ends, on its line; -1 for what is not read here. */
function flowScalarEnd(text: string, at: number, code: number): number {
  if (code === QUOTE || code === APOSTROPHE) return pastQuote(text, at, code, Infinity);
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
