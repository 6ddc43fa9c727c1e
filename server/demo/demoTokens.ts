/** A rough tokenizer of its own: words, halves of long words, digits in threes, signs. Good enough to count a demo. */

const piece = /\s?\p{L}{1,8}|\s?\p{N}{1,3}|\s?[^\s\p{L}\p{N}]|\s/gu;

/** Tokens that a chat template adds: per message its role and marks, and the opening of the reply. */
const perMessage = 4;
const perPrompt = 4;

/** The pieces of a text, which joined give it back. */
export function splitTokens(text: string): string[] {
  return text.match(piece) ?? [];
}

/** Number of pieces, without building them. */
export function countTokens(text: string): number {
  let count = 0;
  for (const _ of text.matchAll(piece)) {
    count++;
  }
  return count;
}

/** Prompt tokens of a conversation. */
export function countPrompt(contents: readonly string[]): number {
  return contents.reduce((total, content) => total + countTokens(content) + perMessage, perPrompt);
}
