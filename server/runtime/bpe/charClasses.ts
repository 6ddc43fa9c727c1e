/** Classes of code points as the encodings' expressions tell them apart, looked up in a table that fills as it is used. */

/** Uppercase and titlecase letters (Lu, Lt). */
export const UPPER = 1;
/** Lowercase letters (Ll). */
export const LOWER = 2;
/** Letters without case (Lm, Lo). */
export const CASELESS = 4;
/** Marks (M). */
export const MARK = 8;
/** Numbers (N). */
export const NUMBER = 16;
/** White space (the property White_Space). */
export const SPACE = 32;
/** Punctuation and symbols (P, S). */
export const SIGN = 64;
export const LETTER = UPPER | LOWER | CASELESS;

const KNOWN = 128;
const table = new Uint8Array(0x110000);

const PROPERTIES: readonly (readonly [property: RegExp, bits: number])[] = [
  [/[\p{Lu}\p{Lt}]/u, UPPER],
  [/\p{Ll}/u, LOWER],
  [/[\p{Lm}\p{Lo}]/u, CASELESS],
  [/\p{M}/u, MARK],
  [/\p{N}/u, NUMBER],
  [/\p{White_Space}/u, SPACE],
  [/[\p{P}\p{S}]/u, SIGN],
];

/**
 * What Unicode 17 assigned, as `[first, last]`: the reference tokenizers (tiktoken 1.0.22, Hugging Face tokenizers 0.21)
 * have the tables of Unicode 16, for which these are no letters and no signs. Found by comparing the tables of both
 * versions. It changed the category of U+0295 too, from lowercase to caseless.
 */
const NEWER: readonly (readonly [first: number, last: number])[] = (
  '88f c5c cdc 1acf-1add 1ae0-1aeb 20c1 2b96 a7ce-a7cf a7d2 a7d4 a7f1 fbc3-fbd2 fd90-fd91 fdc8-fdce 10940-10959 ' +
  '10ec5-10ec7 10ed0-10ed8 10efa-10efb 11b60-11b67 11db0-11ddb 11de0-11de9 16ea0-16eb8 16ebb-16ed3 16ff2-16ff6 ' +
  '187f8-187ff 18d09-18d1e 18d80-18df2 1ccfa-1ccfc 1ceba-1ced0 1cee0-1cef0 1e6c0-1e6de 1e6e0-1e6f5 1e6fe-1e6ff ' +
  '1f6d8 1f777-1f77a 1f8d0-1f8d8 1fa54-1fa57 1fa8a 1fa8e 1fac8 1facd 1faea 1faef 1fbfa 2b73a-2b73f 2cea2-2cead ' +
  '323b0-33479'
)
  .split(' ')
  .map((range) => {
    const [first, last] = range.split('-').map((hex) => parseInt(hex, 16));
    return [first!, last ?? first!] as const;
  });
const PHARYNGEAL_VOICED_FRICATIVE = 0x295;

const newer = new RegExp(
  `[\\u0295${NEWER.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`).join('')}]`,
  'gu',
);

/**
 * The text as the references' tables see it, for expressions that the platform runs with tables of its own: what
 * Unicode 17 assigned is no letter and no sign. As long as the text, so that places are the same in both.
 */
export function asUnicode16(text: string): string {
  newer.lastIndex = 0;
  if (!newer.test(text)) return text;
  // U+0378 and U+3FFFD are assigned in no version; U+0292 is a lowercase letter, as U+0295 was.
  return text.replace(newer, (char) => (char === '\u0295' ? '\u0292' : char.length === 1 ? '\u0378' : '\u{3fffd}'));
}

function classify(codePoint: number): number {
  // A lone surrogate is counted as U+FFFD, a symbol.
  const lone = codePoint >= 0xd800 && codePoint < 0xe000;
  const char = lone ? '\ufffd' : String.fromCodePoint(codePoint);
  let bits = KNOWN;
  if (!NEWER.some(([first, last]) => codePoint >= first && codePoint <= last)) {
    for (const [property, bit] of PROPERTIES) if (property.test(char)) bits |= bit;
  }
  if (codePoint === PHARYNGEAL_VOICED_FRICATIVE) bits = KNOWN | LOWER;
  table[codePoint] = bits;
  return bits;
}

/** The class bits of a code point; 0 beside `KNOWN` for controls, format characters and what is not assigned. */
export const classOf = (codePoint: number): number => table[codePoint]! || classify(codePoint);

const isSurrogate = (unit: number): boolean => (unit & 0xf800) === 0xd800;

/** Class bits of the code point at `at`. */
export function classAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return isSurrogate(unit) ? classOf(text.codePointAt(at)!) : table[unit]! || classify(unit);
}

/** Code units of the code point at `at`: 1 or 2. */
export const lengthAt = (text: string, at: number): number =>
  isSurrogate(text.charCodeAt(at)) && text.codePointAt(at)! > 0xffff ? 2 : 1;

/** The first place in `[at, end)` whose code point has none of `bits`; `end` where there is none. */
export function skip(text: string, at: number, end: number, bits: number): number {
  let place = at;
  while (place < end) {
    const unit = text.charCodeAt(place);
    if (isSurrogate(unit)) {
      const codePoint = text.codePointAt(place)!;
      if ((classOf(codePoint) & bits) === 0) return place;
      place += codePoint > 0xffff ? 2 : 1;
    } else {
      if (((table[unit]! || classify(unit)) & bits) === 0) return place;
      place++;
    }
  }
  return end;
}

/** The first place in `[at, end)` whose code point has one of `bits`; `end` where there is none. */
export function skipTo(text: string, at: number, end: number, bits: number): number {
  let place = at;
  while (place < end) {
    const unit = text.charCodeAt(place);
    if (isSurrogate(unit)) {
      const codePoint = text.codePointAt(place)!;
      if ((classOf(codePoint) & bits) !== 0) return place;
      place += codePoint > 0xffff ? 2 : 1;
    } else {
      if (((table[unit]! || classify(unit)) & bits) !== 0) return place;
      place++;
    }
  }
  return end;
}
