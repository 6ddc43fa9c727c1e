/** Everything that `joulelens validate` and docs/accuracy.md say, as data. Pure; refits take some ten seconds. */
import { loadCoreData } from '../data/index.js';
import { COEFFICIENTS, type Coefficients } from '../energy/coefficients.js';
import { BASELINES } from './baselines.js';
import { coverRows, summarizeCoverage, type CoveredRow, type CoverageSummary } from './coverage.js';
import { holdOut, leaveOut, type HeldOut } from './folds.js';
import { groupBootstrap, summarizeErrors, type ErrorSummary } from './metrics.js';
import { checkReplyLengths, type LengthCoverage } from './replyLengthCheck.js';
import { readMeasurements, type MeasuredRow } from './rows.js';
import { betweenNeighbours, calibratePerModel } from './perModel.js';
import { energyPairs, extrapolateBatch, heldOutBy, latencyPairs, olderEngine } from './splits.js';

/** One line of an error table. */
export interface ScoreLine {
  readonly name: string;
  readonly energy: ErrorSummary;
  /** Inter-token latency, where measured. */
  readonly latency?: ErrorSummary;
  /** 90 % of the median error by bootstrap over architectures. */
  readonly medianRange?: readonly [number, number];
}

export interface CoverageLine {
  readonly name: string;
  readonly summary: CoverageSummary;
}

export interface ValidationReport {
  /** Leave one architecture out, v3 rows. */
  readonly byClass: readonly ScoreLine[];
  readonly byArchitecture: readonly ScoreLine[];
  readonly inSample: ScoreLine;
  /** The same rows by other predictors, per class. */
  readonly baselines: readonly {
    readonly name: string;
    readonly source: string;
    readonly byClass: readonly ScoreLine[];
  }[];
  readonly otherSplits: readonly ScoreLine[];
  readonly olderEngine: readonly ScoreLine[];
  readonly olderEngineFactor: number;
  /** Two scalars of a series' own rows, the row left out. */
  readonly perModel: readonly ScoreLine[];
  /** The same with rows near in batch counting more. */
  readonly perModelNear: readonly ScoreLine[];
  /** The same with more left out, and what the rows' own repeatability allows. */
  readonly perModelBounds: readonly ScoreLine[];
  readonly coverage: readonly CoverageLine[];
  readonly replyLengths: readonly LengthCoverage[];
  /** For plots. */
  readonly heldOut: readonly CoveredRow[];
}

/** Classes of the tables, each with its test. A row may be in several. */
export const CLASSES: readonly { readonly name: string; readonly has: (row: MeasuredRow) => boolean }[] = [
  { name: 'all', has: () => true },
  { name: 'dense bf16', has: (row) => row.kind === 'dense' && row.precision === 'bf16' },
  { name: 'hybrid (Mamba) bf16', has: (row) => row.kind === 'hybrid' },
  { name: 'MoE', has: (row) => row.kind === 'moe' },
  { name: 'MoE bf16', has: (row) => row.kind === 'moe' && row.precision === 'bf16' },
  { name: 'FP8', has: (row) => row.precision === 'fp8' },
  { name: 'mxfp4 (no other row of this precision)', has: (row) => row.precision === 'mxfp4' },
];

/** Runs every test. */
export function validate(
  coefficients: Coefficients = COEFFICIENTS,
  rows: readonly MeasuredRow[] = readMeasurements(),
): ValidationReport {
  const v3 = rows.filter((row) => row.source === 'mlenergy_v3');
  const v2 = rows.filter((row) => row.source === 'mlenergy_v2');
  const folds = leaveOut(v3, (row) => row.group, coefficients);
  const held = folds.flatMap((fold) => fold.rows);
  const batches = extrapolateBatch(v3, coefficients);
  const older = olderEngine(v2, coefficients);
  const covered = coverRows(held, coefficients);
  const line = (name: string, part: readonly HeldOut[]): ScoreLine => ({
    name,
    energy: summarizeErrors(energyPairs(part)),
    latency: summarizeErrors(latencyPairs(part)),
    medianRange: groupBootstrap(
      part,
      (h) => h.row.group,
      (sample) => summarizeErrors(energyPairs(sample)).medianPercent,
    ),
  });
  const perClass = (part: readonly HeldOut[]): ScoreLine[] =>
    CLASSES.map(({ name, has }) =>
      line(
        name,
        part.filter((h) => has(h.row)),
      ),
    ).filter((l) => l.energy.n > 0);
  return {
    byClass: perClass(held),
    byArchitecture: folds.map((fold) => line(fold.leftOut, fold.rows)),
    inSample: line('in sample', holdOut(v3, coefficients)),
    baselines: BASELINES.map(({ name, source, joulesPerToken }) => ({
      name,
      source,
      byClass: CLASSES.map((c) => ({
        name: c.name,
        energy: summarizeErrors(
          v3.filter(c.has).map((row) => ({ predicted: joulesPerToken(row), measured: row.joulesPerToken })),
        ),
      })),
    })),
    otherSplits: [
      line(
        'leave one laboratory out',
        heldOutBy(v3, (row) => row.model.split('/')[0]!, coefficients),
      ),
      line(
        'leave one task out',
        heldOutBy(v3, (row) => row.task, coefficients),
      ),
      line(
        'leave a number of GPUs out',
        heldOutBy(v3, (row) => String(row.gpus), coefficients),
      ),
      line(
        'leave a precision out',
        heldOutBy(v3, (row) => row.precision, coefficients),
      ),
      line('fitted on batch <= 64, judged above', batches.up),
      line('fitted on batch > 64, judged below', batches.down),
    ],
    olderEngine: [
      line('one factor', older.oneFactor),
      line('factor from other architectures', older.factorOfOthers),
      line('no factor', older.untouched),
    ],
    olderEngineFactor: older.factor,
    perModel: perClass(calibratePerModel(held, 'alike')),
    perModelNear: perClass(calibratePerModel(held, 'near')),
    perModelBounds: [
      line('two scalars, every third row left out', calibratePerModel(held, 'alike', 3)),
      line('near rows more, every third row left out', calibratePerModel(held, 'near', 3)),
      line('between the two rows next to it', betweenNeighbours(held)),
    ],
    coverage: CLASSES.map(({ name, has }) => ({ name, rows: covered.filter((c) => has(c.held.row)) }))
      .filter(({ rows: part }) => part.length > 0)
      .map(({ name, rows: part }) => ({ name, summary: summarizeCoverage(part) })),
    replyLengths: checkReplyLengths(loadCoreData().lengths),
    heldOut: covered,
  };
}
