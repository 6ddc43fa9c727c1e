/** The history as a file for other programs: CSV and JSON. */
import type { HistoryRecord } from './record.js';
import { countedRuns } from './runs.js';

/**
 * Columns in the names of `measure --json`. What belongs to the prediction says so: `predicted...` and `assumed...` are no
 * facts of the endpoint.
 */
const columns: readonly (readonly [name: string, of: (record: HistoryRecord) => unknown])[] = [
  ['at', (r) => r.at],
  ['folder', (r) => r.folder],
  ['file', (r) => r.file],
  ['conversation', (r) => r.conversation],
  ['replyTurn', (r) => r.replyTurn],
  ['requestHash', (r) => r.requestHash],
  ['model', (r) => r.model],
  ['endpoint', (r) => r.endpoint],
  ['endpointModel', (r) => r.endpointModel],
  ['provenance', (r) => r.measured.provenance],
  ['scope', (r) => r.measured.scope],
  ['meter', (r) => r.measured.meter],
  ['method', (r) => r.measured.method],
  ['joules', (r) => r.measured.joules],
  ['ci95', (r) => r.measured.ci95],
  ['n', (r) => r.measured.n],
  ['grossJoules', (r) => r.measured.grossJoules],
  ['idleWatts', (r) => r.measured.idleWatts],
  ['seconds', (r) => r.measured.seconds],
  ['tokensIn', (r) => r.measured.tokensIn],
  ['tokensOut', (r) => r.measured.tokensOut],
  ['tokensCached', (r) => r.measured.tokensCached],
  ['predictedJoules', (r) => r.predicted.joules],
  ['predictedLow90', (r) => r.predicted.interval90[0]],
  ['predictedHigh90', (r) => r.predicted.interval90[1]],
  ['ratio', (r) => r.ratio],
  ['profile', (r) => r.assumptions?.profile],
  ['assumedGpu', (r) => r.assumptions?.['gpu']],
  ['assumedGpus', (r) => r.assumptions?.['gpus']],
  ['assumedEngine', (r) => r.assumptions?.['engine']],
  ['assumedPrecision', (r) => r.assumptions?.['precision']],
  ['assumedBatch', (r) => batchText(r.assumptions?.['batch'])],
  ['keepCache', (r) => r.keepCache],
  [
    'runJoules',
    (r) =>
      countedRuns(r)
        .map(({ joules }) => joules)
        .join(' '),
  ],
  ['warningCount', (r) => r.warningCount],
  ['stopped', (r) => r.stopped],
  ['comparison', (r) => r.comparison?.id],
  ['side', (r) => r.comparison?.side],
  ['extensionVersion', (r) => r.extensionVersion],
  ['id', (r) => r.id],
];

const batchText = (batch: unknown): unknown => (Array.isArray(batch) ? batch.join('..') : batch);

/** Text that a spreadsheet would run as a formula gets an apostrophe before it: file names are not ours. */
const formula = /^[=+\-@\t\r]/;

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180: a heading, a line for each measurement, CRLF. Figures have all their digits and a decimal point. */
export function historyCsv(records: readonly HistoryRecord[]): string {
  const rows = records.map((record) => columns.map(([, of]) => cell(of(record))));
  return [columns.map(([name]) => name), ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}

/** `{ "measurements": [...] }`, each as it is kept. */
export function historyJson(records: readonly HistoryRecord[]): string {
  return `${JSON.stringify({ measurements: records }, null, 2)}\n`;
}
