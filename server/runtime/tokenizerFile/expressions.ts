/** The regular expressions of tokenizer.json files: those that we have scanners for, and the others in JavaScript. */
import { gpt2, gpt4, gpt4o, type Scanner } from '../bpe/scanners.js';
import { Unsupported } from './readTokenizerFile.js';

const CONTRACTIONS = ["(?i:'s|'t|'re|'ve|'m|'ll|'d)", "'(?i:[sdmt]|ll|ve|re)"];
const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
/** `\s*[\r\n]` takes what `\s*[\r\n]+` takes: the blanks before go to the last line break of their run. */
const SPACES = ['\\s*[\\r\\n]+', '\\s*[\\r\\n]'].flatMap((lines) => [
  `${lines}|\\s+(?!\\S)|\\s+`,
  `${lines}|\\s+(?!\\S)|\\s`,
]);

/** GPT-2's, which `ByteLevel` has built in. */
export const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const gpt4Source = (contraction: string, digits: string, spaces: string): string[] => [
  `${contraction}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${spaces}`,
  `${contraction}|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|${spaces}`,
];

const gpt4oSource = (contraction: string, digits: string, spaces: string): string => {
  const after = contraction === '' ? '' : `${contraction}?`;
  const lead = '[^\\r\\n\\p{L}\\p{N}]?';
  const words = `${lead}${UPPER}*${LOWER}+${after}|${lead}${UPPER}+${LOWER}*${after}`;
  return `${words}|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${spaces}`;
};

/** Expressions whose matches make up the whole text, whatever it is, with the scanner that does what they do. */
const KNOWN: ReadonlyMap<string, Scanner> = new Map(
  SPACES.flatMap((spaces): [string, Scanner][] => [
    ...CONTRACTIONS.flatMap((contraction): [string, Scanner][] => [
      ...gpt4Source(contraction, '\\p{N}{1,3}', spaces).map((source): [string, Scanner] => [source, gpt4(3)]),
      ...gpt4Source(contraction, '\\p{N}', spaces).map((source): [string, Scanner] => [source, gpt4(1)]),
      [gpt4oSource(contraction, '\\p{N}{1,3}', spaces), gpt4o({ digits: 3, contractions: true })],
    ]),
    [gpt4oSource('', '\\p{N}', spaces), gpt4o({ digits: 1, contractions: false })],
  ]),
);

/** The scanner that does what an expression does; null where there is none. */
export const scannerOf = (source: string): Scanner | null => (source === GPT2 ? gpt2 : (KNOWN.get(source) ?? null));

/** DeepSeek V3's expressions, one after the other; `deepseek` does all three. */
export const DEEPSEEK: readonly string[] = [
  '\\p{N}{1,3}',
  '[一-龥\u3040-ゟ゠-ヿ]+',
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
];

/** Classes as Unicode has them, inside and outside of brackets. */
const CLASSES: Readonly<Record<string, string>> = {
  s: '\\p{White_Space}',
  S: '\\P{White_Space}',
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  w: '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}',
};
const NO_WORD = '[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]';
const POSIX: Readonly<Record<string, string>> = {
  alpha: '\\p{L}\\p{M}',
  digit: '\\p{Nd}',
  alnum: '\\p{L}\\p{M}\\p{Nd}',
  space: '\\p{White_Space}',
  upper: '\\p{Lu}',
  lower: '\\p{Ll}',
  punct: '\\p{P}\\p{S}',
};
/** Letters that mean something else, or nothing, behind a backslash in JavaScript. */
const SAME_ESCAPES = /^[rntfv0]$/;

/**
 * An expression of Oniguruma, which these files are written for, as one of JavaScript. Flags of a group, possessive and
 * atomic groups, and classes are rewritten; what JavaScript does not have is refused, and so is a repeated group that
 * itself repeats without end, which can take for ever on some texts.
 *
 * @throws Unsupported
 */
export function translate(source: string): RegExp {
  const refuse = (why: string): Unsupported =>
    new Unsupported(`pre_tokenizer: the expression ${JSON.stringify(source.slice(0, 200))} is not supported (${why})`);
  try {
    return new RegExp(new Translation(source, refuse).all(), 'gu');
  } catch (error) {
    if (error instanceof Unsupported) throw error;
    throw refuse(error instanceof Error ? error.message : String(error));
  }
}

/** One pass over an expression. */
class Translation {
  readonly #source: string;
  readonly #refuse: (why: string) => Unsupported;
  #at = 0;
  #atoms = 0;

  constructor(source: string, refuse: (why: string) => Unsupported) {
    this.#source = source;
    this.#refuse = refuse;
  }

  all(): string {
    const { text } = this.#alternatives(false);
    if (this.#at < this.#source.length) throw this.#refuse('a bracket closes that was not opened');
    return text;
  }

  /** Up to the end of a group: what it is in JavaScript, and whether it repeats without end. */
  #alternatives(anyCase: boolean): { text: string; endless: boolean } {
    let text = '';
    let endless = false;
    while (this.#at < this.#source.length && this.#peek() !== ')') {
      if (this.#peek() === '|') {
        text += this.#take();
        continue;
      }
      const atom = this.#atom(anyCase);
      const { times, possessive, without } = this.#repetition();
      if (without && atom.endless) throw this.#refuse('a repetition without end in another one');
      endless ||= without || atom.endless;
      text += possessive ? this.#atomic(atom.text + times) : atom.text + times;
    }
    return { text, endless };
  }

  /** What matches without going back: a look ahead that is kept. */
  #atomic(text: string): string {
    const name = `atom${this.#atoms++}`;
    return `(?:(?=(?<${name}>${text}))\\k<${name}>)`;
  }

  #peek(): string {
    return this.#source[this.#at] ?? '';
  }

  #take(): string {
    const codePoint = this.#source.codePointAt(this.#at);
    if (codePoint === undefined) throw this.#refuse('it breaks off');
    const char = String.fromCodePoint(codePoint);
    this.#at += char.length;
    return char;
  }

  #repetition(): { times: string; possessive: boolean; without: boolean } {
    const found = /^(?:[*+?]|\{(\d*)(,?)(\d*)\})/.exec(this.#source.slice(this.#at, this.#at + 24));
    if (!found || found[0] === '{}' || found[0] === '{,}') return { times: '', possessive: false, without: false };
    this.#at += found[0].length;
    const braces = found[0].startsWith('{');
    const times = braces ? `{${found[1] === '' ? '0' : found[1]}${found[2]}${found[3]}}` : found[0];
    const without = braces ? found[2] === ',' && found[3] === '' : found[0] !== '?';
    const next = this.#peek();
    if (next === '?') this.#at++;
    // Behind braces a plus is a repetition of its own in Oniguruma, not a possessive one.
    if (next === '+') {
      if (braces) throw this.#refuse('a repetition of a repetition');
      this.#at++;
    }
    return { times: times + (next === '?' ? '?' : ''), possessive: next === '+', without };
  }

  #atom(anyCase: boolean): { text: string; endless: boolean } {
    const char = this.#take();
    if (char === '(') return this.#group(anyCase);
    if (char === '[') return { text: this.#brackets(anyCase), endless: false };
    if (char === '\\') return { text: this.#escape(false), endless: false };
    if (char === '.') return { text: '[^\\n]', endless: false };
    if ('*+?'.includes(char)) throw this.#refuse('a repetition of nothing');
    if (char === '^' || char === '$') throw this.#refuse(`'${char}', which stands for ends of lines`);
    return { text: cased(char, anyCase, false), endless: false };
  }

  #group(anyCase: boolean): { text: string; endless: boolean } {
    const head = /^\?(?:[:=!>]|<[=!]|[imx-]+:)/.exec(this.#source.slice(this.#at, this.#at + 8));
    if (!head && this.#peek() === '?') throw this.#refuse('a kind of group that JavaScript does not have');
    this.#at += head ? head[0].length : 0;
    const kind = head?.[0] ?? '?:';
    const flags = /^\?([imx-]+):$/.exec(kind)?.[1];
    if (flags !== undefined && flags !== 'i') throw this.#refuse(`the flags '${flags}'`);
    const inner = this.#alternatives(anyCase || flags === 'i');
    if (this.#peek() !== ')') throw this.#refuse('a bracket is not closed');
    this.#at++;
    if (kind === '?>') return { ...inner, text: this.#atomic(inner.text) };
    const looks = kind !== '?:' && flags === undefined;
    return { ...inner, text: `(${looks ? kind : '?:'}${inner.text})` };
  }

  #brackets(anyCase: boolean): string {
    let text = '[';
    if (this.#peek() === '^') text += this.#take();
    for (let first = true; this.#peek() !== ']' || first; first = false) {
      const posix = /^\[:(\w+):\]/.exec(this.#source.slice(this.#at, this.#at + 12));
      if (posix) {
        const known = POSIX[posix[1]!];
        if (known === undefined) throw this.#refuse(`the class ${posix[0]}`);
        this.#at += posix[0].length;
        text += known;
        continue;
      }
      const char = this.#take();
      if (char === '[' || (char === '&' && this.#peek() === '&')) throw this.#refuse('a class within a class');
      if (char === '\\') text += this.#escape(true);
      else if (this.#peek() === '-' && this.#source[this.#at + 1] !== ']' && this.#source[this.#at + 1] !== '\\') {
        this.#at++;
        const [from, to] = [char, this.#take()];
        text += `${bracketed(from)}-${bracketed(to)}`;
        if (anyCase && /[a-zA-Z\u0080-\uffff]/.test(from + to)) {
          if (!/^([a-z]{2}|[A-Z]{2})$/.test(from + to)) throw this.#refuse('a range without regard to case');
          text += `${swapped(from)}-${swapped(to)}`;
        }
      } else text += cased(char, anyCase, true);
    }
    this.#at++;
    return `${text}]`;
  }

  #escape(bracket: boolean): string {
    const char = this.#take();
    const known = CLASSES[char];
    if (known !== undefined) return bracket || known.indexOf('\\', 1) < 0 ? known : `[${known}]`;
    if (char === 'W' && !bracket) return NO_WORD;
    if (char === 'p' || char === 'P') return this.#property(char);
    if (char === 'x' || char === 'u') return this.#codePoint(char);
    if (SAME_ESCAPES.test(char)) return `\\${char}`;
    if (/[a-zA-Z0-9]/.test(char)) throw this.#refuse(`\\${char}`);
    return bracket ? bracketed(char) : literal(char);
  }

  #property(escape: string): string {
    const name = /^\{(\^?)([^}]+)\}/.exec(this.#source.slice(this.#at, this.#at + 60));
    if (!name) throw this.#refuse(`\\${escape} without braces`);
    this.#at += name[0].length;
    const negated = (escape === 'P') !== (name[1] === '^');
    const letter = negated ? 'P' : 'p';
    for (const form of [name[2]!, `Script=${name[2]}`]) {
      try {
        new RegExp(`\\p{${form}}`, 'u');
        return `\\${letter}{${form}}`;
      } catch {
        // Oniguruma has scripts by their bare names.
      }
    }
    throw this.#refuse(`the property ${name[2]}`);
  }

  #codePoint(escape: string): string {
    const rest = this.#source.slice(this.#at, this.#at + 12);
    const found =
      escape === 'u' ? /^([0-9a-fA-F]{4})/.exec(rest) : /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))/.exec(rest);
    if (!found) throw this.#refuse(`\\${escape}`);
    this.#at += found[0].length;
    return `\\u{${found[1] ?? found[2]}}`;
  }
}

const literal = (char: string): string => (/[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char);
const bracketed = (char: string): string => (/[\\^\][-]/.test(char) ? `\\${char}` : char);
const swapped = (char: string): string => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase());

/** A character in both cases, where case does not count. Unicode folds U+017F to `s` and U+212A to `k`. */
function cased(char: string, anyCase: boolean, bracket: boolean): string {
  const plain = bracket ? bracketed(char) : literal(char);
  const other = swapped(char);
  if (!anyCase || other === char || [...other].length !== 1) return plain;
  const folded = /^s$/i.test(char) ? '\\u017f' : /^k$/i.test(char) ? '\\u212a' : '';
  return bracket ? `${plain}${other}${folded}` : `[${plain}${other}${folded}]`;
}
