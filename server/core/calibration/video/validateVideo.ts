/** How good the video predictions are: recomputed from the measurements in the package. */
import type { VideoCoefficients } from '../../energy/video/coefficients.js';
import { PAPER_SWEEP_ERRORS } from '../../energy/video/paperModel.js';
import { totalOf, videoTerms } from '../../energy/video/physics.js';
import { percentOff, quantile } from '../metrics.js';
import { calibrateVideo, type VideoCalibration } from './calibrateVideo.js';
import { checkCoverage, checkSeveralGpus, leftOutModel } from './checkLeftOut.js';
import { checkCards, checkLtx, checkPaper, checkTable4, slopesOf } from './checkPublished.js';
import { oneGpuJoules } from './fit.js';
import { TABLE_4 } from './published.js';
import { readVideoMeasurements, sizeOf, type VideoCase } from './rows.js';
import type { LaboratoryPair, VideoGoal, VideoReport } from './videoReport.js';

/** Refits as it runs; a second or two. */
export function validateVideo(calibration: VideoCalibration = calibrateVideo(readVideoMeasurements())): VideoReport {
  const { cases, folds, coefficients } = calibration;
  const table4 = checkTable4(calibration);
  const leftOut = folds.map(leftOutModel);
  const withinModel = checkWithinModel(cases, coefficients);
  const coverage = checkCoverage(folds, table4);
  const paperPoints = checkPaper();
  const errors = leftOut.map((m) => m.errorPercent);
  const worst = Math.max(...leftOut.flatMap((m) => m.cases.map((c) => Math.abs(c.offPercent))));
  const worstPoint = Math.max(...paperPoints.map((p) => Math.abs(p.offPercent)));
  const worstWithin = Math.max(
    ...withinModel.filter((w) => w.what.startsWith('WAN-14B')).map((w) => Math.abs(w.offPercent)),
  );
  const worstTable = Math.max(...table4.map((t) => Math.abs(t.offPercent)));
  const worstUntold = Math.max(...table4.map((t) => Math.abs(t.untoldOffPercent)));
  const one = (value: number): string => value.toFixed(1);
  const goals: VideoGoal[] = [
    {
      what: "the paper's formula at its printed points",
      target: '<= 2 %',
      found: `${one(worstPoint)} at most`,
      isMet: worstPoint <= 2,
    },
    {
      what: 'within a model: WAN-14B 480p from 720p, and back',
      target: '<= 5 %',
      found: `${one(worstWithin)} at most`,
      isMet: worstWithin <= 5,
    },
    {
      what: 'leave one model out, seven transformers',
      target: 'median <= 8 %, worst <= 25 %',
      found: `${one(quantile(errors, 0.5))} / ${one(worst)}`,
      isMet: quantile(errors, 0.5) <= 8 && worst <= 25,
    },
    {
      what: 'Table 4, each of seven',
      target: '<= 10 %',
      found: `${one(worstTable)} at most, told that it was Diffusers; ${one(worstUntold)} told nothing`,
      isMet: worstTable <= 10 && worstUntold <= 10,
    },
    {
      what: '90 % intervals of left-out models, one GPU: coverage',
      target: 'reported with n',
      found: `${one(coverage[0]!.coveragePercent)} (n = ${coverage[0]!.n})`,
      isMet: true,
    },
  ];
  return {
    goals,
    paperPoints,
    paperSweepErrors: PAPER_SWEEP_ERRORS,
    slopes: slopesOf(coefficients),
    table4,
    ltxStages: checkLtx(cases, coefficients),
    withinModel,
    leftOut,
    laboratories: checkLaboratories(cases, coefficients),
    severalGpus: checkSeveralGpus(folds),
    cards: checkCards(coefficients),
    coverage,
  };
}

/** One size from the other's measurement and the ratio that the equation gives. */
function checkWithinModel(cases: readonly VideoCase[], { base }: VideoCoefficients): VideoReport['withinModel'] {
  const of = (height: number): VideoCase =>
    cases.find((c) => c.model === 'wan2.1-t2v-14b' && c.source === 'benchlab' && c.settings.height === height)!;
  const [small, large] = [of(480), of(720)];
  const ratio = oneGpuJoules(large, base) / oneGpuJoules(small, base);
  const table = TABLE_4.find((row) => row.model === 'wan2.1-t2v-1.3b')!.gpuWattHours * 3600;
  const smallWan = cases.find((c) => c.model === 'wan2.1-t2v-1.3b' && c.source === 'benchlab')!;
  const { arch } = smallWan.video;
  const clip = { width: 1280, height: 720, frames: 81 };
  const at720 = totalOf(videoTerms(arch, [{ grid: { frames: 21, perFrame: 3600 }, clip, steps: 50 }], 2, clip, base));
  return [
    { what: 'WAN-14B 720p from 480p', offPercent: percentOff(small.joules * ratio, large.joules) },
    { what: 'WAN-14B 480p from 720p', offPercent: percentOff(large.joules / ratio, small.joules) },
    {
      what: 'WAN-1.3B 720p (Table 4) from 480p',
      offPercent: percentOff((smallWan.joules * at720) / oneGpuJoules(smallWan, base), table),
    },
  ];
}

function checkLaboratories(cases: readonly VideoCase[], { base }: VideoCoefficients): LaboratoryPair[] {
  const one = cases.filter((c) => c.gpus === 1);
  return one
    .filter((c) => c.source === 'benchlab')
    .flatMap((c) => {
      const other = one.find((o) => o.source === 'mlenergy' && o.model === c.model && sizeOf(o) === sizeOf(c));
      if (other === undefined) return [];
      return [
        {
          model: c.model,
          benchlabJoules: c.joules,
          mlenergyJoules: other.joules,
          differencePercent: percentOff(c.joules, other.joules),
          afterFactorPercent: percentOff(c.joules * base.xditFactor, other.joules),
        },
      ];
    });
}
