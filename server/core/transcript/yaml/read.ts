/**
 * A tolerant YAML reader: a tree of positions, whatever state the text is in. What most files are is read by the strict
 * reader, in a fraction of the time; all else here.
 *
 * The `yaml` package reads tokens; the tree is made of them here, because the package's own documents lose what stands
 * after a mistake and where decoded text came from. A mistake that makes YAML take text for structure is one problem,
 * is covered, and the rest is read again, a few times at most: so a line half typed costs that line.
 */
import { Lexer, Parser, type CST } from 'yaml';
import type { Problem, Span } from '../model.js';
import { BAD_INDENT, buildDocument, type YamlDocumentTree } from './build.js';
import { covered, masked, onOneLine, type Masked } from './mask.js';
import { rawQuotes } from './rawQuotes.js';
import type { YamlNode } from './node.js';
import { StrictReader } from './strictReader.js';

export interface YamlDocument {
  /** The value of each document of the stream; empty for a text without one. */
  readonly roots: readonly YamlNode[];
  /** Code `yaml-syntax`, in order. */
  readonly problems: readonly Problem[];
}

/** How often a text is read again with what was not YAML covered: a long one less often. */
const maxPasses = (length: number): number => (length < 50_000 ? 8 : 2);
/** Deeper flow collections are not read. */
const MAX_FLOW_DEPTH = 60;
/** More syntax problems than this say nothing new. */
const MAX_PROBLEMS = 100;
/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;
/** Ends an open quote at the end of the text at the latest, so that the lexer looks at indentation to find a better end. */
const SENTINEL = '\n---\n"\n\'';

/** Between lexemes: what comes next is a scalar, a document, the unexpected end of a flow collection. */
const SCALAR = '\x1f';
const DOCUMENT = '\x02';
const FLOW_END = '\x18';
const CONTROLS: ReadonlySet<string> = new Set([SCALAR, DOCUMENT, FLOW_END]);

/**
 * The lexemes of a text. After a flow collection without its end the package's lexer has lost the indentation of the
 * line: another one goes on from there.
 */
function* lexemesOf(text: string): Generator<string, void> {
  let at = 0;
  for (let from = 0; ;) {
    const known = at;
    let isScalar = false;
    let isCut = false;
    at = from;
    for (const lexeme of new Lexer().lex(from === 0 ? text : text.slice(from))) {
      const isControl: boolean = !isScalar && lexeme.length === 1 && CONTROLS.has(lexeme);
      // Of a line in the middle, the indentation was read before and the document has begun.
      const isKnown = at < known || (isControl && lexeme === DOCUMENT && from > 0 && at === known);
      if (!isControl) at += lexeme.length;
      if (!isKnown) yield lexeme;
      isCut = isControl && lexeme === FLOW_END;
      if (isCut) break;
      isScalar = isControl && lexeme === SCALAR;
    }
    if (!isCut) return;
    from = text.lastIndexOf('\n', at - 1) + 1;
  }
}

/** The tokens of a text, flow collections below the limit blanked. */
function* tokensOf(text: string): Generator<void, CST.Token[]> {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const take = (lexeme: string): void => {
    for (const token of parser.next(lexeme)) tokens.push(token);
  };
  let depth = 0;
  let read = 0;
  let paused = 0;
  let isScalar = false;
  for (const lexeme of lexemesOf(text + SENTINEL)) {
    if (!isScalar && lexeme === FLOW_END) depth = 0;
    if (!isScalar && (lexeme === '{' || lexeme === '[')) depth++;
    if (depth <= MAX_FLOW_DEPTH) take(lexeme);
    // A separator that says what comes next goes with it; blanks keep the places right.
    else if (lexeme !== SCALAR && lexeme !== '') take(/^[\r\n]+$/.test(lexeme) ? lexeme : ' '.repeat(lexeme.length));
    if (!isScalar && (lexeme === '}' || lexeme === ']') && depth > 0) depth--;
    isScalar = !isScalar && lexeme === SCALAR;
    read += lexeme.length;
    if (read - paused < SLICE_LENGTH) continue;
    paused = read;
    yield;
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

/** Ranges in order, those that overlap left out. */
function disjoint(spans: readonly Span[]): Span[] {
  const kept: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    if (span.start >= (kept.at(-1)?.end ?? 0)) kept.push(span);
  }
  return kept;
}

const problem = (start: number, end: number, message: string): Problem => ({
  code: 'yaml-syntax',
  severity: 'error',
  message: `YAML: ${message}`,
  span: { start, end },
});

/** One problem a place, in order, as many as say something. */
function merged(problems: readonly Problem[]): Problem[] {
  const kept: Problem[] = [];
  const ordered = [...problems].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  for (const each of ordered) {
    const last = kept.at(-1);
    if (last && each.span.start < Math.max(last.span.end, last.span.start + 1)) continue;
    if (kept.push(each) === MAX_PROBLEMS) break;
  }
  return kept;
}

/** What the strict reader makes of a text that has been masked; null for one that it does not take. */
function* readStrictly(copy: string, source: string, base: number): Generator<void, YamlNode | null> {
  const reader = new StrictReader({ text: copy, source, base });
  for (;;) {
    const state = reader.run(SLICE_LENGTH);
    if (state === 'broken') return null;
    if (state === 'done') return reader.root;
    yield;
  }
}

/**
 * Reads `text` from `start` to `end`, pausing about every 100,000 code units. Offsets are those of the whole text.
 */
export function* readYaml(text: string, start = 0, end = text.length): Generator<void, YamlDocument> {
  const source = start === 0 && end === text.length ? text : text.slice(start, end);
  const copy = masked(source);
  const root = copy.tabs.length === 0 ? yield* readStrictly(copy.text, source, start) : null;
  return root ? { roots: [root], problems: [] } : yield* readTolerantly(source, copy, start);
}

/** The same in the tolerant way alone, whatever the text. */
export function* readTolerantly(
  source: string,
  first: Masked = masked(source),
  start = 0,
): Generator<void, YamlDocument> {
  const end = start + source.length;
  let { text: copy, tabs } = first;
  let isLaidOut = false;
  const problems: Problem[] = [];
  for (let pass = 0; ; pass++) {
    let read: YamlDocumentTree;
    try {
      read = buildDocument(yield* tokensOf(copy), source, start, problem);
    } catch (error) {
      // The package's parser recurses once a level of indentation.
      if (!(error instanceof RangeError)) throw error;
      return { roots: [], problems: [problem(start, end, 'This nests too deep to be read.')] };
    }
    if (pass === 0 && read.repairs.length + read.problems.length > 0) {
      const laidOut = isLaidOut ? source : onOneLine(source);
      if (laidOut !== source) {
        // As if this were the first pass.
        isLaidOut = true;
        ({ text: copy, tabs } = masked(source, laidOut));
        pass--;
        continue;
      }
      const quotes = yield* rawQuotes(source);
      if (quotes.length > 0) {
        const message = 'A " inside a text must be written \\".';
        problems.push(...quotes.map((quote) => problem(start + quote.start, start + quote.end, message)));
        copy = covered(copy, quotes, 'x');
        continue;
      }
    }
    if (read.repairs.length === 0 || pass === maxPasses(source.length)) {
      const structural = tabs.filter((tab) => !read.isInside(tab.start));
      const [tab] = structural;
      problems.push(...read.problems);
      if (!tab) return { roots: read.roots, problems: merged(problems) };
      // That lines do not fit each other is what tabs do.
      const others = problems.filter(({ message }) => !message.endsWith(BAD_INDENT));
      others.push(problem(start + tab.start, start + tab.end, 'Tabs cannot indent: use blanks.'));
      return { roots: read.roots, problems: merged(others) };
    }
    problems.push(...read.repairs.map((repair) => repair.problem));
    for (const unit of ['x', ' ']) {
      const spans = read.repairs.filter((repair) => repair.unit === unit).map(({ cover }) => cover);
      copy = covered(copy, disjoint(spans), unit);
    }
  }
}

/** Reads a short text at once. */
export function readYamlNow(text: string, start = 0, end = text.length): YamlDocument {
  const steps = readYaml(text, start, end);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
