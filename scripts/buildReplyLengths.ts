/**
 * Writes server/core/data/outputLengths.json from data/output_lengths.csv and data/thank_you_lengths.csv.
 * Run after either changes: `tsc -b && node out/scripts/buildReplyLengths.js`. A test holds that the file is current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

/** Rows of a comma-separated file without quoting, by column name. */
function readCsv(path: string): Record<string, string>[] {
  const [head, ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const columns = head!.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    if (cells.length !== columns.length) throw new Error(`${path}: ${cells.length} cells in: ${line}`);
    return Object.fromEntries(columns.map((column, i) => [column, cells[i]!]));
  });
}

const QUANTILES = ['p05', 'p10', 'p25', 'p50', 'p75', 'p90', 'p95'];

/** The content of outputLengths.json. @param folder The repository's data folder. */
export function replyLengthsJson(folder: string = join(root, 'data')): unknown {
  const thanks = readCsv(join(folder, 'thank_you_lengths.csv'));
  const withSpread = thanks.filter((row) => row.sd_tokens !== '');
  return {
    source: 'ML.ENERGY leaderboard, 50-bin histograms of reply length (quantiles); see provenance of each row',
    rows: readCsv(join(folder, 'output_lengths.csv')).map((row) => ({
      task: row.task,
      model: row.model,
      n: Number(row.n),
      quantiles: QUANTILES.map((name) => Number(row[name])),
      provenance: row.provenance,
    })),
    thanks: {
      source: 'Replies to a closing "Thank you!" after UltraChat conversations, greedy, at most 256 tokens',
      spreadOverMean: Number(
        (
          withSpread.reduce((sum, row) => sum + Number(row.sd_tokens) / Number(row.mean_tokens), 0) / withSpread.length
        ).toFixed(3),
      ),
      rows: thanks.map((row) => ({ model: row.model, mean: Number(row.mean_tokens), provenance: row.provenance })),
    },
  };
}

if (require.main === module) {
  const target = join(root, 'server', 'core', 'data', 'outputLengths.json');
  writeFileSync(target, `${JSON.stringify(replyLengthsJson(), null, 1)}\n`);
}
