/** Limits on the reply that a prompt states in words (English), and thanks, which get short replies. */

/** A stated length. `about` replaces the distribution; `atMost` cuts it. */
export interface StatedLimit {
  readonly kind: 'about' | 'atMost';
  readonly tokens: number;
  /** The words of the prompt. */
  readonly phrase: string;
}

const NUMBERS: Readonly<Record<string, number>> = {
  a: 1, an: 1, one: 1, single: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10,
  twelve: 12, fifteen: 15, twenty: 20, thirty: 30, forty: 40, fifty: 50, hundred: 100,
}; // prettier-ignore

/**
 * Tokens per unit, assumed: English words run at about 4/3 tokens (common for BPE vocabularies), sentences of chat
 * replies at about 20 words, paragraphs at four sentences.
 */
const TOKENS_PER_UNIT: Readonly<Record<string, number>> = {
  word: 1.33,
  sentence: 27,
  line: 16,
  bullet: 25,
  'bullet point': 25,
  paragraph: 108,
  character: 0.25,
  token: 1,
};

/** Only the end of a long prompt is searched: limits stand near the question, and time stays bounded. */
const SEARCHED = 4000;

const NUMBER = `(\\d{1,6}|${Object.keys(NUMBERS).join('|')})`;
const UNIT = '(words?|sentences?|lines?|bullet points?|bullets?|paragraphs?|characters?|tokens?)';
const AT_MOST =
  '(?:at most|no more than|not more than|up to|under|below|less than|fewer than|within|max(?:imum)?(?: of)?|limit(?:ed)? to)';
const ABOUT = '(?:in|with|using|about|around|approximately|roughly|exactly|just|only|write|give(?: me)?|of)';

const PATTERNS: readonly (readonly [StatedLimit['kind'], RegExp])[] = [
  ['atMost', new RegExp(`\\b${AT_MOST} ${NUMBER} ${UNIT}\\b`, 'gi')],
  ['atMost', new RegExp(`\\b${NUMBER} ${UNIT} (?:max|maximum|or less|or fewer|at most)\\b`, 'gi')],
  ['about', new RegExp(`\\b${ABOUT} (?:about |around |roughly |exactly |only |just |a )?${NUMBER}(?: short| brief| simple)? ${UNIT}\\b`, 'gi')],
  ['about', new RegExp(`\\b${NUMBER}[- ](word|sentence|paragraph|line) (?:answer|reply|response|summary|story|essay|description|explanation|poem)\\b`, 'gi')],
  ['about', new RegExp(`\\b(one) (word) only\\b`, 'gi')],
]; // prettier-ignore

/** What every one of the patterns has in it: most prompts have none of these, and are read once instead of six times. */
const ANY_UNIT = /word|sentence|line|bullet|paragraph|character|token/i;

/** The last limit that a prompt states; null if it states none. */
export function statedLimit(prompt: string): StatedLimit | null {
  const end = prompt.slice(-SEARCHED);
  const text = end.replace(/\s+/g, ' ');
  let last: { at: number; limit: StatedLimit } | null = null;
  for (const [kind, pattern] of ANY_UNIT.test(end) ? PATTERNS : []) {
    for (const match of text.matchAll(pattern)) {
      const limit = read(kind, match);
      if (limit !== null && (last === null || match.index > last.at)) last = { at: match.index, limit };
    }
  }
  if (
    last === null &&
    /\b(?:answer|reply|respond)(?: with)?(?: only)? (?:just )?(?:yes or no|true or false)\b/i.test(text)
  ) {
    return { kind: 'about', tokens: 2, phrase: 'yes or no' };
  }
  return last?.limit ?? null;
}

function read(kind: StatedLimit['kind'], match: RegExpMatchArray): StatedLimit | null {
  const spelled = match[1]!.toLowerCase();
  const count = NUMBERS[spelled] ?? Number(spelled);
  const unit = match[2]!.toLowerCase().replace(/s$/, '');
  const each = TOKENS_PER_UNIT[unit];
  if (each === undefined || !(count > 0)) return null;
  // One token beside: the end of the turn.
  return { kind, tokens: Math.max(1, count * each) + 1, phrase: match[0].toLowerCase() };
}

const THANKS =
  /^\W*(?:(?:ok(?:ay)?|great|perfect|cool|nice|awesome|wonderful|got it|that helps|no|yes|hi)\W+)*(?:(?:many |a lot of )?thanks|thank you|thank u|thx|ty|cheers|merci|danke|gracias)\b[^?]{0,60}$/i;

/** Whether a message only says thanks. */
export const isThanks = (text: string): boolean => text.length <= 120 && THANKS.test(text.trim());
