import assert from 'node:assert/strict';
import type { HeldOut } from '../../../server/core/calibration/folds.js';
import { betweenNeighbours, calibratePerModel, series } from '../../../server/core/calibration/perModel.js';
import { readMeasurements } from '../../../server/core/calibration/rows.js';

/** A measured series with residuals of our own making. */
function made(residual: (batch: number) => number): HeldOut[] {
  const rows = readMeasurements().filter(
    (r) => r.source === 'mlenergy_v3' && r.model.endsWith('Llama-3.1-8B-Instruct'),
  );
  return rows.map((row) => ({
    row,
    prediction: { joulesPerToken: 1, interTokenSeconds: 1, replicaSecondsPerToken: 1 },
    logRatio: residual(row.batch),
  }));
}
const worst = (rows: readonly HeldOut[]): number => Math.max(...rows.map((r) => Math.abs(r.logRatio)));

describe('calibration to own rows', () => {
  it('finds a level and a growth beyond batch 64 from the other rows', () => {
    const rows = made((batch) => 0.2 + 0.05 * Math.max(0, Math.log(batch / 64)));
    for (const weighting of ['alike', 'near'] as const) {
      const found = calibratePerModel(rows, weighting);
      assert.equal(found.length, rows.length);
      assert.ok(worst(found) < 0.005, `${weighting} ${worst(found)}`);
      assert.ok(worst(calibratePerModel(rows, weighting, 3)) < 0.01);
    }
    const [first] = calibratePerModel(rows, 'alike');
    assert.ok(Math.abs(first!.prediction.joulesPerToken - Math.exp(0.2)) < 0.01);
  });

  it('never looks at the row that is left out', () => {
    const at = (changed: number): number[] =>
      (['alike', 'near'] as const).map((weighting) => {
        const rows = made((batch) => (batch > 120 && batch < 130 ? changed : 0.1));
        const row = calibratePerModel(rows, weighting).find((r) => r.row.batch > 120 && r.row.batch < 130);
        return row!.prediction.joulesPerToken;
      });
    assert.deepEqual(at(0.1), at(2));
  });

  it('is hardly moved by one bad row', () => {
    const rows = made((batch) => (batch < 9 ? 0.8 : 0.1));
    const others = calibratePerModel(rows, 'alike').filter((r) => r.row.batch > 9);
    assert.ok(worst(others) < 0.03, String(worst(others)));
  });

  it('leaves series of fewer than five rows alone', () => {
    assert.deepEqual(calibratePerModel(made(() => 0.1).slice(0, 4), 'alike'), []);
    assert.deepEqual(betweenNeighbours(made(() => 0.1).slice(0, 4)), []);
  });

  it('puts inner rows between their neighbours', () => {
    const rows = made((batch) => 0.1 * Math.log(batch));
    const between = betweenNeighbours(rows);
    assert.equal(between.length, rows.length - 2);
    assert.ok(worst(between) < 1e-9);
  });

  it('keeps models, tasks and GPU counts apart', () => {
    const held = readMeasurements().map((row) => ({ row }));
    for (const list of series(held)) {
      assert.equal(new Set(list.map(({ row }) => `${row.model}/${row.task}/${row.gpus}/${row.precision}`)).size, 1);
    }
  });
});
