/** Small tokenizer.json files in the styles of published ones, trained here on the test corpus. */
import { corpus } from './corpus.js';
import { spelling } from '../../../server/runtime/tokenizerFile/byteLevel.js';

export interface TinyTokenizer {
  readonly name: string;
  /** A whole tokenizer.json. */
  readonly json: TokenizerJson;
  /**
   * Where the JavaScript reference splits in another way than the original in Rust: expressions whose matches are the
   * pieces, and the same file without those steps, for each piece.
   */
  readonly apart?: { readonly pieces: readonly RegExp[]; readonly json: TokenizerJson };
}

export interface TokenizerJson {
  version: string;
  added_tokens: object[];
  normalizer: object | null;
  pre_tokenizer: object | null;
  post_processor: null;
  decoder: object | null;
  model: { type: string; vocab: Record<string, number>; merges: (string | [string, string])[]; [key: string]: unknown };
}

const MERGES = 400;
const TRAINING_LENGTH = 60_000;

/** Splits training text roughly as the tokenizers do: exactness of splitting is what the tests are about, not training. */
const WORDS = /[^\S ]?\p{L}+| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+/gu;

function counted(pieces: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const piece of pieces) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  return counts;
}

/** Byte-pair merges of the most frequent pairs of symbols within words. */
function train(words: ReadonlyMap<string, number>): [string, string][] {
  const rows = [...words].map(([word, times]) => ({ symbols: [...word], times }));
  const merges: [string, string][] = [];
  for (let step = 0; step < MERGES; step++) {
    const pairs = new Map<string, number>();
    for (const { symbols, times } of rows) {
      for (let at = 1; at < symbols.length; at++) {
        const pair = `${symbols[at - 1]}\0${symbols[at]}`;
        pairs.set(pair, (pairs.get(pair) ?? 0) + times);
      }
    }
    let [best, most] = ['', 1];
    for (const [pair, times] of pairs) if (times > most) [best, most] = [pair, times];
    if (best === '') break;
    const [left, right] = best.split('\0') as [string, string];
    merges.push([left, right]);
    for (const { symbols } of rows) {
      for (let at = 1; at < symbols.length; at++) {
        if (symbols[at - 1] === left && symbols[at] === right) symbols.splice(at - 1, 2, left + right);
      }
    }
  }
  return merges;
}

function vocabOf(first: readonly string[], merges: readonly (readonly [string, string])[]): Record<string, number> {
  const vocab: Record<string, number> = {};
  for (const token of [...first, ...merges.map((sides) => sides.join(''))]) vocab[token] ??= Object.keys(vocab).length;
  return vocab;
}

const training = [...corpus(4711, TRAINING_LENGTH)].join('');
const pieces = counted(Array.from(training.matchAll(WORDS), ([piece]) => piece));

function byteLevelModel(): TokenizerJson['model'] {
  const words = new Map([...pieces].map(([piece, times]) => [spelling(Buffer.from(piece)), times]));
  const merges = train(words);
  const bytes = Array.from({ length: 256 }, (_, byte) => spelling(Uint8Array.of(byte)));
  return { type: 'BPE', vocab: vocabOf(bytes, merges), merges };
}

function markedModel(): TokenizerJson['model'] {
  const words = new Map([...pieces].map(([piece, times]) => [piece.replaceAll(' ', '\u2581'), times]));
  const merges = train(words);
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const characters = [...new Set(merges.flatMap((sides) => [...sides.join('')]))];
  const vocab = vocabOf(['<unk>', '<s>', '</s>', ...bytes, '\u2581', ...characters], merges);
  return { type: 'BPE', unk_token: '<unk>', fuse_unk: true, byte_fallback: true, vocab, merges };
}

const byteLevel = byteLevelModel();
const marked = markedModel();

const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
const split = (Regex: string, behavior = 'Isolated', invert = false): object => ({
  type: 'Split',
  pattern: { Regex },
  behavior,
  invert,
});
const sequence = (...pretokenizers: object[]): object => ({ type: 'Sequence', pretokenizers });

export const LLAMA_3 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const QWEN = LLAMA_3.replace('{1,3}', '');
const DEEPSEEK = [
  '\\p{N}{1,3}',
  '[一-龥\u3040-ゟ゠-ヿ]+',
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
];
/** One that no scanner is there for: words in one case, possessive, atomic and without regard to case. */
const UNKNOWN = "(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}{1,6}|\\p{N}{1,2}|[^\\s\\p{L}\\p{N}]++| ?+[\\r\\n]+|\\s";

const base = (more: Partial<TokenizerJson>): TokenizerJson => ({
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: byteLevel,
  ...more,
});

const added = (id: number, content: string, special: boolean, normalized = !special): object => ({
  id,
  content,
  special,
  normalized,
  single_word: false,
  lstrip: false,
  rstrip: false,
});

const joined = (model: TokenizerJson['model']): TokenizerJson['model'] => ({
  ...model,
  merges: model.merges.map((sides) => (sides as [string, string]).join(' ')),
});

/** The whole of it makes tokens that no merge makes. */
const withWhole = (model: TokenizerJson['model']): TokenizerJson['model'] => {
  const vocab = { ...model.vocab };
  for (const word of ['Ġconstructor', 'function', 'return', 'Ġinterface', 'ĠTheĠ'])
    vocab[word] ??= Object.keys(vocab).length;
  return { ...model, vocab, ignore_merges: true };
};

const SIZE = Object.keys(byteLevel.vocab).length;

/** One of each style, by the model whose style it is. */
export const tinyTokenizers: readonly TinyTokenizer[] = [
  {
    name: 'GPT-2: byte level, merges as text',
    json: base({
      pre_tokenizer: { ...BYTE_LEVEL, use_regex: true },
      model: { ...joined(byteLevel), continuing_subword_prefix: '' },
    }),
  },
  {
    name: 'Llama 3: an expression, whole pieces first',
    json: base({
      pre_tokenizer: sequence(split(LLAMA_3), BYTE_LEVEL),
      model: withWhole(byteLevel),
      added_tokens: [added(SIZE + 5, '<|begin|>', true)],
    }),
  },
  {
    name: 'GPT-4 as converted: what does not match removed',
    json: base({ pre_tokenizer: sequence(split(LLAMA_3, 'Removed', true), BYTE_LEVEL) }),
  },
  {
    name: 'Qwen: NFC, added tokens that stay tokens in text',
    json: base({
      normalizer: { type: 'NFC' },
      pre_tokenizer: sequence(split(QWEN), BYTE_LEVEL),
      added_tokens: [
        // In the order of their ids, as files are: the original numbers them by their order, whatever ids they have.
        added(SIZE, '<tool_call>', false, false),
        added(SIZE + 1, '<think>', false),
        added(SIZE + 2, '<|im_start|>', true),
      ],
    }),
  },
  {
    name: 'DeepSeek: three expressions in turn',
    json: base({
      normalizer: { type: 'Sequence', normalizers: [] },
      pre_tokenizer: sequence(...DEEPSEEK.map((each) => split(each)), BYTE_LEVEL),
    }),
  },
  {
    name: 'StarCoder: single digits, then byte level',
    json: base({
      pre_tokenizer: sequence({ type: 'Digits', individual_digits: true }, { ...BYTE_LEVEL, use_regex: true }),
    }),
    apart: { pieces: [/\p{N}|\P{N}+/gu], json: base({ pre_tokenizer: { ...BYTE_LEVEL, use_regex: true } }) },
  },
  {
    name: 'runs of digits and punctuation apart',
    json: base({
      pre_tokenizer: sequence(
        { type: 'Digits', individual_digits: false },
        { type: 'Punctuation', behavior: 'Contiguous' },
        { ...BYTE_LEVEL, use_regex: true },
      ),
    }),
    apart: {
      pieces: [/\p{N}+|\P{N}+/gu, /(?:\p{P}|[$+<=>^`|~])+|[^\p{P}$+<=>^`|~]+/gu],
      json: base({ pre_tokenizer: { ...BYTE_LEVEL, use_regex: true } }),
    },
  },
  { name: 'an expression without a scanner', json: base({ pre_tokenizer: sequence(split(UNKNOWN), BYTE_LEVEL) }) },
  {
    name: 'delimiters with what stands before and after them',
    json: base({
      pre_tokenizer: sequence(
        split('[.,;]', 'MergedWithPrevious'),
        { type: 'Split', pattern: { String: 'e' }, behavior: 'MergedWithNext', invert: false },
        BYTE_LEVEL,
      ),
    }),
    apart: {
      pieces: [/[^.,;]+[.,;]?|[.,;]/gu, /e[^e]+|e|[^e]+/gu],
      json: base({ pre_tokenizer: BYTE_LEVEL }),
    },
  },
  {
    name: 'Llama 2: no splitting, bytes for unknown characters',
    json: base({
      normalizer: { type: 'Sequence', normalizers: [{ type: 'Replace', pattern: { String: ' ' }, content: '\u2581' }] },
      model: joined(marked),
      added_tokens: [added(1, '<s>', true), added(2, '</s>', true)],
    }),
  },
  {
    name: 'Metaspace, every word apart',
    json: base({
      pre_tokenizer: { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'never', split: true },
      model: marked,
    }),
    apart: {
      pieces: [/[ \u2581][^ \u2581]*|[^ \u2581]+/gu],
      json: base({ normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '\u2581' }, model: marked }),
    },
  },
  {
    name: 'Metaspace in front of the prompt only, unsplit',
    json: base({
      pre_tokenizer: { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'never', split: false },
      model: marked,
    }),
  },
];
