/** A history file's bytes as lines, and lines as records. A damaged line is one line: it costs no other. */
import { setImmediate as pause } from 'node:timers/promises';
import { mergeRecords, readRecord, type HistoryRecord } from '../../core/history/index.js';

const lineEnd = 0x0a;

/** One line of a file. Without a record it is torn, damaged or of a newer version: it is kept as it is. */
export interface HistoryLine {
  readonly bytes: Buffer;
  readonly record: HistoryRecord | null;
}

/** So many lines are read before others have their turn: some 10 ms. */
const linesAtOnce = 256;

/** The lines of a file that are not empty. */
export async function historyLines(bytes: Buffer): Promise<HistoryLine[]> {
  const lines: HistoryLine[] = [];
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(lineEnd, start);
    const end = found < 0 ? bytes.length : found;
    const line = bytes.subarray(start, end);
    const text = line.toString('utf8').trim();
    if (text !== '') lines.push({ bytes: line, record: readRecord(text) });
    start = end + 1;
    if (lines.length % linesAtOnce === 0) await pause();
  }
  return lines;
}

/** Each record once in the order of time, and the unreadable lines, each once. */
export function mergeLines(lines: readonly HistoryLine[]): { records: HistoryRecord[]; unreadable: Buffer[] } {
  const damaged = new Map<string, Buffer>();
  const records: HistoryRecord[] = [];
  for (const { bytes, record } of lines) {
    if (record) records.push(record);
    else damaged.set(bytes.toString('latin1'), bytes);
  }
  return { records: mergeRecords(records), unreadable: [...damaged.values()] };
}
