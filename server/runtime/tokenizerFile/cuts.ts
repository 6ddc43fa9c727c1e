/** Whether texts may be cut before a blank after a letter: held against texts made for it when a file is loaded. */
import { isSafeBoundary, safeCutOf } from '../../core/tokens/boundaries.js';

/** A tokenizer, as far as cuts are tried. */
interface Encoder {
  encode(text: string): ArrayLike<number>;
}

const WORDS =
  'the a I of hello World HTTP fooBar naïve Straße привет мир Γειά שלום مرحبا नमस्ते สวัสดี 日本 語 かな 한국어 x y Q ing er tion'.split(
    ' ',
  );
const AFTER = [
  ...WORDS,
  '1',
  '2024',
  '3.14',
  '(',
  '"',
  "'s",
  "'",
  '-',
  '--',
  '=',
  '{',
  '}',
  '\n',
  '\n\n',
  '\t',
  ' ',
  '  ',
  '   ',
  '/',
  '#',
  '😀',
  '、',
  '.',
  '...',
  '\u0301',
  '\u00a0',
];
const BEFORE = ['', ' ', '\n', '9', '(', 'In ', '\t', '_', '"', "don't ", '\r\n', '  '];
const PROBES = 400;

/** Texts with a place to cut, always the same ones. */
function* probes(): Generator<readonly [left: string, right: string], void> {
  let state = 12345;
  const pick = (from: readonly string[]): string => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return from[(state >>> 8) % from.length]!;
  };
  for (let made = 0; made < PROBES; made++) {
    const left = pick(BEFORE) + pick(WORDS);
    const right = ` ${pick(AFTER)}${pick(AFTER)} ${pick(WORDS)}`;
    yield [left, right];
  }
}

/** The first text of the probes that gives other tokens as a whole than in two parts; null where there is none. */
export function unsafeCut(tokenizer: Encoder, vocabulary: string): string | null {
  const isSafe = safeCutOf(vocabulary);
  for (const [left, right] of probes()) {
    if (!isSafe(left.charCodeAt(left.length - 1), right.charCodeAt(0))) continue;
    const whole = Array.from(tokenizer.encode(left + right));
    const parts = [...Array.from(tokenizer.encode(left)), ...Array.from(tokenizer.encode(right))];
    if (whole.length !== parts.length || whole.some((id, at) => id !== parts[at])) return left + right;
  }
  return null;
}

/** Whether a token holds a place where texts are cut. */
export function holdsCut(token: string): boolean {
  for (let at = 1; at < token.length; at++) {
    if (token[at] === ' ' && isSafeBoundary(token.charCodeAt(at - 1), 32)) return true;
  }
  return false;
}
