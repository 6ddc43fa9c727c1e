/** What the history of measurements holds, and how it is written for others. Pure; the files are in `runtime/history`. */
export {
  HISTORY_VERSION,
  mergeRecords,
  readRecord,
  recordLine,
  type HistoryRecord,
  type HistoryRun,
  type UnplacedRecord,
} from './record.js';
export { countedRuns, shownJoules, shownRuns } from './runs.js';
export { figuresOf, type Figure } from './figures.js';
export { historyCsv, historyJson } from './exports.js';
