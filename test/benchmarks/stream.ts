/** `annotate --stream` on long JSON Lines: throughput and memory, one thread beside one a core. */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { Row } from './figures.js';
import { time } from './figures.js';
import { seeded, turnText } from './transcripts.js';

/** What streamProcess.js prints. */
export interface StreamTimes {
  milliseconds: number;
  /** Of all its threads: says what the machine had to do, whatever else it did. */
  cpuMilliseconds: number;
  peakMb: number;
}

/** A part of the file that differs from line to line; longer files repeat it. */
const BLOCK_BYTES = 10_000_000;

function block(): string {
  const random = seeded(17);
  const lines: string[] = [];
  for (let size = 0; size < BLOCK_BYTES;) {
    const messages = Array.from({ length: 2 + Math.floor(random() * 5) }, (_, turn) => ({
      role: turn % 2 === 0 ? 'user' : 'assistant',
      content: turnText(random, 100 + random() * 900),
    }));
    const line = JSON.stringify({ messages });
    lines.push(line);
    size += line.length + 1;
  }
  return `${lines.join('\n')}\n`;
}

async function run(file: string, threads: number): Promise<StreamTimes> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    path.join(__dirname, 'streamProcess.js'),
    file,
    String(threads),
  ]);
  return JSON.parse(stdout) as StreamTimes;
}

async function streamOf(megabytes: readonly number[]): Promise<Row[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-bench-'));
  try {
    const rows: Row[] = [];
    const lines = block();
    const file = path.join(folder, 'rows.jsonl');
    let smallest: number | undefined;
    for (const size of megabytes) {
      fs.writeFileSync(file, '');
      for (let written = 0; written < size * 1e6; written += BLOCK_BYTES) fs.appendFileSync(file, lines);
      const bytes = fs.statSync(file).size;
      let alone = 0;
      for (const threads of [...new Set([1, os.availableParallelism()])]) {
        const { milliseconds, cpuMilliseconds, peakMb } = await run(file, threads);
        if (threads === 1) alone = cpuMilliseconds;
        const rate = (bytes / 1e6 / (milliseconds / 1000)).toFixed(1);
        // Each thread compiles the code for itself: what that adds does not grow with the file.
        const beside = threads === 1 ? '' : `, ${(cpuMilliseconds / alone).toFixed(2)} x that of one thread`;
        const cpu = `${time(cpuMilliseconds)} of CPU${beside}`;
        rows.push({
          what: `${size} MB: annotate --stream --threads ${threads}`,
          figure: `${time(milliseconds)} (${cpu}), ${rate} MB/s, peak ${Math.round(peakMb)} MB`,
        });
        if (threads === 1) continue;
        smallest ??= peakMb;
        if (peakMb === smallest) continue;
        rows.at(-1)!.ratio = { actual: peakMb / smallest, limit: 1.5, of: `memory to that of ${megabytes[0]} MB` };
      }
    }
    return rows;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

export const stream = (): Promise<Row[]> => streamOf([20, 100]);
/** Only when asked for by name: it takes minutes. */
export const streamGigabyte = (): Promise<Row[]> => streamOf([100, 1000]);
