import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calibrateVideo } from '../../../server/core/calibration/video/calibrateVideo.js';
import { oneGpuJoules } from '../../../server/core/calibration/video/fit.js';
import { readVideoMeasurements, videoCases } from '../../../server/core/calibration/video/rows.js';
import { VIDEO_COEFFICIENTS_FILE } from '../../../server/core/energy/video/coefficients.js';
import { videoCalibrationFiles } from '../../../scripts/calibrateVideo.js';

const root = join(__dirname, '..', '..', '..', '..');
const rows = readVideoMeasurements();

describe('measured clips', () => {
  it('are all rows of the two sources, each with a model of the catalogue', () => {
    assert.equal(rows.filter((r) => r.source === 'benchlab').length, 72);
    assert.equal(rows.filter((r) => r.source === 'mlenergy').length, 135);
    for (const row of rows) {
      const watts = row.joules / row.seconds / row.gpus;
      assert.ok(watts > 500 && watts < 710, `${row.model} ${watts}`);
    }
  });

  it('keep the steps that the WAN rows of benchlab state beside the 50 that ran, and both stages of LTX', () => {
    const wan = rows.filter((r) => r.source === 'benchlab' && r.model.startsWith('wan'));
    assert.equal(wan.length, 22);
    for (const row of wan) assert.deepEqual([row.settings.steps, row.statedSteps], [50, 60]);
    const ltx = rows.filter((r) => r.model === 'ltx-video-0.9.7');
    for (const row of ltx) assert.deepEqual([row.settings.steps, row.statedSteps], [40, 30]);
  });

  it('say that the energy of a clip does not depend on how many run at once, within 4 %', () => {
    const wan = rows.filter((r) => r.source === 'mlenergy' && r.model === 'wan2.1-t2v-1.3b' && r.gpus === 1);
    const joules = wan.map((r) => r.joules);
    assert.ok(wan.length >= 6 && Math.max(...joules) / Math.min(...joules) < 1.04);
  });

  it('and their constants are what npm run calibrate writes', async function () {
    this.timeout(60_000);
    for (const { file, content } of await videoCalibrationFiles(root)) {
      assert.equal(readFileSync(join(root, file), 'utf8'), content, `${file}: run npm run calibrate and commit`);
    }
  });
});

describe('calibration of the video equation', () => {
  const { cases, folds, coefficients, file } = calibrateVideo(rows);

  it('is what ships, and fits every transformer within 10 %', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(file)), VIDEO_COEFFICIENTS_FILE);
    for (const c of cases.filter((each) => each.gpus === 1)) {
      const off = Math.abs(oneGpuJoules(c, coefficients.base) / c.joules - 1);
      assert.ok(off < 0.1, `${c.model} ${c.source} ${off}`);
    }
  });

  it('leaves each of the seven transformer models out once, with every row of its own', () => {
    assert.equal(folds.length, 7);
    const held = folds.flatMap((f) => [...f.one, ...f.several]);
    assert.equal(held.length, videoCases(rows).filter((c) => c.model !== 'animatediff').length);
    for (const fold of folds) {
      for (const h of [...fold.one, ...fold.several]) assert.equal(h.case.model, fold.model);
      assert.notEqual(fold.base.attentionFlopJoules, coefficients.base.attentionFlopJoules);
    }
  });
});
