import assert from 'node:assert/strict';
import { readMeasurementFile } from '../../../server/core/calibration/endpoint/readMeasurements.js';
import { historyCsv, historyJson } from '../../../server/core/history/index.js';
import { historyRecord } from '../../support/history/records.js';

describe('an exported history as the calibration reads it', () => {
  const records = [historyRecord(), historyRecord({ id: 'two', at: '2026-05-05T10:00:00.000Z' })];

  it('as JSON gives each run, with its tokens and the model', () => {
    const { requests, problems } = readMeasurementFile('history.json', historyJson(records));
    assert.deepEqual(problems, []);
    assert.deepEqual(
      requests.map(({ joules, tokensIn, tokensOut, model, day }) => [joules, tokensIn, tokensOut, model, day]),
      records.flatMap(({ runs, at, model }) => runs.map(({ joules }) => [joules, 214, 327, model, at.slice(0, 10)])),
    );
  });

  it('as CSV gives each measurement, and takes none of its assumptions for facts', () => {
    const { requests, problems } = readMeasurementFile('history.csv', historyCsv(records));
    assert.deepEqual(problems, []);
    assert.deepEqual(
      requests.map(({ joules, repeats, scope, deployment, batch }) => [joules, repeats, scope, deployment, batch]),
      records.map(() => [52.3, 2, 'gpu-window', {}, undefined]),
    );
  });

  it('a simulated figure stays one', () => {
    const record = historyRecord();
    const simulated = {
      ...record,
      measured: { ...record.measured, provenance: 'simulated' as const },
      runs: record.runs.map((run) => ({ ...run, provenance: 'simulated' })),
    };
    for (const text of [historyCsv([simulated]), historyJson([simulated])]) {
      const { requests } = readMeasurementFile('history', text);
      assert.ok(requests.length > 0 && requests.every(({ provenance }) => provenance === 'simulated'));
    }
  });
});
