/** The arguments of a test in BAML: strings, numbers, lists and maps, commas and colons optional. */
import { textPieces, without } from '../prompt/content.js';
import { indentationsOf, type Declaration } from './scan.js';

/** Deeper values, and more of them, are left out. */
const MAX_DEPTH = 30;
const MAX_VALUES = 2000;

const SPACE = /(?:[\s,:]|\/\/[^\r\n]*)*/y;
const QUOTED = /"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'/y;
const KEY = /[A-Za-z_]\w*/y;
const PLAIN = /[^\r\n,[\]{}#"]+/y;
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

const unescaped = (text: string): string => text.replace(/\\([^])/g, (_whole, unit: string) => ESCAPES[unit] ?? unit);

class Reader {
  #left = MAX_VALUES;

  constructor(
    private readonly text: string,
    private at: number,
    private readonly test: Declaration,
  ) {}

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (!match || pattern.lastIndex > this.test.end) return null;
    this.at = pattern.lastIndex;
    return match;
  }

  #space(): void {
    this.#match(SPACE);
  }

  /** A value; undefined where none stands. */
  value(depth: number): unknown {
    this.#space();
    if (depth > MAX_DEPTH || --this.#left < 0 || this.at >= this.test.end) return undefined;
    const block = this.test.strings.find(({ start }) => start === this.at);
    if (block) {
      this.at = block.end;
      return blockText(this.text, block.content);
    }
    if (this.text[this.at] === '{') return this.map(depth);
    if (this.text[this.at] === '[') return this.#list(depth);
    const quoted = this.#match(QUOTED);
    if (quoted) return unescaped(quoted[1] ?? quoted[2]!);
    const plain = this.#match(PLAIN)?.[0].trim();
    if (plain === undefined || plain === '') return undefined;
    if (NUMBER.test(plain)) return Number(plain);
    if (plain === 'null') return null;
    return plain === 'true' ? true : plain === 'false' ? false : plain;
  }

  #list(depth: number): unknown[] {
    this.at++;
    const items: unknown[] = [];
    for (;;) {
      this.#space();
      if (this.text[this.at] === ']') {
        this.at++;
        return items;
      }
      const value = this.value(depth + 1);
      if (value === undefined) return items;
      items.push(value);
    }
  }

  /** From the brace that opens a map to the one that closes it, or as far as it can be read. */
  map(depth: number): Record<string, unknown> {
    this.at++;
    const entries: [string, unknown][] = [];
    for (;;) {
      this.#space();
      if (this.text[this.at] === '}') {
        this.at++;
        break;
      }
      const quoted = this.#match(QUOTED);
      const key = quoted ? unescaped(quoted[1] ?? quoted[2]!) : this.#match(KEY)?.[0];
      const value = key === undefined ? undefined : this.value(depth + 1);
      if (key === undefined || value === undefined) break;
      entries.push([key, value]);
    }
    return Object.fromEntries(entries);
  }
}

/** The text of a block string: without its indentation and the line breaks at its ends. */
export function blockText(text: string, content: { readonly start: number; readonly end: number }): string {
  const [piece] = textPieces(text, without(content, indentationsOf(text, content)));
  return (piece?.text ?? '').replace(/^(?:\r\n|\n|\r)/, '').replace(/(?:\r\n|\n|\r)[ \t]*$/, '');
}

/** What a test calls and with which arguments; null for one without. */
export function testOf(
  text: string,
  test: Declaration,
): { readonly functions: readonly string[]; readonly values: Readonly<Record<string, unknown>> } | null {
  const source = text.slice(test.start, Math.min(test.end, test.start + 100_000));
  const list = /\bfunctions\s*\[([^\]]*)\]/.exec(source);
  const args = /\bargs\s*\{/.exec(source);
  if (!list || !args) return null;
  const values = new Reader(text, test.start + args.index + args[0].length - 1, test).map(0);
  if (Object.keys(values).length === 0) return null;
  return { functions: list[1]!.split(/[\s,]+/).filter((name) => name !== ''), values };
}
