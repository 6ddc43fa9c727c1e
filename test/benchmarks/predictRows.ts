/**
 * `predict --rows` as a process, beside a process that reads and writes the same JSON Lines without predicting. Both
 * write to a file; CPU time counts, so that what else the machine does weighs little.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Row } from './figures.js';
import { time } from './figures.js';
import { root } from './languageServer.js';
import type { Usage } from './probe.js';
import { seeded } from './transcripts.js';

const MODELS = [
  'meta-llama/Llama-3.1-8B-Instruct',
  'llama-3.1-70b',
  'Qwen/Qwen3-30B-A3B-Instruct-2507',
  'Qwen/Qwen3-235B-A22B-Instruct-2507-FP8',
  'openai/gpt-oss-120b',
  'google/gemma-3-12b-it',
  'nvidia/NVIDIA-Nemotron-Nano-9B-v2',
  'deepseek-ai/DeepSeek-V3.1',
];
const CONFIG = {
  model_type: 'qwen3',
  hidden_size: 2560,
  intermediate_size: 9728,
  num_hidden_layers: 36,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 128,
  vocab_size: 151936,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
};

/** Rows of all kinds: models and a config; batches that are common, any whole number, one of 16 ranges, a fractional mean. */
export function writeRows(file: string, count: number): void {
  const random = seeded(11);
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const batchOf = (kind: number): number | [number, number] => {
    if (kind < 0.4) return [1, 8, 16, 32, 64, 128, 256][whole(0, 6)]!;
    if (kind < 0.8) return whole(1, 512);
    if (kind < 0.95) return [[1, 4, 8, 16][whole(0, 3)]!, [32, 64, 128, 256][whole(0, 3)]!];
    return Number((1 + random() * 250).toFixed(2));
  };
  const output = fs.openSync(file, 'w');
  for (let done = 0; done < count;) {
    const lines: string[] = [];
    for (; lines.length < 10_000 && done < count; done += 1) {
      const tokensIn = whole(1, 4000);
      lines.push(
        JSON.stringify({
          ...(random() < 0.1 ? { config: CONFIG } : { model: MODELS[whole(0, MODELS.length - 1)] }),
          in: tokensIn,
          out: whole(0, 1500),
          ...(random() < 0.3 ? { cached: Math.floor(random() * tokensIn) } : {}),
          batch: batchOf(random()),
        }),
      );
    }
    fs.writeSync(output, `${lines.join('\n')}\n`);
  }
  fs.closeSync(output);
}

/** Runs a script on rows, its output to a file; what it has used when all is written. */
async function run(script: string, args: readonly string[], output: string): Promise<Usage> {
  const target = fs.openSync(output, 'w');
  const child = spawn(process.execPath, ['--require', path.join(__dirname, 'usageAtExit.js'), script, ...args], {
    stdio: ['ignore', target, 'inherit', 'ipc'],
  });
  fs.closeSync(target);
  return new Promise((resolve, reject) => {
    let usage: Usage | undefined;
    child.on('message', (message) => (usage = message as Usage));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0 && usage) resolve(usage);
      else reject(new Error(`${path.basename(script)} ended with ${code}`));
    });
  });
}

/** 200,000 and 1,000,000 rows: the memory of the second shows whether it grows with rows. */
export async function predictRows(): Promise<Row[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-bench-'));
  const input = path.join(folder, 'rows.jsonl');
  const output = path.join(folder, 'out.jsonl');
  try {
    const rows: Row[] = [];
    let peakBefore: number | undefined;
    for (const count of [200_000, 1_000_000]) {
      writeRows(input, count);
      const copied = await run(path.join(__dirname, 'rowsProcess.js'), [input], output);
      const predicted = await run(path.join(root, 'dist/joulelens.js'), ['predict', '--rows', input], output);
      const what = `${count.toLocaleString('en')} rows: joulelens predict --rows`;
      rows.push({
        what,
        figure: `${time(predicted.cpuMs)} CPU, ${((1000 * predicted.cpuMs) / count).toFixed(1)} us a row; read and written ${time(copied.cpuMs)}`,
        ratio: { actual: predicted.cpuMs / copied.cpuMs, limit: 20, of: 'predicting to reading and writing' },
      });
      rows.push({
        what: `${count.toLocaleString('en')} rows: peak memory`,
        figure: `${Math.round(predicted.peakMb)} MB; read and written ${Math.round(copied.peakMb)} MB`,
        ...(peakBefore === undefined
          ? {}
          : { ratio: { actual: predicted.peakMb / peakBefore, limit: 1.5, of: 'memory of five times the rows' } }),
      });
      peakBefore = predicted.peakMb;
    }
    return rows;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
