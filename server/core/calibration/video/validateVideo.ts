/** How good the video predictions are: recomputed from the measurements in the package. */
import { gpuById } from '../../energy/gpus.js';
import { createVideoCatalogue, type VideoModel } from '../../energy/video/catalogue.js';
import type { VideoCoefficients } from '../../energy/video/coefficients.js';
import {
  paperEnergy,
  paperFlops,
  paperTokens,
  paperWan,
  PAPER_PEAK,
  PAPER_SWEEP_ERRORS,
} from '../../energy/video/paperModel.js';
import { parallelFactor, totalOf, unknownSplitFactor, videoTerms } from '../../energy/video/physics.js';
import { continuousGrid } from '../../energy/video/plan.js';
import { predictClip } from '../../energy/video/predictVideo.js';
import { parallelScale, t95 } from '../../energy/video/videoInterval.js';
import { coveragePercent, mean, quantile, type IntervalPair } from '../metrics.js';
import { calibrateVideo, fitBase, type VideoCalibration, type VideoFold, type VideoHeldOut } from './calibrateVideo.js';
import { oneGpuJoules } from './fit.js';
import { CARD_SECONDS, LTX_STAGE_JOULES, PAPER_POINTS, TABLE_4 } from './published.js';
import { readVideoMeasurements, type VideoCase, type VideoSource } from './rows.js';

/** A printed figure and ours. */
export interface PaperPoint {
  readonly what: string;
  readonly unit: string;
  readonly printed: number;
  readonly formula: number;
  readonly offPercent: number;
}

/** A row of Table 4 beside every way of predicting it. Percent are of the measured watt-hours. */
export interface Table4Check {
  readonly model: string;
  readonly measuredWattHours: number;
  readonly formulaWattHours: number | null;
  /** Told that it was Diffusers; rows of the model at these or other settings are in the calibration. */
  readonly wattHours: number;
  readonly offPercent: number;
  /** Told nothing of the software. */
  readonly untoldOffPercent: number;
  /** The model left out of the fit, Diffusers. */
  readonly leftOutOffPercent: number;
  readonly interval90WattHours: readonly [number, number];
  readonly measuredSeconds: number;
  readonly seconds: number;
}

export interface LeftOutModel {
  readonly model: string;
  readonly cases: readonly {
    readonly source: VideoSource;
    readonly size: string;
    readonly measuredJoules: number;
    readonly predictedJoules: number;
    readonly offPercent: number;
  }[];
  /** Mean of the absolute errors of its cases, told the software. */
  readonly errorPercent: number;
  /** The same, told nothing of the software. */
  readonly untoldErrorPercent: number;
}

export interface VideoCoverage {
  readonly name: string;
  readonly n: number;
  readonly coveragePercent: number;
  readonly medianHalfWidthPercent: number;
}

export interface LaboratoryPair {
  readonly model: string;
  readonly benchlabJoules: number;
  readonly mlenergyJoules: number;
  /** Benchlab over ML.ENERGY, minus one. */
  readonly differencePercent: number;
  /** The same after the software's one factor. */
  readonly afterFactorPercent: number;
}

export interface SeveralGpus {
  readonly gpus: number;
  readonly n: number;
  /** Of the model left out, told the split of the sequence. */
  readonly medianPercent: number;
  readonly worstPercent: number;
  /** The same, told only the number of GPUs. */
  readonly untoldMedianPercent: number;
  readonly untoldWorstPercent: number;
}

/** Seconds that a model's card states, and ours. */
export interface CardCheck {
  readonly model: string;
  readonly gpu: string;
  readonly statedSeconds: number;
  readonly seconds: number;
  readonly offPercent: number;
}

export interface VideoGoal {
  readonly what: string;
  readonly target: string;
  readonly found: string;
  readonly isMet: boolean;
}

export interface VideoReport {
  readonly goals: readonly VideoGoal[];
  readonly paperPoints: readonly PaperPoint[];
  readonly paperSweepErrors: typeof PAPER_SWEEP_ERRORS;
  /** Local slope of log energy in log latent tokens, WAN2.1-T2V-1.3B. */
  readonly slopes: readonly {
    readonly size: string;
    readonly tokens: number;
    readonly formula: number;
    readonly ours: number;
  }[];
  readonly table4: readonly Table4Check[];
  readonly ltxStages: readonly {
    readonly stage: string;
    readonly measuredJoules: number;
    readonly predictedJoules: number;
    readonly offPercent: number;
  }[];
  readonly withinModel: readonly { readonly what: string; readonly offPercent: number }[];
  readonly leftOut: readonly LeftOutModel[];
  readonly laboratories: readonly LaboratoryPair[];
  readonly severalGpus: readonly SeveralGpus[];
  readonly cards: readonly CardCheck[];
  readonly coverage: readonly VideoCoverage[];
}

const percent = (predicted: number, measured: number): number => 100 * (predicted / measured - 1);
const sizeOf = ({ settings: s }: VideoCase): string => `${s.width} x ${s.height} x ${s.frames}`;

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
    severalGpus: [2, 4, 8].map((gpus) => {
      const off: number[] = [];
      const untold: number[] = [];
      for (const f of folds) {
        for (const h of f.several.filter((held) => held.case.gpus === gpus)) {
          off.push(Math.abs(percent(h.predictedJoules, h.case.joules)));
          untold.push(Math.abs(percent(splitUntold(h, f).joules, h.case.joules)));
        }
      }
      return {
        gpus,
        n: off.length,
        medianPercent: quantile(off, 0.5),
        worstPercent: Math.max(...off),
        untoldMedianPercent: quantile(untold, 0.5),
        untoldWorstPercent: Math.max(...untold),
      };
    }),
    cards: CARD_SECONDS.map(({ model, gpu, seconds: stated }) => {
      const { seconds } = predictClip(modelOf(model), { gpu }, coefficients);
      return { model, gpu, statedSeconds: stated, seconds, offPercent: percent(seconds, stated) };
    }),
    coverage,
  };
}

function modelOf(id: string): VideoModel {
  const match = createVideoCatalogue().find(id);
  if (!match.ok) throw new Error(match.error);
  return match.model;
}

const wanSmall = (): VideoModel => modelOf('wan2.1-t2v-1.3b');

function checkPaper(): PaperPoint[] {
  const c = paperWan(wanSmall().arch);
  const clip = { width: 1280, height: 720, frames: 81 };
  const tokens = paperTokens(c, clip);
  const { seconds, gpuWattHours } = paperEnergy(paperFlops(c, tokens, 50, 2, clip).total);
  const balance = PAPER_PEAK / gpuById('h100-sxm').bandwidthBytesPerSecond;
  const point = (what: string, unit: string, printed: number, formula: number): PaperPoint => ({
    what,
    unit,
    printed,
    formula,
    offPercent: percent(formula, printed),
  });
  return [
    point('latent tokens, 1280 x 720, 81 frames', '', PAPER_POINTS.latentTokens, tokens),
    point('seconds, 50 steps (printed: measured)', 's', PAPER_POINTS.seconds, seconds),
    point('GPU energy, 50 steps (printed: measured)', 'Wh', PAPER_POINTS.gpuWattHours, gpuWattHours),
    point('tokens from which attention is bound by arithmetic', '', PAPER_POINTS.attentionBoundTokens, balance),
    point('tokens from which projections are', '', PAPER_POINTS.projectionBoundTokens, 2 * balance),
  ];
}

function slopesOf({ base }: VideoCoefficients): VideoReport['slopes'] {
  const { arch } = wanSmall();
  const c = paperWan(arch);
  return [
    [256, 256],
    [832, 480],
    [1280, 720],
    [1920, 1088],
    [3520, 1984],
  ].map(([width, height]) => {
    const clip = { width: width!, height: height!, frames: 81 };
    const at = (k: number) => ({ ...clip, width: clip.width * k });
    const slope = (of: (k: number) => number): number => Math.log(of(1.001) / of(1 / 1.001)) / Math.log(1.001 ** 2);
    return {
      size: `${width} x ${height}`,
      tokens: Math.round(paperTokens(c, clip)),
      formula: slope((k) => paperFlops(c, paperTokens(c, at(k)), 50, 2, at(k)).total),
      ours: slope((k) =>
        totalOf(videoTerms(arch, [{ grid: continuousGrid(arch, at(k)), clip: at(k), steps: 50 }], 2, at(k), base)),
      ),
    };
  });
}

function checkTable4({ cases, coefficients }: VideoCalibration): Table4Check[] {
  return TABLE_4.map((row) => {
    const model = modelOf(row.model);
    const { width, height, frames, steps } = row;
    const asked = { width, height, frames, steps };
    const told = predictClip(model, { ...asked, engine: 'diffusers' }, coefficients);
    const untold = predictClip(model, asked, coefficients);
    const without = { ...coefficients, base: fitBase(cases.filter((c) => c.model !== row.model)), ownFactors: {} };
    const leftOut = predictClip(model, { ...asked, engine: 'diffusers' }, without);
    return {
      model: row.model,
      measuredWattHours: row.gpuWattHours,
      formulaWattHours: told.paperGpuWattHours,
      wattHours: told.gpuWattHours,
      offPercent: percent(told.gpuWattHours, row.gpuWattHours),
      untoldOffPercent: percent(untold.gpuWattHours, row.gpuWattHours),
      leftOutOffPercent: percent(leftOut.gpuWattHours, row.gpuWattHours),
      interval90WattHours: [untold.interval90[0] / 3600, untold.interval90[1] / 3600],
      measuredSeconds: row.seconds,
      seconds: told.seconds,
    };
  });
}

/** The stages of LTX-Video apart: the fit saw their sum alone. */
function checkLtx(cases: readonly VideoCase[], { base }: VideoCoefficients): VideoReport['ltxStages'] {
  const ltx = cases.find((c) => c.model === 'ltx-video-0.9.7')!;
  const { arch } = ltx.video;
  const [first, second] = ltx.plan.stages;
  const nothing = { width: 0, height: 0, frames: 0 };
  const joules = [
    totalOf(videoTerms(arch, [first!], ltx.plan.passes, nothing, base)),
    totalOf(videoTerms(arch, [second!], ltx.plan.passes, ltx.plan.decoded, base)),
  ];
  return ['generate, 30 steps', 'refine, 4 of 10 steps, and decode'].map((stage, i) => ({
    stage,
    measuredJoules: LTX_STAGE_JOULES[i]!,
    predictedJoules: joules[i]!,
    offPercent: percent(joules[i]!, LTX_STAGE_JOULES[i]!),
  }));
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
    { what: 'WAN-14B 720p from 480p', offPercent: percent(small.joules * ratio, large.joules) },
    { what: 'WAN-14B 480p from 720p', offPercent: percent(large.joules / ratio, small.joules) },
    {
      what: 'WAN-1.3B 720p (Table 4) from 480p',
      offPercent: percent((smallWan.joules * at720) / oneGpuJoules(smallWan, base), table),
    },
  ];
}

function leftOutModel(fold: VideoFold): LeftOutModel {
  const half = Math.sqrt(fold.base.xditFactor);
  const untold = (joules: number, c: VideoCase): number => (c.software === 'xdit' ? joules / half : joules * half);
  return {
    model: fold.model,
    cases: fold.one.map((h) => ({
      source: h.case.source,
      size: sizeOf(h.case),
      measuredJoules: h.case.joules,
      predictedJoules: h.predictedJoules,
      offPercent: percent(h.predictedJoules, h.case.joules),
    })),
    errorPercent: mean(fold.one.map((h) => Math.abs(percent(h.predictedJoules, h.case.joules)))),
    untoldErrorPercent: mean(fold.one.map((h) => Math.abs(percent(untold(h.predictedJoules, h.case), h.case.joules)))),
  };
}

/** What a fold says of a case where it knows the number of GPUs alone. */
function splitUntold(h: VideoHeldOut, { parallel }: VideoFold): { readonly joules: number; readonly logSigma: number } {
  const { arch } = h.case.video;
  const unknown = unknownSplitFactor(arch, h.case.gpus, parallel);
  const joules = (h.predictedJoules / parallelFactor(arch, h.case, parallel)) * unknown.factor;
  return { joules, logSigma: unknown.logSigma };
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
          differencePercent: percent(c.joules, other.joules),
          afterFactorPercent: percent(c.joules * base.xditFactor, other.joules),
        },
      ];
    });
}

/** Intervals of left-out models by the spread of the other six, and those given with Table 4. */
function checkCoverage(folds: readonly VideoFold[], table4: readonly Table4Check[]): VideoCoverage[] {
  const own = (f: VideoFold): number => mean(f.one.map((h) => h.logRatio));
  const sigmaWithout = (model: string): number => {
    const others = folds.filter((f) => f.model !== model).map(own);
    return Math.sqrt(mean(others.map((v) => v * v)));
  };
  const severalWithout = (model: string): number => {
    const others = folds
      .filter((f) => f.model !== model)
      .flatMap((f) => f.several.map((h) => (h.logRatio - own(f)) / parallelScale(h.case.gpus)));
    return Math.sqrt(mean(others.map((v) => v * v)));
  };
  const around = (at: number, half: number, measured: number): IntervalPair => ({
    lo: at * Math.exp(-half),
    hi: at * Math.exp(half),
    measured,
  });
  const degrees = folds.length - 2;
  const told = folds.flatMap((f) =>
    f.one.map((h) => around(h.predictedJoules, t95(degrees) * sigmaWithout(f.model), h.case.joules)),
  );
  const untold = folds.flatMap((f) => {
    const half = Math.sqrt(f.base.xditFactor);
    const width = t95(degrees) * Math.hypot(sigmaWithout(f.model), Math.abs(Math.log(half)));
    return f.one.map((h) =>
      around(h.case.software === 'xdit' ? h.predictedJoules / half : h.predictedJoules * half, width, h.case.joules),
    );
  });
  const severalDegrees = folds.filter((f) => f.several.length > 0).length - 2;
  const several = (isTold: boolean): IntervalPair[] =>
    folds.flatMap((f) =>
      f.several.map((h) => {
        const at = isTold ? { joules: h.predictedJoules, logSigma: 0 } : splitUntold(h, f);
        const sigma = Math.hypot(
          sigmaWithout(f.model),
          severalWithout(f.model) * parallelScale(h.case.gpus),
          at.logSigma,
        );
        return around(at.joules, t95(severalDegrees) * sigma, h.case.joules);
      }),
    );
  const published = table4.map((t) => ({
    lo: t.interval90WattHours[0],
    hi: t.interval90WattHours[1],
    measured: t.measuredWattHours,
  }));
  const line = (name: string, pairs: readonly IntervalPair[]): VideoCoverage => ({
    name,
    n: pairs.length,
    coveragePercent: coveragePercent(pairs),
    medianHalfWidthPercent: quantile(
      pairs.map((p) => 100 * (Math.sqrt(p.hi / p.lo) - 1)),
      0.5,
    ),
  });
  return [
    line('left-out models, one GPU, software not said', untold),
    line('left-out models, one GPU, software said', told),
    line('left-out models, several GPUs, split said', several(true)),
    line('left-out models, several GPUs, split not said', several(false)),
    line('Table 4, as the command gives it', published),
  ];
}
