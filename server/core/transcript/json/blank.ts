/** Character tests and blank skipping shared by the JSON lexer and its judgement of broken strings. */

export const QUOTE = 34;
export const COMMA = 44;
export const SLASH = 47;
export const COLON = 58;
export const OPEN_BRACKET = 91;
export const BACKSLASH = 92;
export const CLOSE_BRACKET = 93;
export const OPEN_BRACE = 123;
export const CLOSE_BRACE = 125;
export const LF = 10;
export const CR = 13;

export const isBlank = (code: number): boolean => code === 32 || code === LF || code === CR || code === 9;

/** The first offset at or after `from` that is not blank, at most `end`. */
export function skipBlank(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** One past the last character before `from` that is not blank, at least `start`. */
export function skipBlankBack(text: string, from: number, start: number): number {
  let at = from;
  while (at > start && isBlank(text.charCodeAt(at - 1))) at--;
  return at;
}

/**
 * `indexOf` for a needle that is asked for again and again: remembers the last hit and where it was looked for from,
 * so that a needle that is rare or absent costs one pass over the text in all.
 */
export class NextIndex {
  #asked = 0;
  #hit = -1;

  constructor(
    private readonly text: string,
    private readonly needle: string,
  ) {}

  /** Offset of the first needle at or after `from`; `text.length` where there is none. */
  at(from: number): number {
    if (from >= this.#asked && from <= this.#hit) return this.#hit;
    if (from < this.#asked) {
      // Between `asked` and the hit there is none: only what lies before has to be searched.
      const found = this.text.slice(from, this.#asked + this.needle.length - 1).indexOf(this.needle);
      if (found >= 0) return from + found;
      this.#asked = from;
      return this.#hit;
    }
    const found = this.text.indexOf(this.needle, from);
    this.#hit = found < 0 ? this.text.length : found;
    this.#asked = from;
    return this.#hit;
  }
}
