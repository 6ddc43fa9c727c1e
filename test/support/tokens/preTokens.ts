/**
 * The regular expressions by which the encodings split text before merging, in JavaScript. The engine has its own; these
 * find the pre-tokens of texts with runs too long for it (its expressions give up after a million steps in one match).
 */
import type { VocabularyId } from '../../../server/core/tokens/types.js';

/** White space as these encodings mean it; JavaScript's `\s` differs in U+0085 and U+FEFF. */
const S = '\\p{White_Space}';
const NOT_S = '\\P{White_Space}';
const CONTRACTION = "'(?:[sdmtSDMT\\u017f]|[lL][lL]|[vV][eE]|[rR][eE])";
const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const SPACES = [`${S}*[\\r\\n]+`, `${S}+(?!${NOT_S})`, `${S}+`];

const pattern = (...alternatives: readonly string[]): RegExp => new RegExp(alternatives.join('|'), 'gu');

const gpt4 = (digits: string): RegExp =>
  pattern(
    CONTRACTION,
    '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+',
    `\\p{N}{1,${digits}}`,
    ` ?[^${S}\\p{L}\\p{N}]+[\\r\\n]*`,
    ...SPACES,
  );

const gpt4o = pattern(
  `[^\\r\\n\\p{L}\\p{N}]?${UPPER}*${LOWER}+(?:${CONTRACTION})?`,
  `[^\\r\\n\\p{L}\\p{N}]?${UPPER}+${LOWER}*(?:${CONTRACTION})?`,
  '\\p{N}{1,3}',
  ` ?[^${S}\\p{L}\\p{N}]+[\\r\\n/]*`,
  ...SPACES,
);

/** OpenAI's older encodings. */
const gpt2 = pattern(
  "'(?:[sdmt]|ll|ve|re)",
  ' ?\\p{L}+',
  ' ?\\p{N}+',
  ` ?[^${S}\\p{L}\\p{N}]+`,
  `${S}+(?!${NOT_S})`,
  `${S}+`,
);

/** Mistral's Tekken: GPT-4o's without contractions, digits one by one. */
const tekken = pattern(
  `[^\\r\\n\\p{L}\\p{N}]?${UPPER}*${LOWER}+`,
  `[^\\r\\n\\p{L}\\p{N}]?${UPPER}+${LOWER}*`,
  '\\p{N}',
  ` ?[^${S}\\p{L}\\p{N}]+[\\r\\n/]*`,
  ...SPACES,
);

const deepseek = [
  /\p{N}{1,3}/gu,
  /[一-龥぀-ゟ゠-ヿ]+/gu,
  pattern(
    '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+',
    '[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+',
    ' ?[\\p{P}\\p{S}]+[\\r\\n]*',
    ...SPACES,
  ),
];

/** Applied one after the other, each to what the one before left or cut out. */
const PATTERNS: Readonly<Record<VocabularyId, readonly RegExp[]>> = {
  o200k_base: [gpt4o],
  cl100k_base: [gpt4('3')],
  p50k_base: [gpt2],
  r50k_base: [gpt2],
  'llama-3': [gpt4('3')],
  'qwen-3': [gpt4('1')],
  'qwen-2.5': [gpt4('1')],
  'deepseek-v3': deepseek,
  tekken: [tekken],
};

/** Cuts a piece at the matches of `by`; both matches and what stands between them are pieces. */
function* cut(pieces: Iterable<string>, by: RegExp): Generator<string, void> {
  for (const piece of pieces) {
    let at = 0;
    for (const match of piece.matchAll(by)) {
      if (match.index > at) yield piece.slice(at, match.index);
      yield match[0];
      at = match.index + match[0].length;
    }
    if (at < piece.length) yield piece.slice(at);
  }
}

/** Code units that the expressions see at a time: V8's run out of stack on a match of several million. */
const WINDOW_LENGTH = 1 << 20;
/** Pieces at the end of a window that more text could change: a run cut short, a contraction without its letters. */
const OPEN_PIECES = 3;

/**
 * The pre-tokens of a text, in order; joined they are the text. One longer than a million code units comes in several
 * pieces: there, and only there, a count may be off by a token or so per piece.
 */
export function* preTokens(vocabulary: VocabularyId, text: string): Generator<string, void> {
  const patterns = PATTERNS[vocabulary] ?? [];
  for (let at = 0; at < text.length;) {
    const window = text.slice(at, at + WINDOW_LENGTH);
    const pieces = [...patterns.reduce<Iterable<string>>(cut, [window])];
    const whole = at + WINDOW_LENGTH >= text.length;
    const sure = whole ? pieces.length : Math.max(1, pieces.length - OPEN_PIECES);
    for (const piece of pieces.slice(0, sure)) {
      yield piece;
      at += piece.length;
    }
  }
}
