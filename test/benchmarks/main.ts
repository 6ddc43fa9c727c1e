/** Runs the benchmarks and prints one table; exits with 1 when a ratio is not kept. Names as arguments choose some. */
import { annotate } from './annotate.js';
import type { Row } from './figures.js';
import { formats } from './formats.js';
import { gateway } from './gateway.js';
import { hoverWhileCounting } from './hoverWhileCounting.js';
import { openAndEdit } from './openAndEdit.js';
import { predictRows } from './predictRows.js';
import { stream, streamGigabyte } from './stream.js';
import { tokenEdit } from './tokenEdit.js';
import { tokenSpeed } from './tokenSpeed.js';

const benchmarks: Record<string, () => Promise<Row[]>> = {
  openAndEdit,
  annotate,
  hoverWhileCounting,
  predictRows,
  tokenEdit,
  tokenSpeed,
  formats,
  stream,
  gateway,
};
/** Only when named. */
const long: typeof benchmarks = { streamGigabyte };

function ratioText({ ratio }: Row): string {
  if (!ratio) return '';
  const small = ratio.actual === 0 ? '0' : `1/${(1 / ratio.actual).toFixed(0)}`;
  const digits = ratio.limit < 0.1 ? small : ratio.actual.toFixed(2);
  const limit = ratio.limit < 0.1 ? `1/${(1 / ratio.limit).toFixed(0)}` : String(Number(ratio.limit.toPrecision(3)));
  return `${digits} (at most ${limit}) ${ratio.of}${ratio.actual <= ratio.limit ? '' : '  <-- NOT KEPT'}`;
}

function print(rows: readonly Row[]): void {
  const width = (of: (row: Row) => string): number => Math.max(...rows.map((row) => of(row).length));
  const [first, second] = [width(({ what }) => what), width(({ figure }) => figure)];
  for (const row of rows) {
    console.log(`${row.what.padEnd(first)}  ${row.figure.padEnd(second)}  ${ratioText(row)}`.trimEnd());
  }
}

async function main(): Promise<void> {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benchmarks);
  let kept = true;
  for (const name of names) {
    const benchmark = benchmarks[name] ?? long[name];
    if (!benchmark)
      throw new Error(`unknown benchmark ${name}; there are: ${Object.keys({ ...benchmarks, ...long }).join(', ')}`);
    const rows = await benchmark();
    print(rows);
    console.log('');
    kept &&= rows.every(({ ratio }) => !ratio || ratio.actual <= ratio.limit);
  }
  process.exitCode = kept ? 0 : 1;
}

void main();
