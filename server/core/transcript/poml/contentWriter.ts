/** Text of POML between tags as pieces: its escapes decoded, runs of blanks as one, with the places of both. */
import type { ContentPiece, OffsetMap, PieceKind, Span } from '../model.js';

type Run = OffsetMap['runs'][number];

/** Escapes of POML, which are not those of XML. */
const ESCAPES: Readonly<Record<string, string>> = {
  '#quot;': '"',
  '#apos;': "'",
  '#amp;': '&',
  '#lt;': '<',
  '#gt;': '>',
  '#hash;': '#',
  '#lbrace;': '{',
  '#rbrace;': '}',
};
const SPECIAL = /\s{2,}|#(?:quot|apos|amp|lt|gt|hash|lbrace|rbrace);/g;
const ESCAPE = /#(?:quot|apos|amp|lt|gt|hash|lbrace|rbrace);/g;

/** A text in which POML has nothing to escape, blanks as they are. */
export const escapedPoml = (text: string): string =>
  text.replace(/[#<>&{}]/g, (sign) => Object.entries(ESCAPES).find(([, decoded]) => decoded === sign)![0]);

/** Collects the stretches of one piece. */
export class ContentWriter {
  readonly #parts: string[] = [];
  readonly #runs: Run[] = [];
  readonly #spans: Span[] = [];
  #length = 0;
  #isSource = true;
  /** The one blank that a run of them counts as: a line break if one is in it. */
  #blank = -1;

  constructor(
    private readonly source: string,
    readonly kind: PieceKind,
  ) {}

  /** Where the last content ends; -1 before the first. */
  get end(): number {
    return this.#spans.at(-1)?.end ?? -1;
  }

  /** A stretch between two tags. @param keepBlanks as they stand */
  add(start: number, end: number, keepBlanks: boolean): void {
    const slice = this.source.slice(start, end);
    if (keepBlanks) return this.#write(slice, start, 0, slice.length, ESCAPE);
    const head = slice.length - slice.trimStart().length;
    if (head > 0) this.#note(slice.slice(0, head), start);
    const body = slice.trim().length;
    if (body === 0) return;
    this.#write(slice, start, head, head + body, SPECIAL);
    if (head + body < slice.length) this.#note(slice.slice(head + body), start + head + body);
  }

  /** Remembers a run of blanks, which counts only if text follows. */
  #note(blanks: string, start: number): void {
    const lineBreak = blanks.search(/[\r\n]/);
    const known = this.#blank >= 0 ? this.source[this.#blank] : '';
    if (known === '\n' || known === '\r' || (known !== '' && lineBreak < 0)) return;
    this.#blank = start + Math.max(0, lineBreak);
  }

  #write(slice: string, start: number, from: number, to: number, special: RegExp): void {
    if (this.#blank >= 0 && this.#spans.length > 0 && from < to) this.#copy(this.#blank, this.#blank + 1);
    this.#blank = -1;
    let at = from;
    special.lastIndex = from;
    for (let match = special.exec(slice); match && match.index < to; match = special.exec(slice)) {
      const past = match.index + match[0].length;
      this.#copy(start + at, start + match.index);
      if (match[0].startsWith('#')) this.#decode(start + match.index, start + past, ESCAPES[match[0]]!);
      else {
        const blank = start + match.index + Math.max(0, match[0].search(/[\r\n]/));
        this.#copy(blank, blank + 1);
      }
      at = past;
    }
    this.#copy(start + at, start + to);
  }

  #copy(start: number, end: number): void {
    if (end <= start) return;
    const length = end - start;
    this.#parts.push(this.source.slice(start, end));
    this.#runs.push({ decodedStart: this.#length, decodedLength: length, sourceStart: start, sourceLength: length });
    this.#length += length;
    this.#span(start, end);
  }

  #decode(start: number, end: number, text: string): void {
    this.#parts.push(text);
    const run = {
      decodedStart: this.#length,
      decodedLength: text.length,
      sourceStart: start,
      sourceLength: end - start,
    };
    this.#runs.push(run);
    this.#length += text.length;
    this.#isSource = false;
    this.#span(start, end);
  }

  #span(start: number, end: number): void {
    const last = this.#spans.at(-1);
    if (last?.end === start) this.#spans[this.#spans.length - 1] = { start: last.start, end };
    else this.#spans.push({ start, end });
  }

  /** The piece; none where there is no text. */
  piece(): ContentPiece[] {
    const [first] = this.#spans;
    if (!first) return [];
    const piece = { kind: this.kind, spans: this.#spans, text: this.#parts.join('') };
    if (this.#isSource) return [piece];
    const runs = this.#runs.map((run) => ({ ...run, sourceStart: run.sourceStart - first.start }));
    return [{ ...piece, map: { runs } }];
  }
}
