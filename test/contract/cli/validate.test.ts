import assert from 'node:assert/strict';
import { readMeasurements } from '../../../server/core/calibration/rows.js';
import type { VideoReport } from '../../../server/core/calibration/video/videoReport.js';
import { runCli } from '../../support/cli.js';

interface Papers {
  readonly papers: readonly { readonly title: string; readonly rows: readonly { readonly predicted: number }[] }[];
}

interface Validation {
  readonly goals: readonly { readonly what: string; readonly isMet: boolean }[];
  readonly byClass: readonly {
    readonly name: string;
    readonly energy: { readonly n: number; readonly medianPercent: number };
  }[];
  readonly rows: readonly { readonly measuredJoulesPerToken: number; readonly interval90: readonly [number, number] }[];
}

describe('joulelens validate', () => {
  it("--papers sets the papers' figures beside the model's", async () => {
    const { code, stdout, stderr } = await runCli(['validate', '--papers', '--json']);
    assert.equal(code, 0, stderr);
    const { papers } = JSON.parse(stdout) as Papers;
    assert.ok(papers.length >= 6);
    for (const row of papers.flatMap((p) => p.rows)) assert.ok(Number.isFinite(row.predicted) && row.predicted > 0);
  });

  it('refits and judges every row out of sample, beside other predictors', async function () {
    this.timeout(180_000);
    const { code, stdout, stderr } = await runCli(['validate', '--json']);
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout) as Validation;
    const rows = readMeasurements().filter((row) => row.source === 'mlenergy_v3');
    assert.equal(report.rows.length, rows.length);
    const all = report.byClass.find((line) => line.name === 'all')!;
    assert.equal(all.energy.n, rows.length);
    // The table is of the rows that come with it.
    const inside = report.rows.filter(
      (r) => r.interval90[0] <= r.measuredJoulesPerToken && r.measuredJoulesPerToken <= r.interval90[1],
    );
    assert.ok(inside.length > 0.85 * rows.length && inside.length < 0.97 * rows.length, String(inside.length));
    assert.ok(report.goals.find((goal) => goal.what.startsWith('all v3 rows'))!.isMet);
  });

  it('--video leaves each model out and meets what was asked, figure by figure', async function () {
    this.timeout(60_000);
    const { code, stdout, stderr } = await runCli(['validate', '--video', '--json']);
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout) as VideoReport;
    assert.equal(report.leftOut.length, 7);
    assert.equal(report.table4.length, 7);
    for (const goal of report.goals) assert.ok(goal.isMet, `${goal.what}: ${goal.found}`);
    for (const row of report.table4) assert.ok(Math.abs(row.offPercent) <= 10, row.model);
    const worst = Math.max(...report.leftOut.flatMap((m) => m.cases.map((c) => Math.abs(c.offPercent))));
    assert.ok(worst <= 25);
    const words = await runCli(['validate', '--video']);
    assert.match(words.stdout, /## The two laboratories against each other/);
    assert.match(words.stdout, /quoted here/);
    assert.equal((await runCli(['validate', '--video', '--papers'])).code, 2);
  });

  it('refuses a file in one line, exit code 2', async () => {
    const { code, stdout, stderr } = await runCli(['validate', 'rows.csv']);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^joulelens: validate takes no FILE, got "rows.csv"/);
  });
});
