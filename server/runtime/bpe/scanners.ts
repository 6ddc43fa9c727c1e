/**
 * How the encodings split text before they merge: each scanner does by hand what the encoding's regular expression does,
 * in one pass, on a match of any length. Tests hold each against its expression.
 *
 * A scanner is given `[at, end)` of a text and returns where the pre-token that starts at `at` ends; `end` is the end of
 * the text, or a place where every expression ends a pre-token.
 */
import {
  CASELESS,
  LETTER,
  LOWER,
  MARK,
  NUMBER,
  SIGN,
  SPACE,
  UPPER,
  classAt,
  lengthAt,
  skip,
  skipTo,
} from './charClasses.js';

export type Scanner = (text: string, at: number, end: number) => number;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BLANK = 32;
const APOSTROPHE = 39;
const SLASH = 47;

const isBreak = (unit: number): boolean => unit === LINE_FEED || unit === CARRIAGE_RETURN;

/** Code units of `(?i:'s|'t|'re|'ve|'m|'ll|'d)` at `at`; 0 for none. Unicode folds U+017F to `s`. */
function contraction(text: string, at: number, end: number): number {
  if (at + 1 >= end || text.charCodeAt(at) !== APOSTROPHE) return 0;
  const first = text.charCodeAt(at + 1) | 32;
  if (first === 115 || first === 116 || first === 109 || first === 100 || text.charCodeAt(at + 1) === 0x17f) return 2;
  if (at + 2 >= end) return 0;
  const second = text.charCodeAt(at + 2) | 32;
  const isLong = (first === 108 && second === 108) || ((first === 118 || first === 114) && second === 101);
  return isLong ? 3 : 0;
}

/** At most `most` numbers from `at`. */
function numbers(text: string, at: number, end: number, most: number): number {
  let place = at;
  for (let count = 0; count < most && place < end && (classAt(text, place) & NUMBER) !== 0; count++) {
    place += lengthAt(text, place);
  }
  return place;
}

/** `\s*[\r\n]+|\s+(?!\S)|\s+` at white space whose run ends at `run`; `atEnd`: nothing follows the run. */
function whiteSpace(text: string, at: number, run: number, atEnd: boolean): number {
  for (let place = run - 1; place >= at; place--) if (isBreak(text.charCodeAt(place))) return place + 1;
  return atEnd || run - at === 1 ? run : run - 1;
}

/** ` ?[^\s\p{L}\p{N}]+[\r\n]*` (or with slashes at the end) at `at`; `at` where it does not match. */
function signs(text: string, at: number, end: number, slashes: boolean): number {
  const start = text.charCodeAt(at) === BLANK ? at + 1 : at;
  let place = skipTo(text, start, end, SPACE | LETTER | NUMBER);
  if (place === start) return at;
  while (place < end) {
    const unit = text.charCodeAt(place);
    if (!isBreak(unit) && !(slashes && unit === SLASH)) break;
    place++;
  }
  return place;
}

/** cl100k and its kin (Llama 3, Qwen): words without regard to case, at most `digits` digits. */
export const gpt4 =
  (digits: number): Scanner =>
  (text, at, end) => {
    const short = contraction(text, at, end);
    if (short > 0) return at + short;
    const bits = classAt(text, at);
    if ((bits & LETTER) !== 0) return skip(text, at, end, LETTER);
    if ((bits & NUMBER) !== 0) return numbers(text, at, end, digits);
    if (!isBreak(text.charCodeAt(at))) {
      const after = at + lengthAt(text, at);
      const word = skip(text, after, end, LETTER);
      if (word > after) return word;
    }
    const sign = signs(text, at, end, false);
    if (sign > at) return sign;
    const run = skip(text, at, end, SPACE);
    return whiteSpace(text, at, run, run === end);
  };

const UPPER_WORD = UPPER | CASELESS | MARK;
const LOWER_WORD = LOWER | CASELESS | MARK;

/** `[upper]*[lower]+` from `at`, as a regular expression finds it; `at` where it does not match. */
function casedWord(text: string, at: number, end: number): number {
  const upper = skip(text, at, end, UPPER_WORD);
  const lower = skip(text, upper, end, LOWER_WORD);
  if (lower > upper) return lower;
  // The run of capitals gives back up to the last character that is of both kinds.
  for (let place = upper; place > at;) {
    const isPair = place - 2 >= at && lengthAt(text, place - 2) === 2;
    place -= isPair ? 2 : 1;
    if ((classAt(text, place) & LOWER_WORD) !== 0) return place + (isPair ? 2 : 1);
  }
  return at;
}

export interface CasedOptions {
  readonly digits: number;
  /** Whether contractions go with the word before them. */
  readonly contractions: boolean;
}

/** o200k and its kin (Llama 4, Tekken): words end where lower case turns to upper case. */
export const gpt4o =
  ({ digits, contractions }: CasedOptions): Scanner =>
  (text, at, end) => {
    const bits = classAt(text, at);
    if ((bits & NUMBER) !== 0) return numbers(text, at, end, digits);
    const leads = (bits & LETTER) === 0 && !isBreak(text.charCodeAt(at));
    const after = leads ? at + lengthAt(text, at) : at;
    let word = casedWord(text, after, end);
    if (word === after && leads) word = casedWord(text, at, end);
    if (word <= after && word <= at) {
      const upper = skip(text, after, end, UPPER_WORD);
      word = upper > after ? upper : at;
    }
    if (word > at) return contractions ? word + contraction(text, word, end) : word;
    const sign = signs(text, at, end, true);
    if (sign > at) return sign;
    const run = skip(text, at, end, SPACE);
    return whiteSpace(text, at, run, run === end);
  };

/** Code units of `'s|'t|'re|'ve|'m|'ll|'d` at `at`, in lower case only; 0 for none. */
function plainContraction(text: string, at: number, end: number): number {
  const length = contraction(text, at, end);
  const letters = text.slice(at + 1, at + length);
  return length > 0 && letters === letters.toLowerCase() && letters !== '\u017f' ? length : 0;
}

/** GPT-2 and GPT-3: words, numbers and signs each with a blank before them. */
export const gpt2: Scanner = (text, at, end) => {
  const short = plainContraction(text, at, end);
  if (short > 0) return at + short;
  const start = text.charCodeAt(at) === BLANK && at + 1 < end ? at + 1 : at;
  const bits = classAt(text, start);
  if ((bits & LETTER) !== 0) return skip(text, start, end, LETTER);
  if ((bits & NUMBER) !== 0) return skip(text, start, end, NUMBER);
  if ((bits & SPACE) === 0) return skipTo(text, start, end, SPACE | LETTER | NUMBER);
  const run = skip(text, at, end, SPACE);
  return run === end || run - at === 1 ? run : run - 1;
};

const isCjk = (unit: number): boolean =>
  (unit >= 0x4e00 && unit <= 0x9fa5) || (unit >= 0x3040 && unit <= 0x309f) || (unit >= 0x30a0 && unit <= 0x30ff);

const isAsciiLetter = (unit: number): boolean => (unit | 32) >= 97 && (unit | 32) <= 122;
const isAsciiSign = (unit: number): boolean =>
  (unit >= 33 && unit <= 47) ||
  (unit >= 58 && unit <= 64) ||
  (unit >= 91 && unit <= 96) ||
  (unit >= 123 && unit <= 126);

/** `skip` within a stretch of CJK characters, or of others. */
function skipAlike(text: string, at: number, end: number, bits: number, cjk: boolean): number {
  let place = at;
  while (place < end && isCjk(text.charCodeAt(place)) === cjk && (classAt(text, place) & bits) !== 0) {
    place += lengthAt(text, place);
  }
  return place;
}

/**
 * DeepSeek V3: three expressions one after the other. The first two cut out numbers and stretches of CJK characters, so
 * that for the third, which is applied to each stretch, the text ends at each of these.
 */
export const deepseek: Scanner = (text, at, end) => {
  const unit = text.charCodeAt(at);
  const bits = classAt(text, at);
  const cjk = isCjk(unit);
  if ((bits & NUMBER) !== 0) return numbers(text, at, end, 3);
  if (isAsciiSign(unit) && at + 1 < end && isAsciiLetter(text.charCodeAt(at + 1))) {
    let place = at + 2;
    while (place < end && isAsciiLetter(text.charCodeAt(place))) place++;
    return place;
  }
  if ((bits & (LETTER | MARK)) !== 0) return skipAlike(text, at, end, LETTER | MARK, cjk);
  const word = (bits & SIGN) === 0 && !isBreak(unit) ? wordAfter(text, at, end, cjk) : at;
  if (word > at) return word;
  const start = unit === BLANK ? at + 1 : at;
  let sign = skipAlike(text, start, end, SIGN, cjk);
  if (sign > start) {
    while (!cjk && sign < end && isBreak(text.charCodeAt(sign))) sign++;
    return sign;
  }
  if ((bits & SPACE) !== 0) {
    const run = skip(text, at, end, SPACE);
    const isEnd = run === end || isCjk(text.charCodeAt(run)) || (classAt(text, run) & NUMBER) !== 0;
    return whiteSpace(text, at, run, isEnd);
  }
  return unmatched(text, at, end, cjk);
};

/** Where the word after the one character at `at` ends; `at` where there is no word. */
function wordAfter(text: string, at: number, end: number, cjk: boolean): number {
  const after = at + lengthAt(text, at);
  const word = skipAlike(text, after, end, LETTER | MARK, cjk);
  return word > after ? word : at;
}

/** What no expression matches stands together up to where one does. */
function unmatched(text: string, at: number, end: number, cjk: boolean): number {
  let place = at + lengthAt(text, at);
  while (place < end) {
    if (isCjk(text.charCodeAt(place)) !== cjk) return place;
    if ((classAt(text, place) & (LETTER | MARK | NUMBER | SPACE | SIGN)) !== 0) return place;
    if (wordAfter(text, place, end, cjk) > place) return place;
    place += lengthAt(text, place);
  }
  return end;
}
