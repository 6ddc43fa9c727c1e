/** The control tokens of a rendered prompt, one after another. */

export interface ControlToken {
  readonly token: string;
  readonly start: number;
  readonly end: number;
}

const escaped = (token: string): string => token.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Matches any of the tokens. */
export const tokenPattern = (tokens: readonly string[]): RegExp => new RegExp(tokens.map(escaped).join('|'), 'g');

/** Every control token in `[start, end)`, in order. */
export function* tokensIn(text: string, pattern: RegExp, start: number, end: number): Generator<ControlToken, void> {
  const own = new RegExp(pattern.source, 'g');
  own.lastIndex = start;
  for (let match = own.exec(text); match && own.lastIndex <= end; match = own.exec(text)) {
    yield { token: match[0], start: match.index, end: own.lastIndex };
  }
}

/** Where a control token that is being typed at the end of the text begins; the text's length where none is. */
export function typedTokenAt(text: string, tokens: readonly string[]): number {
  const longest = Math.max(...tokens.map(({ length }) => length));
  for (let length = Math.min(longest - 1, text.length); length > 0; length--) {
    const tail = text.slice(text.length - length);
    if (tokens.some((token) => token.length > length && token.startsWith(tail))) return text.length - length;
  }
  return text.length;
}
