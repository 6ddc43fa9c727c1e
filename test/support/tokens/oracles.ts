/** Reference tokenizers, each an implementation that shares nothing with the engine under test. */
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';
import { Tiktoken, get_encoding, type TiktokenEncoding } from 'tiktoken';
import type { VocabularyId } from '../../../server/core/tokens/types.js';
import { toNfc } from '../../../server/runtime/bpe/normalize.js';
import { preTokens } from './preTokens.js';
import { definitionOf, tokensOf } from './engines.js';

/** Encodes texts without lone surrogates; special-token look-alikes are plain text. */
export interface Oracle {
  readonly name: string;
  encode(texts: readonly string[]): Promise<ArrayLike<number>[]>;
  /** Ends what it runs in, where that is another process. */
  close?(): void;
}

/** The encoding as OpenAI's own Rust code has it. */
export function openaiOracle(id: TiktokenEncoding): Oracle {
  const encoding = get_encoding(id);
  return { name: `tiktoken (${id})`, encode: async (texts) => texts.map((text) => encoding.encode(text, [], [])) };
}

/** GPT-4o's. */
export const O200K =
  "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const QWEN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** The expressions of the models' tokenizer.json, for tiktoken's (Rust) regular expressions. */
const EXPRESSIONS: Readonly<Record<VocabularyId, string>> = {
  'llama-3':
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  'qwen-3': QWEN,
  'qwen-2.5': QWEN,
  tekken:
    '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
  // Three expressions one after the other are none for tiktoken: each pre-token comes by itself.
  'deepseek-v3': '(?s:.+)',
};

/** `rank base64 ...` lines, as tiktoken takes them, from the vocabulary of a definition. */
function ranksOf(id: VocabularyId): { readonly ranks: string; readonly added: Record<string, number> } {
  const lines = tokensOf(id).map(({ id: rank, bytes }) => `! ${rank} ${bytes.toString('base64')}`);
  const added = definitionOf(id).added.map(({ id: rank, text }) => [text, rank] as const);
  return { ranks: lines.join('\n'), added: Object.fromEntries(added) };
}

/**
 * tiktoken's Rust code with an open model's vocabulary and expression: independent of the engine in splitting and
 * merging, not in the vocabulary's data (`huggingFaceOracle` is in that too).
 */
export function tiktokenOracle(id: 'llama-3' | 'qwen-3' | 'qwen-2.5' | 'deepseek-v3' | 'tekken'): Oracle {
  const { ranks, added } = ranksOf(id);
  const encoding = new Tiktoken(ranks, added, EXPRESSIONS[id]!);
  const whole = (text: string): Uint32Array => encoding.encode(text, 'all');
  const encode = (text: string): ArrayLike<number> => {
    if (id === 'deepseek-v3') return [...preTokens(id, text)].flatMap((preToken) => [...whole(preToken)]);
    return whole(id.startsWith('qwen') ? toNfc(text) : text);
  };
  return { name: 'tiktoken with the model’s vocabulary', encode: async (texts) => texts.map(encode) };
}

/** tiktoken with the ranks of Meta's tokenizer.model, and GPT-4o's expression, which Llama 4's own code has. */
export function ranksOracle(file: string): Oracle {
  const lines = fs
    .readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
  const isLlama3 = lines.length === 128_000;
  const ranks = lines.map(([token, rank]) => `! ${rank} ${token}`).join('\n');
  const encoding = new Tiktoken(ranks, {}, isLlama3 ? EXPRESSIONS['llama-3']! : O200K);
  return {
    name: 'tiktoken with the file’s ranks',
    encode: async (texts) => texts.map((text) => encoding.encode(text, [], [])),
  };
}

interface TokenizerJson {
  added_tokens: { id: number; content: string; special: boolean }[];
  post_processor: unknown;
  model: { vocab: Record<string, number> };
}
interface RustTokenizers {
  Tokenizer: {
    fromString(json: string): {
      encodeBatch(texts: readonly string[], options: object): Promise<{ getIds(): number[] }[]>;
    };
  };
}

/**
 * The original Rust `tokenizers` with the model's own tokenizer.json.
 *
 * @param directory where `@anush008/tokenizers` and the package of the tokenizer.json are installed
 * @param keepsAdded whether added tokens that are not special stay tokens in text
 */
export function huggingFaceOracle(directory: string, tokenizerJson: string, keepsAdded: boolean): Oracle {
  const { Tokenizer } = createRequire(path.join(directory, 'package.json'))('@anush008/tokenizers') as RustTokenizers;
  const json = JSON.parse(fs.readFileSync(path.join(directory, tokenizerJson), 'utf8')) as TokenizerJson;
  // Special tokens get names that no text has, so that their look-alikes are text and ids stay as they are.
  const hidden = (token: TokenizerJson['added_tokens'][number]) =>
    token.special || !keepsAdded ? { ...token, content: `\uf8ff\uf8ff${token.id}\uf8ff` } : token;
  const added_tokens = json.added_tokens.map(hidden);
  // Where a hidden token is one of the vocabulary too it is renamed there, or the ids of those after it would change.
  const names = new Map(json.added_tokens.map(({ content }, at) => [content, added_tokens[at]!.content]));
  const vocab = Object.fromEntries(Object.entries(json.model.vocab).map(([text, id]) => [names.get(text) ?? text, id]));
  const tokenizer = Tokenizer.fromString(
    JSON.stringify({ ...json, model: { ...json.model, vocab }, added_tokens, post_processor: null }),
  );
  return {
    name: 'Hugging Face tokenizers',
    encode: async (texts) => {
      const encoded = await tokenizer.encodeBatch(texts, { addSpecialTokens: false });
      return encoded.map((each) => each.getIds());
    },
  };
}
