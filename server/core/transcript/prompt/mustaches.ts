/** The `{{ ... }}`, `{% ... %}` and comments of templates, in one pass that is linear in the text. */
import type { Span } from '../model.js';

export interface Mustache extends Span {
  /** Source between the braces, without blanks and the `~` or `-` that strip them. */
  readonly inner: string;
}

const CLOSINGS = { '{{': '}}', '{%': '%}', '{#': '#}' } as const;
type Opening = keyof typeof CLOSINGS;

/** Longest tag that is looked at as one; comments may be longer. */
const MAX_INNER = 2000;

/**
 * Every tag that opens with one of `openings` and is closed, from `start` to `end`. An opening one that is not closed
 * before the next opens nothing: it is being typed.
 */
export function* tagsIn(text: string, start: number, end: number, openings: readonly Opening[]): Generator<Mustache> {
  for (const opening of openings) yield* tagsOf(text, start, end, opening);
}

function* tagsOf(text: string, start: number, end: number, opening: Opening): Generator<Mustache> {
  // What is not there is not looked for beyond the end.
  const part = text.slice(start, end);
  const closing = CLOSINGS[opening];
  /** A comment being typed hides nothing, and is looked for once. */
  let openComment = false;
  for (let at = part.indexOf(opening); at >= 0;) {
    const isComment = opening === '{#' || part.startsWith('{{!', at);
    const dashed = part.startsWith('{{!--', at);
    const closed = dashed ? '--}}' : closing;
    const found = dashed && openComment ? -1 : part.indexOf(closed, at + 2);
    if (dashed && found < 0) {
      openComment = true;
      at = part.indexOf(opening, at + 2);
      continue;
    }
    if (found < 0) return;
    // Of several openings before one closing, the last is meant.
    const from = isComment ? at : Math.max(at, part.lastIndexOf(opening, found - 2));
    let past = found + closed.length;
    if (opening === '{{' && part[from + 2] === '{' && part[past] === '}') past++;
    const escaped = opening === '{{' && text[start + from - 1] === '\\';
    if (!escaped && (isComment || past - from <= MAX_INNER)) {
      yield { start: start + from, end: start + past, inner: innerOf(part.slice(from + 2, found)) };
    }
    at = part.indexOf(opening, past);
  }
}

const innerOf = (inside: string): string =>
  inside
    .replace(/^\{?[~-]?/, '')
    .replace(/[~-]?\}?$/, '')
    .trim();

const isComment = (text: string, { start }: Span): boolean => text[start + 1] === '#' || text[start + 2] === '!';

/** A template's comments, which are never sent, in order. */
export function templateComments(text: string, start: number, end: number, syntax: 'jinja' | 'mustache'): Span[] {
  const comments: Span[] = [];
  for (const tag of tagsIn(text, start, end, [syntax === 'jinja' ? '{#' : '{{'])) {
    if (isComment(text, tag)) comments.push({ start: tag.start, end: tag.end });
  }
  return comments;
}

/** Whether something is filled in later, comments aside. */
export function hasPlaceholder(text: string, start: number, end: number, openings: readonly Opening[]): boolean {
  for (const tag of tagsIn(text, start, end, openings)) if (!isComment(text, tag)) return true;
  return false;
}
