/**
 * `npm run fuzz -- [--runs 200000] [--seed 1] [--format ID,...] [--threads N]`: mutated documents through every adapter.
 *
 * What must hold: no throw, no hang, every range inside the document, ranges that do not cross, contents that do not
 * overlap, an update equal to a full parse, a reply that can be written. Each failure is made shorter and written to
 * out/fuzz/; moved to test/fixtures/fuzz/ it is a test. Exit code 1 where there is one.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { FORMATS } from '../../server/core/transcript/registry.js';
import { fuzzCase, type FuzzCase } from '../support/transcript/fuzz/cases.js';
import type { FuzzReport, FuzzTask } from './worker.js';

/** Longest that one document may take where nothing comes back at all. */
const HANG_MILLISECONDS = 20_000;
const BUDGET_MILLISECONDS = 300;
const POLL_MILLISECONDS = 250;

const folder = path.resolve(__dirname, '../../../out/fuzz');

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly formats: readonly string[];
  readonly threads: number;
}

/** @throws Error that says which option is wrong */
function optionsOf(): Options {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '200000' },
      seed: { type: 'string', default: '1' },
      format: { type: 'string' },
      threads: { type: 'string', default: String(os.availableParallelism()) },
    },
  });
  const whole = (name: 'runs' | 'seed' | 'threads'): number => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= (name === 'seed' ? 0 : 1)) return value;
    throw new Error(`--${name}: expected a whole number, got "${values[name]}"`);
  };
  const known = FORMATS.map(({ id }) => id);
  const formats = values.format?.split(',') ?? known;
  const unknown = formats.find((id) => !known.includes(id));
  if (unknown !== undefined) throw new Error(`--format: unknown format "${unknown}"; there are: ${known.join(', ')}`);
  return { runs: whole('runs'), seed: whole('seed'), formats, threads: whole('threads') };
}

/** Failures as they come: shown, written, counted. */
class Failures {
  count = 0;
  readonly #again = new Map<string, number>();

  add(found: FuzzCase, failure: { stage: string; message: string }, index: number): void {
    this.count++;
    const file = path.join(folder, `${found.format}-${failure.stage}-${index}.json`);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(file, `${JSON.stringify({ ...found, failure }, null, 2)}\n`);
    const lines = failure.message.split('\n').slice(0, 12).join('\n  ');
    console.log(
      `\r\u001b[K${found.format}: ${failure.stage}: ${lines}\n  in ${JSON.stringify(found.text.slice(0, 300))}`,
    );
    console.log(`  ${path.relative(process.cwd(), file)}\n`);
  }

  again(key: string): void {
    this.count++;
    this.#again.set(key, (this.#again.get(key) ?? 0) + 1);
  }

  printRest(): void {
    for (const [key, count] of this.#again) console.log(`${count} more of ${key}`);
  }
}

/** One stripe of the run, in threads one after the other where a document hangs. Resolves at its end. */
async function stripe(
  first: number,
  { runs, seed, formats, threads }: Options,
  failures: Failures,
  progress: Int32Array,
): Promise<void> {
  let from = first;
  while (from < runs) {
    Atomics.store(progress, 0, from);
    const workerData: FuzzTask = {
      seed,
      from,
      step: threads,
      to: runs,
      formats,
      budgetMilliseconds: BUDGET_MILLISECONDS,
      progress: progress.buffer as SharedArrayBuffer,
    };
    const worker = new Worker(path.join(__dirname, 'worker.js'), { workerData });
    worker.on('message', (report: FuzzReport) => {
      if ('again' in report) failures.again(report.again);
      else failures.add(report.found, report.failure, report.index);
    });
    const hung = await untilDoneOrHung(worker, progress);
    if (!hung) return;
    const at = Atomics.load(progress, 0);
    const message = `nothing came back for ${HANG_MILLISECONDS / 1000} s`;
    failures.add(fuzzCase(seed, at, formats), { stage: 'hang', message }, at);
    from = at + threads;
  }
}

/** @returns whether the thread had to be ended because it hung */
async function untilDoneOrHung(worker: Worker, progress: Int32Array): Promise<boolean> {
  let read = -1;
  let moved = Date.now();
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      const now = Atomics.load(progress, 1);
      if (now !== read) {
        read = now;
        moved = Date.now();
      } else if (Date.now() - moved > HANG_MILLISECONDS) {
        clearInterval(timer);
        void worker.terminate().then(() => resolve(true));
      }
    }, POLL_MILLISECONDS);
    worker.on('error', (error) => {
      clearInterval(timer);
      reject(error);
    });
    worker.on('exit', () => {
      clearInterval(timer);
      resolve(false);
    });
  });
}

async function main(): Promise<void> {
  const options = optionsOf();
  const failures = new Failures();
  fs.rmSync(folder, { recursive: true, force: true });
  const states = Array.from({ length: options.threads }, () => new Int32Array(new SharedArrayBuffer(8)));
  const began = Date.now();
  const read = (): number => states.reduce((sum, state) => sum + Atomics.load(state, 1), 0);
  const bar = process.stdout.isTTY
    ? setInterval(() => {
        const rate = read() / ((Date.now() - began) / 1000);
        const percent = Math.min(100, Math.floor((100 * read()) / options.runs));
        process.stdout.write(
          `\r${percent} % of ${options.runs} documents, ${rate.toFixed(0)} a second, ${failures.count} failures\u001b[K`,
        );
      }, 500)
    : undefined;
  await Promise.all(states.map((state, first) => stripe(first, options, failures, state)));
  clearInterval(bar);
  if (bar) process.stdout.write('\r\u001b[K');
  failures.printRest();
  const seconds = (Date.now() - began) / 1000;
  console.log(
    `${options.runs} documents over ${options.formats.length} formats in ${seconds.toFixed(0)} s ` +
      `(seed ${options.seed}): ${failures.count} failures`,
  );
  process.exitCode = failures.count > 0 ? 1 : 0;
}

main().catch((error: unknown) => {
  console.error(`fuzz: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
});
