import assert from 'node:assert/strict';
import {
  demonstrate,
  demonstrationMarkdown,
  type Demonstration,
} from '../../server/core/calibration/endpoint/demonstration.js';
import { readMeasurements } from '../../server/core/calibration/rows.js';
import { COEFFICIENTS } from '../../server/core/energy/coefficients.js';

describe('calibration shown on the committed measurements', () => {
  let shown: Demonstration;
  before(function () {
    this.timeout(120_000);
    // Some dense models in place of all: the page itself is compared elsewhere.
    const rows = readMeasurements().filter(({ model }) => /Llama-3\.1-8B|Qwen3-8B|Qwen3-32B|gemma-3-12b/.test(model));
    shown = demonstrate(rows, COEFFICIENTS);
  });

  it('lowers the error of runs held back, with the interval that it claims', () => {
    const { before, after } = shown.all;
    assert.equal(before.n, after.n);
    assert.ok(after.mapePercent < before.mapePercent, `${after.mapePercent} ${before.mapePercent}`);
    assert.ok(after.coveragePercent > 80, String(after.coveragePercent));
    assert.ok(after.halfWidthPercent < before.halfWidthPercent);
  });

  it('mends a profile that names the wrong engine', () => {
    assert.ok(shown.wrongEngine.length > 0);
    for (const { before, after, model } of shown.wrongEngine) {
      assert.ok(after.mapePercent < before.mapePercent / 2, `${model} ${after.mapePercent} ${before.mapePercent}`);
    }
  });

  it('shows every series in its tables', () => {
    const text = demonstrationMarkdown(shown);
    for (const { model } of [...shown.series, ...shown.wrongEngine]) assert.ok(text.includes(`| ${model} |`), model);
    assert.doesNotMatch(text, /NaN|undefined|Infinity/);
    assert.deepEqual(shown.learning.map(({ runs }) => runs), [0, 2, 4, 6, 8]); // prettier-ignore
  });
});
