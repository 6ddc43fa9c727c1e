/** The YAML front matter of a prompt file: where it stands, also while it is being typed. Its values: `settings.ts`. */
import type { Problem, Span } from '../model.js';

export interface FrontMatterBlock {
  /** The line of `---` that opens it, or the start of the text where the format needs none. */
  readonly opening: Span;
  /** The YAML between the lines of `---`. */
  readonly yaml: Span;
  /** Offset after it, where the body begins. */
  readonly end: number;
  /** Whether its end is there. */
  readonly closed: boolean;
}

const LINE_BREAK = '(?:\\r\\n|\\n|\\r)';
const OPENING = new RegExp(`---[ \\t]*${LINE_BREAK}`, 'y');
const CLOSING = new RegExp(`---[ \\t]*(?:${LINE_BREAK}|$)`, 'y');
/** Lines that may stand before the opening one: of a licence, or blank. */
const LICENCE = new RegExp(`(?:#[^\\r\\n]*|[ \\t]*)${LINE_BREAK}`, 'y');
const BLANK_LINE = new RegExp(`[ \\t]*${LINE_BREAK}`, 'y');
const KEY = /(?:"[^"\r\n]*"|'[^'\r\n]*'|[\w$@./-]+)[ \t]*:(?=[ \t\r\n]|$)[^\r\n]*/y;
/** What else a line of YAML settings can be: indented, a list item, a comment, a bracket that closes, nothing, a key half typed. */
const OTHER = /(?:[ \t#-][^\r\n]*|[\]}][^\r\n]*|[\w-]*[ \t]*)(?=[\r\n]|$)/y;
/** Lines that say nothing of whether the front matter goes on. */
const SILENT = /[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|$)/y;
const BREAK = new RegExp(LINE_BREAK, 'y');
/** Front matter is short. */
const MAX_LINES = 1000;
const MAX_LENGTH = 100_000;

/** Offset after what `pattern` matches at `at`; -1 where it does not. */
function past(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

export interface FrontMatterRules {
  /** Lines of `#` and blank lines may stand before it. */
  readonly licence?: boolean;
  /** Blank lines may. */
  readonly blank?: boolean;
  /** A line that begins the body, also where it looks like YAML. Sticky. */
  readonly body?: RegExp;
}

/**
 * The front matter at the top of `text`; null where there is none, as where the text begins with a rule.
 *
 * One without its closing line is being typed: it ends after its last line of YAML, so that the body is still seen.
 */
export function findFrontMatter(text: string, rules: FrontMatterRules = {}): FrontMatterBlock | null {
  let start = 0;
  const before = rules.licence ? LICENCE : rules.blank ? BLANK_LINE : null;
  for (let line = 0; before && line < MAX_LINES && past(OPENING, text, start) < 0; line++) {
    const next = past(before, text, start);
    if (next < 0) return null;
    start = next;
  }
  const yamlStart = past(OPENING, text, start);
  if (yamlStart < 0) return null;
  const opening = { start, end: start + 3 };
  let at = yamlStart;
  let keys = 0;
  /** After the last line that is YAML and no comment. */
  let lastYaml = yamlStart;
  for (let line = 0; line < MAX_LINES && at < text.length && at - yamlStart < MAX_LENGTH; line++) {
    const end = past(CLOSING, text, at);
    if (end >= 0) return { opening, yaml: { start: yamlStart, end: at }, end, closed: true };
    if (rules.body && past(rules.body, text, at) >= 0) break;
    const key = past(KEY, text, at);
    const lineEnd = key >= 0 ? key : past(OTHER, text, at);
    if (lineEnd < 0) break;
    const silent = past(SILENT, text, at) === lineEnd;
    const broken = past(BREAK, text, lineEnd);
    at = broken < 0 ? lineEnd : broken;
    if (key >= 0) keys++;
    if (!silent) lastYaml = at;
  }
  if (keys === 0) return null;
  return { opening, yaml: { start: yamlStart, end: lastYaml }, end: lastYaml, closed: false };
}

/** What to say of front matter that has no end. */
export const openFrontMatter = ({ opening }: FrontMatterBlock): Problem => ({
  code: 'front-matter-open',
  severity: 'error',
  message: 'This front matter has no end: put a line of --- after it.',
  span: opening,
});
