/** Mustache and Handlebars as a tree: tags, sections, and the text between, with the lines of lone tags left out. */
import { badTemplate, fail } from './rendered.js';

export type MustacheNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly words: readonly string[]; readonly offset: number }
  | { readonly kind: 'partial'; readonly name: string; readonly offset: number }
  | MustacheSection;

export interface MustacheSection {
  readonly kind: 'section';
  /** `#if user.name` is `['if', 'user.name']`; of `#items` it is `['items']`. */
  readonly words: readonly string[];
  readonly inverted: boolean;
  readonly body: readonly MustacheNode[];
  readonly otherwise: readonly MustacheNode[];
  readonly offset: number;
}

/** Deeper nesting than this is no prompt that anybody wrote. */
const DEEPEST = 100;

interface Tag {
  readonly sigil: '' | '#' | '^' | '/' | '>' | '!' | '&' | '=';
  readonly inside: string;
  readonly start: number;
  readonly end: number;
  /** `{{~` and `~}}`: blanks on that side go. */
  readonly trimBefore: boolean;
  readonly trimAfter: boolean;
}

interface Open {
  readonly words: readonly string[];
  readonly inverted: boolean;
  readonly offset: number;
  readonly body: MustacheNode[];
  otherwise: MustacheNode[] | null;
  /** An `{{else if}}` is a section inside the other branch that ends with its parent. */
  readonly chained: boolean;
}

/** Words of a tag, quoted strings whole. */
const WORDS = /"[^"]*"|'[^']*'|[^\s"']+/g;
export const wordsOf = (inside: string): string[] => inside.match(WORDS) ?? [];

function tagAt(text: string, start: number): Tag {
  const long = /^\{\{~?!--/.exec(text.slice(start, start + 6));
  const triple = text.startsWith('{{{', start);
  const closing = long ? /--~?\}\}/g : triple ? /\}\}\}/g : /\}\}/g;
  closing.lastIndex = start + (triple ? 3 : 2);
  const close = closing.exec(text);
  if (!close) return fail(badTemplate('{{ is not closed', start));
  const end = close.index + close[0].length;
  const inner = text.slice(start + (triple ? 3 : 2), close.index);
  const trimBefore = inner.startsWith('~');
  const trimAfter = long ? close[0].includes('~') : inner.endsWith('~');
  const body = inner.replace(/^~/, '').replace(/~$/, '').trim();
  const sigil = triple ? '' : ((/^[#^/>!&=]/.exec(body)?.[0] ?? '') as Tag['sigil']);
  return { sigil, inside: body.slice(sigil.length).trim(), start, end, trimBefore, trimAfter };
}

const isElse = ({ sigil, inside }: Tag): boolean =>
  (sigil === '' && /^else\b/.test(inside)) || (sigil === '^' && inside === '');

/** Whether a tag that prints nothing has its line to itself: then the line goes with it. */
function ownLine(text: string, tag: Tag): { readonly from: number; readonly to: number } | null {
  if ((tag.sigil === '' && !isElse(tag)) || tag.sigil === '&') return null;
  let from = tag.start;
  while (from > 0 && (text[from - 1] === ' ' || text[from - 1] === '\t')) from--;
  if (from > 0 && text[from - 1] !== '\n' && text[from - 1] !== '\r') return null;
  let to = tag.end;
  while (text[to] === ' ' || text[to] === '\t') to++;
  if (to === text.length) return { from, to };
  if (text.startsWith('\r\n', to)) return { from, to: to + 2 };
  return text[to] === '\n' || text[to] === '\r' ? { from, to: to + 1 } : null;
}

/**
 * The tree of a template. Throws a RenderFailure where a tag or a section is not closed, or is of a kind that is not
 * understood here.
 */
export function mustacheTree(text: string): MustacheNode[] {
  const root: MustacheNode[] = [];
  const open: Open[] = [];
  const into = (): MustacheNode[] => {
    const last = open.at(-1);
    return last ? (last.otherwise ?? last.body) : root;
  };
  const push = (words: readonly string[], inverted: boolean, offset: number, chained = false): void => {
    if (open.length >= DEEPEST) fail(badTemplate(`sections nest deeper than ${DEEPEST}`, offset));
    open.push({ words, inverted, offset, body: [], otherwise: null, chained });
  };
  const pop = (): Open => {
    const { words, inverted, offset, body, otherwise, chained } = open.pop()!;
    into().push({ kind: 'section', words, inverted, body, otherwise: otherwise ?? [], offset });
    return { words, inverted, offset, body, otherwise, chained };
  };

  let from = 0;
  for (let at = text.indexOf('{{'); at !== -1; at = text.indexOf('{{', from)) {
    if (text[at - 1] === '\\' && at > from) {
      // Handlebars: a tag after a backslash is text.
      const end = text.indexOf('}}', at);
      const to = end === -1 ? text.length : end + 2;
      into().push({ kind: 'text', text: text.slice(from, at - 1) + text.slice(at, to) });
      from = to;
      continue;
    }
    const tag = tagAt(text, at);
    const line = ownLine(text, tag);
    let before = text.slice(from, Math.max(from, line?.from ?? at));
    if (tag.trimBefore) before = before.trimEnd();
    if (before !== '') into().push({ kind: 'text', text: before });
    from = line?.to ?? tag.end;
    if (tag.trimAfter) while (from < text.length && /\s/.test(text[from]!)) from++;
    take(tag);
  }
  if (from < text.length) into().push({ kind: 'text', text: text.slice(from) });
  const unclosed = open.at(-1);
  if (unclosed) fail(badTemplate(`the section ${unclosed.words[0] ?? ''} is not closed`, unclosed.offset));
  return root;

  function take(tag: Tag): void {
    const words = wordsOf(tag.inside);
    if (isElse(tag)) {
      const last = open.at(-1);
      if (!last) fail(badTemplate('else stands outside a section', tag.start));
      last.otherwise = [];
      if (words.length > 1) push(words.slice(1), false, tag.start, true);
      return;
    }
    switch (tag.sigil) {
      case '!':
        return;
      case '=':
        return fail(badTemplate('other delimiters are not understood here', tag.start));
      case '>':
        into().push({ kind: 'partial', name: words[0] ?? '', offset: tag.start });
        return;
      case '#':
      case '^':
        push(
          words[0] === '>' ? fail(badTemplate('block partials are not understood here', tag.start)) : words,
          tag.sigil === '^',
          tag.start,
        );
        return;
      case '/': {
        if (open.length === 0) fail(badTemplate(`{{/${tag.inside}}} closes nothing`, tag.start));
        let closed = pop();
        while (closed.chained) closed = pop();
        if (closed.words[0] !== words[0]) {
          fail(badTemplate(`{{/${tag.inside}}} closes ${closed.words[0] ?? 'nothing'}`, tag.start));
        }
        return;
      }
      default:
        if (words.length === 0) fail(badTemplate('{{}} has no name', tag.start));
        into().push({ kind: 'value', words, offset: tag.start });
    }
  }
}
