/**
 * The text of YAML scalars: what every style decodes to, and which source each part of it came from.
 *
 * Every style gives runs: stretches of source as they stand, and stretches that decode as a whole (an escape, a folded
 * line break). Source between two runs is no text: indentation, a blank before a folded line break.
 */
import type { OffsetMap, Span } from '../model.js';
import type { BlockScalar, ScalarStyle } from './node.js';

type Run = OffsetMap['runs'][number];

/** Decoded text with its places. `map` is absent where the joined slices of `spans` are the text. */
export interface DecodedScalar {
  readonly text: string;
  readonly spans: readonly Span[];
  readonly map?: OffsetMap;
}

/** Puts text and runs together. Offsets of the source are absolute until `done`. */
class Writer {
  readonly #parts: string[] = [];
  readonly #runs: Run[] = [];
  #length = 0;
  /** Whether the last run is source as it stands, which the next stretch may go on. */
  #copying = false;
  #isSource = true;

  constructor(private readonly source: string) {}

  /** Source as it stands. */
  copy(start: number, end: number): void {
    if (end <= start) return;
    const last = this.#runs.at(-1);
    const length = end - start;
    this.#parts.push(this.source.slice(start, end));
    // Stretches that follow each other are one run.
    if (last && this.#copying && last.sourceStart + last.sourceLength === start) {
      this.#runs[this.#runs.length - 1] = {
        ...last,
        decodedLength: last.decodedLength + length,
        sourceLength: last.sourceLength + length,
      };
    } else this.#push(length, start, length);
    this.#length += length;
    this.#copying = true;
  }

  /** Source that decodes as a whole. */
  replace(start: number, end: number, text: string): void {
    if (text === this.source.slice(start, end)) return this.copy(start, end);
    if (text === '') return;
    this.#parts.push(text);
    this.#copying = this.#isSource = false;
    const length = end - start;
    if (text.length === length && length > 1) {
      // Equal lengths would read as one to one: the last unit gets a run of its own.
      this.#push(length - 1, start, length);
      this.#length += length - 1;
      this.#push(1, end, 0);
      this.#length += 1;
      return;
    }
    this.#push(text.length, start, length);
    this.#length += text.length;
  }

  #push(decodedLength: number, sourceStart: number, sourceLength: number): void {
    this.#runs.push({ decodedStart: this.#length, decodedLength, sourceStart, sourceLength });
  }

  /** @param outer where the text stands when it is empty, or decodes as one stretch */
  done(outer: Span, perLine: boolean): DecodedScalar {
    const text = this.#parts.join('');
    const runs = this.#runs;
    if (runs.length === 0) return { text, spans: [{ start: outer.start, end: outer.start }] };
    const slices = joined(runs);
    if (this.#isSource) return { text, spans: slices };
    const first = runs[0]!.sourceStart;
    const last = runs.at(-1)!;
    const spans = perLine ? slices : [{ start: first, end: last.sourceStart + last.sourceLength }];
    return { text, spans, map: { runs: runs.map((run) => ({ ...run, sourceStart: run.sourceStart - first })) } };
  }
}

/** The source of the runs, those that touch joined. */
function joined(runs: readonly Run[]): Span[] {
  const spans: Span[] = [];
  for (const { sourceStart, sourceLength } of runs) {
    const last = spans.at(-1);
    if (last?.end === sourceStart) spans[spans.length - 1] = { start: last.start, end: sourceStart + sourceLength };
    else spans.push({ start: sourceStart, end: sourceStart + sourceLength });
  }
  return spans;
}

const BREAK = /\r\n|\n|\r/y;

/** Offset after the line break at `at`; `at` where there is none. */
function pastBreak(source: string, at: number): number {
  BREAK.lastIndex = at;
  return BREAK.test(source) ? BREAK.lastIndex : at;
}

const isBlank = (unit: string | undefined): boolean => unit === ' ' || unit === '\t';
const isBreak = (unit: string | undefined): boolean => unit === '\n' || unit === '\r';

/** What blanks and line breaks from `from` on fold to, and where they end. `breaks` counts the line breaks. */
function fold(source: string, from: number, end: number): { readonly to: number; readonly breaks: number } {
  let at = from;
  let breaks = 0;
  while (at < end && (isBlank(source[at]) || isBreak(source[at]))) {
    const past = pastBreak(source, at);
    if (past > at) breaks++;
    at = Math.min(end, Math.max(past, at + 1));
  }
  return { to: at, breaks };
}

const folded = (breaks: number): string => (breaks === 1 ? ' ' : '\n'.repeat(breaks - 1));

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  '\t': '\t',
};
const CODE_LENGTHS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** The character that `\x41`, `é` or `\U0001F600` stands for; null for digits that are none. */
function codeAt(source: string, at: number, length: number): string | null {
  const digits = source.slice(at, at + length);
  if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits)) return null;
  const code = parseInt(digits, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : null;
}

/** The escape at a backslash: offset after it, and its text; null text for one that YAML does not know. */
function escapeAt(source: string, at: number, end: number): { readonly to: number; readonly text: string | null } {
  const letter = source[at + 1] ?? '';
  const length = CODE_LENGTHS[letter];
  if (length !== undefined) {
    const to = at + 2 + length;
    const text = to <= end ? codeAt(source, at + 2, length) : null;
    if (text === null) return { to: at + 1, text };
    // Two escapes that are one surrogate pair are one, so that no place inside a character maps.
    const low = length === 4 && /^[\ud800-\udbff]$/.test(text) && source.startsWith('\\u', to);
    const second = low && to + 6 <= end ? codeAt(source, to + 2, 4) : null;
    return second !== null && /^[\udc00-\udfff]$/.test(second) ? { to: to + 6, text: text + second } : { to, text };
  }
  if (isBreak(letter)) {
    let to = pastBreak(source, at + 1);
    while (to < end && isBlank(source[to])) to++;
    return { to, text: '' };
  }
  const text = at + 2 <= end ? ESCAPES[letter] : undefined;
  return text === undefined ? { to: at + 1, text: null } : { to: at + 2, text };
}

/** What does not stand for itself in one style or another. */
const SPECIAL = /[\\'\r\n]/;

/**
 * Plain and quoted scalars.
 *
 * @param start, end the text without its quotes
 * @param onBadEscape called with the offset of a backslash that escapes nothing; it stands for itself
 */
export function flowScalar(
  source: string,
  style: ScalarStyle,
  start: number,
  end: number,
  onBadEscape?: (offset: number) => void,
): DecodedScalar {
  const whole = source.slice(start, end);
  // Most scalars are keys and words.
  if (start < end && whole.length < 200 && !SPECIAL.test(whole)) return { text: whole, spans: [{ start, end }] };
  const writer = new Writer(source);
  const special = style === 'double' ? /[\\\r\n]/g : style === 'single' ? /''|[\r\n]/g : /[\r\n]/g;
  let from = start;
  special.lastIndex = start;
  for (let found = special.exec(source); found && found.index < end; found = special.exec(source)) {
    const at = found.index;
    if (isBreak(source[at])) {
      let blank = at;
      while (blank > from && isBlank(source[blank - 1])) blank--;
      writer.copy(from, blank);
      const { to, breaks } = fold(source, blank, end);
      writer.replace(blank, to, folded(breaks));
      from = to;
    } else if (source[at] === "'") {
      writer.copy(from, at);
      writer.replace(at, Math.min(end, at + 2), "'");
      from = Math.min(end, at + 2);
    } else {
      const { to, text } = escapeAt(source, at, end);
      if (text === null) onBadEscape?.(at);
      else {
        writer.copy(from, at);
        writer.replace(at, to, text);
        from = to;
      }
      special.lastIndex = to;
      continue;
    }
    special.lastIndex = from;
  }
  writer.copy(from, end);
  return writer.done({ start, end }, false);
}

/** A line of a block scalar: its indentation ends at `text`, its text at `end`, its line break at `next`. */
interface Line {
  readonly start: number;
  readonly text: number;
  readonly end: number;
  readonly next: number;
}

function linesOf(source: string, start: number, end: number): Line[] {
  const lines: Line[] = [];
  const stop = /[\r\n]/g;
  for (let at = start; at < end;) {
    stop.lastIndex = at;
    const found = stop.exec(source);
    const lineEnd = found && found.index < end ? found.index : end;
    let text = at;
    while (text < lineEnd && source[text] === ' ') text++;
    const next = lineEnd < end ? Math.min(end, pastBreak(source, lineEnd)) : end;
    lines.push({ start: at, text, end: lineEnd, next });
    at = next;
  }
  return lines;
}

/** The indentation that is no text. */
function trimmedIndent(lines: readonly Line[], { parentIndent, givenIndent }: BlockScalar): number {
  let indent = parentIndent + givenIndent;
  if (givenIndent > 0) return indent;
  for (const { start, text, end } of lines) {
    if (text < end) return text - start;
    indent = Math.max(indent, text - start);
  }
  return indent;
}

/** Where a line's text begins: after as many blanks as the block is indented by, or where it has no more. */
function textStart(source: string, start: number, end: number, indent: number): number {
  const last = Math.min(end, start + indent);
  let at = start;
  while (at < last && source.charCodeAt(at) === 32) at++;
  return at;
}

/** Lines that are joined at once. */
const JOINED = 500;

/**
 * A literal scalar of one text and its line feeds, which is nearly every one: its lines without their indentation, with
 * nothing made for each but its place. Null where it is another.
 */
function plainLiteral(source: string, { bodyStart, parentIndent, givenIndent, chomp }: BlockScalar, end: number) {
  if (givenIndent > 0 || chomp === '+') return null;
  let indent = 0;
  while (source.charCodeAt(bodyStart + indent) === 32) indent++;
  // The first line is the one that the others are indented as: it must have a text.
  if (indent <= Math.max(0, parentIndent) || bodyStart + indent >= end || source[bodyStart + indent] === '\n')
    return null;
  let last = end;
  let blanks = 0;
  for (; source[last - 1] === ' ' || source[last - 1] === '\n'; last--) {
    blanks = source[last - 1] === ' ' ? blanks + 1 : 0;
    // A line of more blanks than the indentation is text.
    if (blanks > indent) return null;
  }
  const textEnd = last + blanks;
  if (textEnd >= end) return null;
  // Blanks after the last text are text.
  const stop = chomp === '-' ? textEnd : textEnd + 1;
  // Start and end of each stretch; then lists as long as they need to be.
  const bounds: number[] = [];
  for (let at = bodyStart; at < stop;) {
    const next = source.indexOf('\n', at) + 1;
    const start = textStart(source, at, next - 1, indent);
    // An empty line goes on where the one before ends.
    if (bounds.length > 0 && bounds[bounds.length - 1] === start) bounds.length--;
    else bounds.push(start);
    bounds.push(Math.min(next, stop));
    at = next;
  }
  const spans = Array<Span>(bounds.length / 2);
  let text = '';
  for (let first = 0; first < spans.length; first += JOINED) {
    const parts = Array<string>(Math.min(JOINED, spans.length - first));
    for (let at = 0; at < parts.length; at++) {
      const [start, end] = [bounds[2 * (first + at)]!, bounds[2 * (first + at) + 1]!];
      spans[first + at] = { start, end };
      parts[at] = source.slice(start, end);
    }
    text += parts.join('');
  }
  return text.includes('\r') ? null : { text, spans };
}

/**
 * Literal (`|`) and folded (`>`) scalars. A last line without a line break in the source has none in the text either.
 *
 * @param end offset after the last line
 */
export function blockScalar(source: string, style: ScalarStyle, block: BlockScalar, end: number): DecodedScalar {
  const plain = style === 'literal' ? plainLiteral(source, block, end) : null;
  if (plain) return plain;
  const writer = new Writer(source);
  const lines = linesOf(source, block.bodyStart, end);
  const indent = trimmedIndent(lines, block);
  const from = ({ start, text }: Line): number => Math.min(start + indent, text);
  const isEmpty = (line: Line): boolean => line.text === line.end && line.text - line.start <= indent;
  if (lines.every(({ text, end: lineEnd }) => text === lineEnd)) {
    // Blank lines alone are text only where they are to be kept.
    if (block.chomp === '+')
      for (const line of lines) writer.replace(line.end, line.next, line.next > line.end ? '\n' : '');
    return writer.done({ start: block.bodyStart, end }, true);
  }
  let count = lines.length;
  while (count > 0 && isEmpty(lines[count - 1]!)) count--;
  if (style === 'literal') writeLiteral(writer, lines.slice(0, count), from);
  else writeFolded(writer, source, lines.slice(0, count), from, indent);
  const last = lines[count - 1];
  if (block.chomp !== '-' && last) writer.replace(last.end, last.next, last.next > last.end ? '\n' : '');
  if (block.chomp === '+') {
    for (const line of lines.slice(count)) {
      writer.copy(from(line), line.end);
      writer.replace(line.end, line.next, line.next > line.end ? '\n' : '');
    }
  }
  return writer.done({ start: block.bodyStart, end }, true);
}

function writeLiteral(writer: Writer, lines: readonly Line[], from: (line: Line) => number): void {
  lines.forEach((line, at) => {
    writer.copy(from(line), line.end);
    if (at + 1 < lines.length) writer.replace(line.end, line.next, '\n');
  });
}

/** Lines are joined by blanks; empty lines, and lines indented further, keep their line breaks. */
function writeFolded(
  writer: Writer,
  source: string,
  lines: readonly Line[],
  from: (line: Line) => number,
  indent: number,
): void {
  const isText = (line: Line): boolean => line.text < line.end || line.text - line.start > indent;
  const isFurther = (line: Line): boolean =>
    line.text - line.start > indent || (line.text < line.end && source[line.text] === '\t');
  let beforeAt = -1;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const before = lines[beforeAt];
    if (!isText(line)) {
      // Leading empty lines keep their breaks; others are told by the lines around them.
      if (!before) writer.replace(line.end, line.next, '\n');
      continue;
    }
    if (before) {
      const breaks = lines.slice(beforeAt, at);
      const keeps = isFurther(before) || isFurther(line);
      if (breaks.length === 1) writer.replace(before.end, before.next, keeps ? '\n' : ' ');
      else {
        // Between two lines that fold, the first of several breaks is no text.
        breaks.slice(keeps ? 0 : 1).forEach((each) => writer.replace(each.end, each.next, '\n'));
      }
    }
    writer.copy(from(line), line.end);
    beforeAt = at;
  }
}
