/**
 * `annotate` in one warm process, beside tiktoken and beside its own tokenizer on the same decoded texts. The limit is to
 * tiktoken: reading and pricing may cost a little of what a usual tokenizer does, however fast ours becomes.
 */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { Row } from './figures.js';
import { time } from './figures.js';
import { sizes, transcript } from './transcripts.js';

/** What annotateProcess.js prints. */
export interface AnnotateTimes {
  annotateMs: number;
  tokenizerMs: number;
  /** tiktoken with the model's vocabulary. */
  tiktokenMs: number;
  peakMb: number;
}

/** Annotates 1 and 20 MB; each size in a process of its own, so that its peak memory is its own. */
export async function annotate(): Promise<Row[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-bench-'));
  try {
    const rows: Row[] = [];
    for (const name of ['1 MB', '20 MB'] as const) {
      const { json, texts } = transcript({ ...sizes[name], seed: 5 });
      const file = path.join(folder, 'transcript.json');
      const decoded = path.join(folder, 'texts.json');
      fs.writeFileSync(file, json);
      fs.writeFileSync(decoded, JSON.stringify(texts));
      const { stdout } = await promisify(execFile)(process.execPath, [
        path.join(__dirname, 'annotateProcess.js'),
        file,
        decoded,
      ]);
      const times = JSON.parse(stdout) as AnnotateTimes;
      const throughput = (fs.statSync(file).size / 1e6 / (times.annotateMs / 1000)).toFixed(1);
      rows.push({
        what: `${name}: joulelens annotate --json`,
        figure:
          `${time(times.annotateMs)}, ${throughput} MB/s; tiktoken alone ${time(times.tiktokenMs)}, its own tokenizer ` +
          `alone ${time(times.tokenizerMs)} (${(times.annotateMs / times.tokenizerMs).toFixed(2)} x)`,
        ratio: { actual: times.annotateMs / times.tiktokenMs, limit: 1.3, of: 'annotate to tiktoken' },
      });
      rows.push({ what: `${name}: peak memory of annotate`, figure: `${Math.round(times.peakMb)} MB` });
    }
    return rows;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
