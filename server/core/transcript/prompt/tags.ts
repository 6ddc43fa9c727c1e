/** Tags of a known set in text that is otherwise free, with their attributes. Linear in the text. */
import type { Span } from '../model.js';

export interface Attribute {
  readonly value: string;
  /** Of the value without its quotes. */
  readonly span: Span;
}

export interface Tag extends Span {
  readonly name: string;
  readonly nameSpan: Span;
  readonly kind: 'open' | 'close' | 'empty';
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** Longest run of attributes that is looked at. */
const MAX_ATTRIBUTES = 1000;
const ATTRIBUTES_END = /^(?:[^>"']|"[^"]*"|'[^']*')*?>/;
const ATTRIBUTE = /([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|\{\{\s*([^{}]*?)\s*\}\}|([^\s"'>/]+))/g;

function attributesOf(inside: string, offset: number): Map<string, Attribute> {
  const found = new Map<string, Attribute>();
  for (const match of inside.matchAll(ATTRIBUTE)) {
    const value = match[2] ?? match[3] ?? match[4] ?? match[5]!;
    const start = offset + match.index + match[0].lastIndexOf(value);
    found.set(match[1]!, { value, span: { start, end: start + value.length } });
  }
  return found;
}

/**
 * The tags and comments (`name` of `!--`) of the text from `start` on.
 *
 * @param pattern global; `<`, an optional `/` as group 1, the name as group 2
 */
export function* tagsOf(text: string, start: number, pattern: RegExp): Generator<Tag> {
  const finder = new RegExp(pattern.source, pattern.flags);
  finder.lastIndex = start;
  for (let match = finder.exec(text); match; match = finder.exec(text)) {
    const at = match.index;
    const nameStart = at + match[0].length - match[2]!.length;
    const nameSpan = { start: nameStart, end: nameStart + match[2]!.length };
    const isComment = match[2] === '!--';
    const rest = isComment ? '' : text.slice(nameSpan.end, nameSpan.end + MAX_ATTRIBUTES);
    const length = isComment
      ? text.indexOf('-->', nameSpan.end) + 3 - nameSpan.end
      : ATTRIBUTES_END.exec(rest)?.[0].length;
    // A comment without end hides nothing; a tag without end is being typed.
    if (length === undefined || length <= 0) {
      if (isComment) return yield* tagsOf(text, nameSpan.end, withoutComments(pattern));
      continue;
    }
    const end = nameSpan.end + length;
    const inside = rest.slice(0, length - 1);
    const kind = match[1] ? 'close' : inside.endsWith('/') || isComment ? 'empty' : 'open';
    yield { name: match[2]!, nameSpan, start: at, end, kind, attributes: attributesOf(inside, nameSpan.end) };
    finder.lastIndex = end;
  }
}

/** The same tags, comments left alone. */
const withoutComments = (pattern: RegExp): RegExp => new RegExp(pattern.source.replace('|!--', ''), pattern.flags);
