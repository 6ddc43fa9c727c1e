/** Content of turns as it stands in the source: stretches, trimmed, with what is no content cut out. */
import type { ContentPiece, Span, Turn } from '../model.js';

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13) || code === 0xfeff;

/** `[start, end)` without blanks at its ends; empty at `start` where it is all blank. */
export function trimmed(text: string, start: number, end: number): Span {
  let from = start;
  let to = end;
  while (from < to && isSpace(text.charCodeAt(from))) from++;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  return from < to ? { start: from, end: to } : { start, end: start };
}

/** `[start, end)` without line breaks at its ends. */
export function withoutBlankEnds(text: string, start: number, end: number): Span {
  let from = start;
  let to = end;
  const isBreak = (at: number): boolean => text.charCodeAt(at) === 10 || text.charCodeAt(at) === 13;
  while (from < to && isBreak(from)) from++;
  while (to > from && isBreak(to - 1)) to--;
  return { start: from, end: to };
}

/** The stretches of `span` outside `cuts`, which stand in order and do not overlap. */
export function without({ start, end }: Span, cuts: readonly Span[]): Span[] {
  const spans: Span[] = [];
  let from = start;
  for (const cut of cuts) {
    if (cut.end <= from) continue;
    if (cut.start >= end) break;
    if (cut.start > from) spans.push({ start: from, end: cut.start });
    from = cut.end;
  }
  if (from < end) spans.push({ start: from, end });
  return spans;
}

/** Stretches whose outer ends are trimmed, also where what stood there was cut out. */
export function trimEnds(
  text: string,
  spans: readonly Span[],
  trim: (text: string, start: number, end: number) => Span,
): Span[] {
  const kept = [...spans];
  for (; kept.length > 0; kept.shift()) {
    const first = kept[0]!;
    const { start, end } = trim(text, first.start, first.end);
    if (end === start) continue;
    kept[0] = { start, end: first.end };
    break;
  }
  for (; kept.length > 0; kept.pop()) {
    const last = kept.at(-1)!;
    const { start, end } = trim(text, last.start, last.end);
    if (end === start) continue;
    kept[kept.length - 1] = { start: last.start, end };
    break;
  }
  return kept;
}

/** One piece of text over these stretches; none where they are empty. */
export function textPieces(text: string, spans: readonly Span[]): ContentPiece[] {
  const kept = spans.filter(({ start, end }) => end > start);
  if (kept.length === 0) return [];
  const slices = kept.map(({ start, end }) => text.slice(start, end));
  return [{ kind: 'text', spans: kept, text: slices.length === 1 ? slices[0]! : slices.join('') }];
}

/** Cuts of ordered lists for one stretch after another: each call goes on where the last one stopped. */
export class Cuts {
  #from = 0;

  /** @param all in order, not overlapping */
  constructor(private readonly all: readonly Span[]) {}

  /** Those that touch `[start, end)`; `start` never goes back. */
  within(start: number, end: number): readonly Span[] {
    const { all } = this;
    while (this.#from < all.length && all[this.#from]!.end <= start) this.#from++;
    let to = this.#from;
    while (to < all.length && all[to]!.start < end) to++;
    return all.slice(this.#from, to);
  }
}

export const textOf = ({ pieces }: Turn): string => pieces.map(({ text }) => text).join('');
