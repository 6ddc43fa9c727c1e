/** What an agent's Markdown pulls in from elsewhere: files and commands that its tool puts into the prompt. */
import type { HiddenContext } from '../model.js';
import { TextLines } from '../text/scan.js';

/** How a tool marks what it pulls in. */
export type ReferenceStyle = 'vscode' | 'claude' | 'claude-command' | 'gemini' | 'cursor' | 'none';

/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

const FENCE = /^[ \t]{0,3}(`{3,}|~{3,})/;
const INLINE_CODE = /`[^`\r\n]*`/g;
/** `#file:path` of VS Code. */
const FILE_REFERENCE = /#file:('[^'\r\n]{1,300}'|"[^"\r\n]{1,300}"|[^\s)\]},;'"]{1,300})/g;
/** Target of a Markdown link. */
const LINK_TARGET = /\]\((<[^<>\r\n]{1,300}>|[^()\s]{1,300})/g;
const AT_PATH = /(?<![\w@.`/~])@([~./\w-][\w./~-]{0,300})/g;
/** A command whose output goes into a slash command's prompt. */
const SHELL = /!`([^`\r\n]{1,500})`/g;

/** A link that leads to a file beside this one, not to a page, a heading or a folder. */
const isRelative = (target: string): boolean =>
  !/^(?:[a-z][a-z\d+.-]*:|#|\/\/)/i.test(target) && /[./]/.test(target) && !target.endsWith('/');

/** In rules full of code an `@` stands before decorators, aliases and packages: what is a file for certain. */
const SURE_FILE =
  /\.(?:mdc?|txt|[cm]?[jt]sx?|json|ya?ml|toml|py|go|rs|java|kt|rb|php|cs|c|h|cpp|swift|css|scss|html|vue|svelte|sql|sh|graphql|prisma|tf|env|lock)$/i;
const LIBRARY = /^[A-Z][A-Za-z\d]*\.js$/;

/** What can be a path: with an extension, from a root, or a file that has none by custom. */
const isPath = (path: string): boolean =>
  /\.[A-Za-z]\w{0,9}$/.test(path) ||
  /^(?:~\/|\.{0,2}\/)/.test(path) ||
  /(?:^|\/)(?:README|Makefile|Dockerfile)$/.test(path);

interface Found {
  readonly target: string;
  readonly at: number;
  readonly length: number;
  readonly what: string;
}

function* matches(line: string, pattern: RegExp): Generator<{ target: string; at: number; length: number }> {
  for (const match of line.matchAll(pattern)) {
    const target = match[1]!;
    yield { target, at: match.index + match[0].lastIndexOf(target), length: target.length };
  }
}

const unquoted = (target: string): string => target.replace(/^['"<]|['">]$/g, '');
/** Full stops and the like after a path belong to the sentence. */
const bare = (path: string): string => path.replace(/[.,;:!?]+$/, '');

function* inLine(line: string, style: ReferenceStyle): Generator<Found> {
  if (style === 'claude-command') {
    for (const found of matches(line, SHELL)) yield { ...found, what: `the output of ${found.target}` };
  }
  const plain = line.includes('`') ? line.replace(INLINE_CODE, (code) => ' '.repeat(code.length)) : line;
  const file = (found: { target: string; at: number; length: number }, path: string): Found => ({
    ...found,
    what: `the file ${path}`,
  });
  if (style === 'vscode') {
    for (const found of matches(plain, FILE_REFERENCE)) yield file(found, unquoted(found.target));
  }
  if (style === 'vscode' || style === 'cursor') {
    for (const found of matches(plain, LINK_TARGET)) {
      const target = unquoted(found.target);
      if (target.startsWith('mdc:') && !/^mdc:https?:/i.test(target)) yield file(found, target.slice(4));
      else if (style === 'vscode' && isRelative(target)) yield file(found, target.replace(/#.*$/, ''));
    }
  }
  if (style !== 'vscode') {
    for (const found of matches(plain, AT_PATH)) {
      const path = bare(found.target);
      const isCall = plain[found.at + path.length] === '(';
      if (
        style === 'cursor'
          ? SURE_FILE.test(path) && !LIBRARY.test(path) && !isCall && !path.startsWith('/')
          : isPath(path)
      )
        yield { ...file(found, path), length: path.length };
    }
  }
}

/** What the tool adds to the text from `start` on, each file once. Code shows paths and pulls in nothing. */
export function* references(text: string, start: number, style: ReferenceStyle): Generator<void, HiddenContext[]> {
  if (style === 'none') return [];
  const lines = new TextLines(text);
  const hidden = new Map<string, HiddenContext>();
  let fence = '';
  let paused = start;
  for (let at = start; at < text.length;) {
    const end = lines.endOf(at);
    const line = text.slice(at, end);
    const mark = FENCE.exec(line)?.[1] ?? '';
    if (line === '') {
      // Nothing stands there.
    } else if (fence === '' && mark === '') {
      for (const found of inLine(line, style)) {
        if (hidden.has(found.what)) continue;
        const span = { start: at + found.at, end: at + found.at + found.length };
        hidden.set(found.what, { what: found.what.slice(0, 200), span });
      }
    } else if (fence === '') fence = mark;
    else if (mark.startsWith(fence)) fence = '';
    at = lines.after(end);
    if (at - paused < SLICE_LENGTH) continue;
    paused = at;
    yield;
  }
  return [...hidden.values()];
}
