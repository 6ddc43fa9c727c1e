/**
 * One warm process: `annotate --json` of a file, then its tokenizer and tiktoken alone on the decoded texts. Prints
 * AnnotateTimes.
 * The best of some runs counts, so that what else the machine does weighs little; it does so for both.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { performance } from 'node:perf_hooks';
import { Writable } from 'node:stream';
import { main } from '../../server/cli/main.js';
import { loadVocabulary } from '../../server/runtime/vocabulary.js';
import { tiktokenOracle } from '../support/tokens/oracles.js';
import type { AnnotateTimes } from './annotate.js';
import { root } from './languageServer.js';

async function best(runs: number, work: () => Promise<void> | void): Promise<number> {
  let shortest = Infinity;
  for (let i = 0; i < runs; i += 1) {
    const began = performance.now();
    await work();
    shortest = Math.min(shortest, performance.now() - began);
  }
  return shortest;
}

async function annotateOnce(file: string): Promise<void> {
  const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
  const io = { stdin: process.stdin, stdout: nowhere(), stderr: process.stderr, env: process.env, cwd: process.cwd() };
  const code = await main(['annotate', '--json', file], {
    ...io,
    signal: new AbortController().signal,
    isTerminal: false,
  });
  if (code !== 0) throw new Error(`annotate ended with ${code}`);
}

async function measure(file: string, decoded: string): Promise<AnnotateTimes> {
  const runs = fs.statSync(file).size < 5e6 ? 9 : 4;
  const annotateMs = await best(runs, () => annotateOnce(file));
  const peakMb = process.resourceUsage().maxRSS / 1024;
  const texts = JSON.parse(fs.readFileSync(decoded, 'utf8')) as string[];
  const tokenizer = loadVocabulary('llama-3', path.join(root, 'assets/vocabularies'));
  let tokens = 0;
  const tokenizerMs = await best(runs, () => {
    tokens = texts.reduce((sum, text) => sum + tokenizer.count(text), 0);
  });
  const reference = tiktokenOracle('llama-3');
  let wanted = 0;
  const tiktokenMs = await best(Math.min(runs, 3), async () => {
    wanted = (await reference.encode(texts)).reduce((sum, ids) => sum + ids.length, 0);
  });
  if (tokens !== wanted) throw new Error(`the tokenizers differ: ${tokens} and ${wanted}`);
  return { annotateMs, tokenizerMs, tiktokenMs, peakMb };
}

const [file, decoded] = process.argv.slice(2);
void measure(file!, decoded!).then((times) => console.log(JSON.stringify(times)));
