/** Turns of a rendered prompt as its markup is read: contents, and the markup around them. */
import type { ContentPiece, PieceKind, Problem, Role, Span, Turn, TurnMarkup, WrittenMarkup } from '../model.js';
import { slicePiece } from '../text/turns.js';

/** What a turn is made of, in order: one control token, text that is markup, or content. */
type Segment = 'special' | { readonly literal: string } | { readonly piece: ContentPiece };

interface Draft {
  role: Role;
  roleRaw: string;
  roleSpan: Span;
  start: number;
  end: number;
  segments: Segment[];
  /** Segments that stand before what a reply decodes; null where the first content ends them. */
  leadEnd: number | null;
  /** Segments up to the end of the turn; null while it is open. */
  closedAt: number | null;
}

const NOTHING: WrittenMarkup = { specials: 0, texts: [] };
const isPiece = (segment: Segment): segment is { readonly piece: ContentPiece } =>
  typeof segment === 'object' && 'piece' in segment;

/** Control tokens and strings of segments; strings that meet are one. */
function markupOf(segments: readonly Segment[]): WrittenMarkup {
  if (segments.length === 0) return NOTHING;
  let specials = 0;
  const texts: string[] = [];
  let open = false;
  for (const segment of segments) {
    if (segment === 'special') specials++;
    else if ('literal' in segment) {
      if (open) texts.push(texts.pop()! + segment.literal);
      else texts.push(segment.literal);
    }
    open = segment !== 'special' && 'literal' in segment;
  }
  return { specials, texts };
}

/** The literal text that ends (or begins) a run of segments. */
function touching(segments: readonly Segment[], from: number, step: 1 | -1, until: number): string {
  let text = '';
  for (let at = from; at !== until; at += step) {
    const segment = segments[at]!;
    if (segment === 'special' || isPiece(segment)) break;
    text = step > 0 ? text + segment.literal : segment.literal + text;
  }
  return text;
}

/** Collects turns. Offsets given to it never go back. */
export class RenderedBuilder {
  readonly turns: Turn[] = [];
  readonly problems: Problem[] = [];
  /** Tool definitions, where the markup has a place for them. */
  tools: ContentPiece | undefined;
  #open: Draft | null = null;
  /** Markup before the next turn: beginning-of-sequence and its kin. */
  #prelude: Segment[] = [];

  constructor(readonly text: string) {}

  /** The turn being read; null before the first. */
  get role(): Role | null {
    return this.#open?.role ?? null;
  }

  get isClosed(): boolean {
    return this.#open === null || this.#open.closedAt !== null;
  }

  /** Whether the turn being read has content. */
  get hasContent(): boolean {
    return this.#open?.segments.some(isPiece) ?? false;
  }

  /** A control token before a turn. */
  prelude(): void {
    this.#prelude.push('special');
  }

  preludeText(literal: string): void {
    if (literal !== '') this.#prelude.push({ literal });
  }

  begin(role: Role, roleRaw: string, roleSpan: Span, start: number): void {
    this.#finish();
    const segments = this.#prelude;
    this.#prelude = [];
    this.#open = { role, roleRaw, roleSpan, start, end: start, segments, leadEnd: null, closedAt: null };
  }

  /** The turn goes on after its end: a reply in several messages. */
  reopen(): void {
    if (!this.#open) return;
    this.#open.segments.push(...this.#prelude);
    this.#prelude = [];
    this.#open.closedAt = null;
  }

  /** What follows is decoded by the model, where the turn is its own. */
  leadEnds(): void {
    if (this.#open) this.#open.leadEnd ??= this.#open.segments.length;
  }

  setRole(role: Role): void {
    if (this.#open) this.#open.role = role;
  }

  special(end: number): void {
    if (!this.#open) return this.prelude();
    this.#open.segments.push('special');
    this.#open.end = Math.max(this.#open.end, end);
  }

  literal(start: number, end: number): void {
    if (end <= start || !this.#open) return;
    this.#open.segments.push({ literal: this.text.slice(start, end) });
    if (this.#open.closedAt === null) this.#open.end = Math.max(this.#open.end, end);
  }

  content(kind: PieceKind, start: number, end: number): void {
    if (end <= start || !this.#open) return;
    this.#open.segments.push({ piece: slicePiece(this.text, kind, [{ start, end }]) });
    this.#open.end = Math.max(this.#open.end, end);
  }

  /** The turn ends; what follows is trail. */
  close(): void {
    if (this.#open) this.#open.closedAt ??= this.#open.segments.length;
  }

  /** Text between turns: blanks are markup, anything else is nobody's. */
  between(start: number, end: number): void {
    const found = this.text.slice(start, end);
    if (found.trim() === '') {
      if (this.#open) this.literal(start, end);
      else this.preludeText(found);
      return;
    }
    const from = start + found.search(/\S/);
    const message = 'Text outside the markup of the turns is not counted: move it into one.';
    const span = {
      start: from,
      end: from + /[^\r\n]*/.exec(this.text.slice(from, Math.min(end, from + 200)))![0].length,
    };
    this.problems.push({ code: 'leading-text', severity: 'hint', message, span });
  }

  /** The markup of a reply that is about to be written at the end of the text, where there is one; ends the turns. */
  finish(): WrittenMarkup {
    const open = this.#open;
    if (open?.role === 'assistant' && open.closedAt === null && !open.segments.some(isPiece)) {
      this.#open = null;
      return markupOf([...open.segments, ...this.#prelude]);
    }
    this.#finish();
    return markupOf(this.#prelude);
  }

  #finish(): void {
    const open = this.#open;
    this.#open = null;
    if (!open) return;
    const { role, roleRaw, roleSpan, start, end, segments } = open;
    const pieces = segments.filter(isPiece).map(({ piece }) => piece);
    const span = { start, end };
    this.turns.push({ index: this.turns.length, role, roleRaw, span, roleSpan, pieces, markup: markupAround(open) });
  }
}

function markupAround({ segments, leadEnd, closedAt }: Draft): TurnMarkup {
  const closed = closedAt ?? segments.length;
  const first = segments.findIndex(isPiece);
  const lead = Math.min(leadEnd ?? (first < 0 ? closed : first), closed);
  const around: { before: string; after: string }[] = [];
  segments.forEach((segment, at) => {
    if (!isPiece(segment)) return;
    const from = at > lead ? lead - 1 : -1;
    const until = at < closed ? closed : segments.length;
    around.push({
      before: touching(segments, at - 1, -1, from),
      after: touching(segments, at + 1, 1, until),
    });
  });
  const isMarkup = (segment: Segment): boolean => !isPiece(segment);
  const end: Segment[] = [];
  const texts = segments.slice(lead, closed);
  // Contents part the markup on either side of them.
  let made: WrittenMarkup = NOTHING;
  for (const segment of [...texts, null]) {
    if (segment !== null && isMarkup(segment)) end.push(segment);
    else {
      const part = markupOf(end.splice(0));
      made =
        part === NOTHING ? made : { specials: made.specials + part.specials, texts: [...made.texts, ...part.texts] };
    }
  }
  return { lead: markupOf(segments.slice(0, lead)), end: made, trail: markupOf(segments.slice(closed)), around };
}
