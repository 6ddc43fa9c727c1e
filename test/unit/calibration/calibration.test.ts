import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BASELINES } from '../../../server/core/calibration/baselines.js';
import { errorWidths } from '../../../server/core/calibration/errorWidths.js';
import { predictRow } from '../../../server/core/calibration/fit.js';
import {
  coveragePercent,
  groupBootstrap,
  intervalScore,
  quantile,
  summarizeErrors,
} from '../../../server/core/calibration/metrics.js';
import { reproducePapers } from '../../../server/core/calibration/papers.js';
import { FITTED_PARAMETERS, parameterValues, withParameters } from '../../../server/core/calibration/parameters.js';
import { readMeasurements } from '../../../server/core/calibration/rows.js';
import { COEFFICIENTS, COEFFICIENTS_FILE } from '../../../server/core/energy/coefficients.js';

const rows = readMeasurements();

describe('measurements', () => {
  it('hold 217 rows of the current engine and 134 of the older one, each with an architecture that is served', () => {
    assert.equal(rows.filter((r) => r.source === 'mlenergy_v3').length, 217);
    assert.equal(rows.filter((r) => r.source === 'mlenergy_v2').length, 134);
    for (const row of rows) {
      assert.ok(row.joulesPerToken > 0 && row.tokensPerSecond > 0);
      assert.ok(predictRow(row, COEFFICIENTS).joulesPerToken > 0, row.model);
    }
  });
});

describe('shipped constants', () => {
  it('are positive, within their stated ranges, with unit and source', () => {
    const groups = [
      COEFFICIENTS_FILE.base,
      COEFFICIENTS_FILE.error,
      ...Object.values(COEFFICIENTS_FILE.precisions),
      ...Object.values(COEFFICIENTS_FILE.engines).map((e) => e.coefficients),
    ];
    for (const [name, c] of groups.flatMap((g) => Object.entries(g))) {
      assert.ok(c.value >= 0, name);
      assert.ok(c.range[0] <= c.value && c.value <= c.range[1], `${name} ${c.value} ${c.range.join()}`);
      assert.ok(c.unit.length > 0 && c.source.length > 0, name);
    }
  });

  it('fit the rows they were fitted on: median under 6 %, no bias beyond 3 %', () => {
    const summary = summarizeErrors(
      rows
        .filter((r) => r.source === 'mlenergy_v3')
        .map((r) => ({ predicted: predictRow(r, COEFFICIENTS).joulesPerToken, measured: r.joulesPerToken })),
    );
    assert.ok(summary.medianPercent < 6, String(summary.medianPercent));
    assert.ok(Math.abs(summary.biasPercent) < 3, String(summary.biasPercent));
  });

  it('beat every baseline on the same rows by a wide margin', () => {
    const v3 = rows.filter((r) => r.source === 'mlenergy_v3');
    for (const baseline of BASELINES) {
      const summary = summarizeErrors(
        v3.map((r) => ({ predicted: baseline.joulesPerToken(r), measured: r.joulesPerToken })),
      );
      assert.ok(summary.medianPercent > 30, baseline.name);
    }
  });

  it('reproduce the thank-you turn: Llama-3.1-8B within 10 %, the other six within 20 %', () => {
    const [thanks] = reproducePapers(COEFFICIENTS);
    for (const row of thanks!.rows) {
      const off = Math.abs(row.predicted / row.published! - 1);
      assert.ok(off < (row.what.includes('Llama') ? 0.1 : 0.2), `${row.what} ${off}`);
    }
  });

  it('follow the published order of precisions by phase', () => {
    const rowsOf = reproducePapers(COEFFICIENTS).find((s) => s.title.startsWith('Precision'))!.rows;
    const at = (what: string): number => rowsOf.find((r) => r.what.startsWith(what))!.predicted;
    assert.ok(at('prefill, FP32 over bf16') > 3 && at('prefill, FP32 over bf16') < 5);
    assert.ok(at('decode, bf16 over FP32') > 0.7 && at('decode, bf16 over FP32') < 1.1);
    assert.ok(at('decode, int8') > 2 && at('decode, int8') < 3);
    assert.ok(at('decode, int4') > 0.8 && at('decode, int4') < 1.3);
  });

  it('show the U of static batches: decode energy per request is least at batch 4', () => {
    const section = reproducePapers(COEFFICIENTS).find((s) => s.title.startsWith('Static'))!;
    const decode = section.rows.filter((r) => r.what.endsWith('decode')).map((r) => r.predicted);
    assert.equal(decode.indexOf(Math.min(...decode)), 2);
    assert.ok(decode[4]! > decode[2]! * 1.05);
  });
});

describe('parameters', () => {
  it('round-trip through coefficients', () => {
    const doubled = parameterValues(COEFFICIENTS).map((v) => v * 2);
    assert.deepEqual(parameterValues(withParameters(COEFFICIENTS, doubled)), doubled);
    assert.equal(
      new Set(FITTED_PARAMETERS.map((p) => `${p.place.kind} ${p.place.name}`)).size,
      FITTED_PARAMETERS.length,
    );
  });
});

describe('metrics', () => {
  it('summarize known errors', () => {
    const s = summarizeErrors([
      { predicted: 1.1, measured: 1 },
      { predicted: 0.8, measured: 1 },
      { predicted: 1, measured: 1 },
    ]);
    assert.ok(Math.abs(s.mapePercent - 10) < 1e-9);
    assert.ok(Math.abs(s.medianPercent - 10) < 1e-9);
    assert.equal(s.n, 3);
  });

  it('quantiles lie between order statistics and do not fall', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, p, q) => {
          const [a, b] = [quantile(values, Math.min(p, q)), quantile(values, Math.max(p, q))];
          assert.ok(a <= b + 1e-6 && a >= Math.min(...values) && b <= Math.max(...values));
        },
      ),
    );
  });

  it('score intervals: a miss costs more than width', () => {
    const held = [{ lo: 1, hi: 2, measured: 1.5 }];
    const missed = [{ lo: 1, hi: 2, measured: 3 }];
    assert.equal(coveragePercent(held), 100);
    assert.equal(coveragePercent(missed), 0);
    assert.ok(Math.abs(intervalScore(held) - Math.log(2)) < 1e-12);
    assert.ok(intervalScore(missed) > intervalScore(held) + 8);
  });

  it('bootstrap whole groups, the same each time', () => {
    const items = [1, 1, 1, 5].map((value, i) => ({ value, group: i < 3 ? 'a' : 'b' }));
    const run = () =>
      groupBootstrap(
        items,
        (x) => x.group,
        (sample) => sample.reduce((sum, x) => sum + x.value, 0) / sample.length,
      );
    assert.deepEqual(run(), run());
    assert.deepEqual(run(), [1, 5]);
  });

  it('widths hold 90 % of their own residuals and grow with them', () => {
    const residuals = (scale: number) =>
      (['dense', 'hybrid', 'moe'] as const).flatMap((kind) =>
        Array.from({ length: 60 }, (_, i) => ({
          kind,
          group: `${kind} ${i % 4}`,
          batch: 32,
          gpus: 1,
          logRatio: scale * Math.sin(i * 12.9898) * (1 + (i % 4)),
        })),
      );
    const shape = { moeBatchExponent: 0.15, moeGpuExponent: 0.15 };
    const [narrow, wide] = [errorWidths(residuals(0.01), shape), errorWidths(residuals(0.05), shape)];
    assert.ok(Math.abs(wide.denseSigma / narrow.denseSigma - 5) < 1e-9);
    const held = residuals(0.01).filter((r) => r.kind === 'moe' && Math.abs(r.logRatio) <= 1.6449 * narrow.moeSigma);
    assert.ok(held.length >= 52);
  });
});
