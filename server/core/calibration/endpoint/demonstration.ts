/**
 * What calibrating to one endpoint gains, shown on the committed measurements: each model's runs as if they were a
 * user's own, always judged on runs that were held back, from a general fit that never saw the architecture.
 */
import { BUILT_IN_PROFILES } from '../../data/index.js';
import { createCatalogue } from '../../energy/catalogue.js';
import type { Coefficients } from '../../energy/coefficients.js';
import type { Profile } from '../../energy/types.js';
import { errorWidths } from '../errorWidths.js';
import { leaveOut, type Fold } from '../folds.js';
import { mean } from '../../statistics/index.js';
import type { MeasuredRow } from '../rows.js';
import { calibrateEndpoint, figureOf, judged, type HeldBackRow, type Judged } from './calibrateEndpoint.js';
import type { MeasuredRequest } from './measuredRequests.js';
import { observe, type Observation } from './observations.js';
import { percent } from './report.js';

/** One model on one deployment. */
export interface DemonstratedSeries {
  readonly model: string;
  /** `2 x h100-sxm, bf16`. */
  readonly served: string;
  readonly before: Judged;
  readonly after: Judged;
}

/** Errors after so many runs of each series, on runs that none of these calibrations saw. */
export interface LearningStep {
  readonly runs: number;
  readonly judged: Judged;
}

export interface Demonstration {
  /** The right profile, an architecture that the general fit never saw. */
  readonly series: readonly DemonstratedSeries[];
  /** All of their rows together. */
  readonly all: { readonly before: Judged; readonly after: Judged };
  readonly learning: readonly LearningStep[];
  readonly learningSeries: number;
  /** Runs under vLLM 0.5.4 of 2024, under a profile that says vLLM 0.11. */
  readonly wrongEngine: readonly DemonstratedSeries[];
}

/** Rows that a series needs: to hold some back, and to learn from some and judge on the rest. */
const FEWEST_ROWS = 6;
const ROWS_TO_LEARN = 12;
const LEARNING_RUNS = [0, 2, 4, 6, 8];
/** Every third row is held back from all of learning. */
const LEARNING_THIRD = 3;

const catalogue = createCatalogue();

/** Deterministic; refits the general fit once per architecture. */
export function demonstrate(rows: readonly MeasuredRow[], coefficients: Coefficients): Demonstration {
  const v3 = rows.filter((row) => row.source === 'mlenergy_v3');
  const v2 = rows.filter((row) => row.source === 'mlenergy_v2');
  const folds = leaveOut(v3, (row) => row.group, coefficients);
  const unseen = folds.flatMap((fold) => {
    const general = {
      ...fold.coefficients,
      error: { ...coefficients.error, ...widthsOfOthers(fold, folds, coefficients) },
    };
    return seriesOf(fold.rows.map(({ row }) => row)).map((own) => observed(own, general));
  });
  const wrong = seriesOf(v2).map((own) =>
    observed(
      own.map((row) => ({ ...row, deployment: { ...row.deployment, engine: 'vllm-0.11' as const } })),
      coefficients,
    ),
  );
  const heldBack = unseen.map((each) => calibrateEndpoint(each).heldBack);
  const long = unseen.filter(({ length }) => length >= ROWS_TO_LEARN);
  return {
    series: unseen.map((each, i) => seriesResult(each, heldBack[i]!)),
    all: bothJudged(heldBack.flat()),
    learning: LEARNING_RUNS.map((runs) => ({ runs, judged: judged(long.flatMap((each) => learn(each, runs)), (row) => row.after) })), // prettier-ignore
    learningSeries: long.length,
    wrongEngine: wrong.map((each) => seriesResult(each, calibrateEndpoint(each).heldBack)),
  };
}

/** Runs of one model on one deployment. */
function seriesOf(rows: readonly MeasuredRow[]): MeasuredRow[][] {
  const byKey = new Map<string, MeasuredRow[]>();
  for (const row of rows) {
    const key = `${row.model} ${row.gpus} ${row.ep} ${row.precision}`;
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
  }
  return [...byKey.values()].filter(({ length }) => length >= FEWEST_ROWS);
}

/** Interval widths from the residuals of the other architectures. */
function widthsOfOthers(fold: Fold, folds: readonly Fold[], { error }: Coefficients) {
  const others = folds.filter((each) => each !== fold).flatMap(({ rows }) => rows);
  return errorWidths(
    others.map(({ row: { kind, group, batch, gpus }, logRatio }) => ({ kind, group, batch, gpus, logRatio })),
    error,
  );
}

function observed(rows: readonly MeasuredRow[], coefficients: Coefficients): Observation[] {
  const profile: Profile = { ...BUILT_IN_PROFILES[0]!, name: 'ours' };
  const { observations, problems } = observe(rows.map(requestOf), {
    profile,
    findModel: (id) => catalogue.find(id),
    coefficients,
  });
  if (problems.length > 0) throw new Error(problems[0]!.message);
  return observations;
}

function requestOf(row: MeasuredRow): MeasuredRequest {
  const { gpus, tp, ep, pp, engine, precision } = row.deployment;
  return {
    place: row.model,
    model: row.model,
    tokensIn: row.tokensIn,
    tokensCached: 0,
    tokensOut: row.tokensOut,
    joules: row.joulesPerToken * row.tokensOut,
    repeats: 1,
    batch: row.batch,
    deployment: { gpus, tp, ep, pp, engine, precision },
    provenance: 'measured',
    scope: 'gpu',
  };
}

const bothJudged = (rows: readonly HeldBackRow[]): { before: Judged; after: Judged } => ({
  before: judged(rows, (row) => row.before),
  after: judged(rows, (row) => row.after),
});

function seriesResult(observations: readonly Observation[], heldBack: readonly HeldBackRow[]): DemonstratedSeries {
  const { model, assumptions } = observations[0]!;
  const served = `${assumptions.gpus} x ${assumptions.gpu}, ${assumptions.precision}`;
  return { model: model.id, served, ...bothJudged(heldBack) };
}

/** Every third row by a calibration to `runs` of the others, spread over the batches. */
function learn(observations: readonly Observation[], runs: number): HeldBackRow[] {
  const sorted = [...observations].sort((a, b) => a.batch - b.batch);
  const own = sorted.filter((_, i) => i % LEARNING_THIRD === 1);
  const rest = sorted.filter((_, i) => i % LEARNING_THIRD !== 1);
  const spread = Array.from({ length: runs }, (_, i) => rest[Math.floor(((i + 0.5) * rest.length) / runs)]!);
  const calibration = runs === 0 ? undefined : calibrateEndpoint(spread).calibration;
  return own.map((observation) => ({
    observation,
    before: figureOf(observation),
    after: figureOf(observation, calibration),
  }));
}

/** The tables of docs/calibrating.md. */
export function demonstrationMarkdown(demonstration: Demonstration): string {
  const { series, all, learning, learningSeries, wrongEngine } = demonstration;
  const runs = series.reduce((sum, { after }) => sum + after.n, 0);
  return [
    '**An architecture that the general fit never saw, the right profile.** Each model that has six runs or more on one deployment, ' +
      `${series.length} series of ${runs} runs. Every run is predicted by a calibration that saw neither it nor its shape.`,
    seriesTable(series, all),
    `**How many runs it takes.** ${learningSeries} series of ${ROWS_TO_LEARN} runs or more; every third run of each is held back ` +
      'from all of this, and the calibration sees so many of the others, spread over the batches.',
    [
      '| Runs | mean error | median | in the 90 % interval | its half-width |',
      '| --- | --- | --- | --- | --- |',
      ...learning.map(({ runs: count, judged: one }) => `| ${count} | ${percent(one.mapePercent)} | ${percent(one.medianPercent)} | ${percent(one.coveragePercent)} | ±${percent(one.halfWidthPercent)} |`), // prettier-ignore
    ].join('\n'),
    '**A profile that names the wrong engine.** Runs under vLLM 0.5.4 of 2024, predicted under a profile that says vLLM 0.11. ' +
      'Here the general interval is wrong, as it cannot know; the calibrated one comes from the runs.',
    seriesTable(wrongEngine),
  ].join('\n\n');
}

function seriesTable(series: readonly DemonstratedSeries[], all?: { before: Judged; after: Judged }): string {
  const line = (name: string, served: string, before: Judged, after: Judged): string =>
    `| ${name} | ${served} | ${after.n} | ${percent(before.mapePercent)} | ${percent(after.mapePercent)} | ${percent(before.medianPercent)} | ${percent(after.medianPercent)} ` +
    `| ${percent(before.coveragePercent)} | ${percent(after.coveragePercent)} | ±${percent(before.halfWidthPercent)} | ±${percent(after.halfWidthPercent)} |`;
  const sum = all ?? {
    before: averaged(series.map(({ before }) => before)),
    after: averaged(series.map(({ after }) => after)),
  };
  return [
    '| Model | on | n | mean error without | calibrated | median without | calibrated | in the 90 % interval without | calibrated | half-width without | calibrated |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...series.map(({ model, served, before, after }) => line(model, served, before, after)),
    line(all === undefined ? '**mean of the series**' : '**all runs**', '', sum.before, sum.after),
  ].join('\n');
}

function averaged(all: readonly Judged[]): Judged {
  const of = (pick: (one: Judged) => number): number => mean(all.map(pick));
  return {
    n: all.reduce((sum, { n }) => sum + n, 0),
    mapePercent: of((one) => one.mapePercent),
    medianPercent: of((one) => one.medianPercent),
    p90Percent: of((one) => one.p90Percent),
    biasPercent: of((one) => one.biasPercent),
    coveragePercent: of((one) => one.coveragePercent),
    halfWidthPercent: of((one) => one.halfWidthPercent),
  };
}
