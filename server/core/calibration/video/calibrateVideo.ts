/** From measured clips to the whole file of video constants: the fit, its ranges, the models' own factors, the widths. */
import type { StatedCoefficient } from '../../energy/coefficients.js';
import {
  readVideoCoefficients,
  type ParallelCoefficients,
  type VideoBase,
  type VideoCoefficients,
  type VideoCoefficientsFile,
} from '../../energy/video/coefficients.js';
import { parallelFactor } from '../../energy/video/physics.js';
import { parallelScale } from '../../energy/video/videoInterval.js';
import { mean } from '../../statistics/index.js';
import { fitParallel, fitVideo, fitWatts, oneGpuJoules, oneGpuWatts, VIDEO_PARAMETERS } from './fit.js';
import { videoCases, type VideoCase, type VideoRow } from './rows.js';
import { STATED_GPUS, STATED_VIDEO } from './stated.js';

/** One case, predicted by a fit that saw no row of its model. */
export interface VideoHeldOut {
  readonly case: VideoCase;
  readonly predictedJoules: number;
  /** log(measured / predicted). */
  readonly logRatio: number;
}

export interface VideoFold {
  readonly model: string;
  readonly base: VideoBase;
  readonly parallel: ParallelCoefficients;
  /** One GPU. */
  readonly one: readonly VideoHeldOut[];
  /** Several GPUs. */
  readonly several: readonly VideoHeldOut[];
}

export interface VideoCalibration {
  readonly file: VideoCoefficientsFile;
  readonly coefficients: VideoCoefficients;
  readonly cases: readonly VideoCase[];
  readonly folds: readonly VideoFold[];
}

const START: VideoBase = {
  linearFlopJoules: 0,
  attentionFlopJoules: 0,
  convFlopJoules: 0,
  elementJoules: 0,
  xditFactor: 1,
  launchJoules: STATED_VIDEO.launchJoules.value,
  tensorWatts: 690,
  otherWatts: 550,
  hostWatts: STATED_VIDEO.hostWatts.value,
};

const rounded = (value: number): number => Number(value.toPrecision(4));
const roundedAll = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).map(([k, v]) => [k, rounded(v as number)])) as T;

export const isTransformer = (c: VideoCase): boolean => c.video.arch.denoiser.kind === 'transformer';

interface Fitted {
  readonly base: VideoBase;
  readonly parallel: ParallelCoefficients;
}

/** Constants of one GPU, from the cases of one. */
export function fitBase(cases: readonly VideoCase[]): VideoBase {
  const one = cases.filter((c) => c.gpus === 1);
  return roundedAll(fitWatts(one, fitVideo(one, START)));
}

/** Fits all constants to cases. */
function fitAll(cases: readonly VideoCase[]): Fitted {
  const one = cases.filter((c) => c.gpus === 1);
  const base = fitBase(cases);
  const factors = ownFactors(one, base);
  const several = cases.filter((c) => c.gpus > 1);
  const parallel = roundedAll(
    fitParallel(
      several,
      (c) => oneGpuJoules(c, base) * (factors[c.model] ?? 1),
      (c) => oneGpuWatts(c, base),
    ),
  );
  return { base, parallel };
}

/** Spread between models, and within one: how far a model's own residual is believed. */
const BETWEEN_SIGMA = 0.08;
const WITHIN_SIGMA = 0.05;

/**
 * Two campaigns of one laboratory on the same models and settings (Table 4 of the study and its authors' earlier runs):
 * root mean square of their logarithmic differences, six models.
 */
const CAMPAIGN_SIGMA = 0.023;

/** Measured over predicted by model, drawn towards 1 by how little is known: the more rows, the less. */
function ownFactors(one: readonly VideoCase[], base: VideoBase): Record<string, number> {
  const residuals = new Map<string, number[]>();
  for (const c of one) {
    const list = residuals.get(c.model) ?? [];
    list.push(Math.log(c.joules / oneGpuJoules(c, base)));
    residuals.set(c.model, list);
  }
  return Object.fromEntries(
    [...residuals].map(([model, list]) => {
      const belief = BETWEEN_SIGMA ** 2 / (BETWEEN_SIGMA ** 2 + WITHIN_SIGMA ** 2 / list.length);
      return [model, rounded(Math.exp(belief * mean(list)))];
    }),
  );
}

const heldOut = (c: VideoCase, predictedJoules: number): VideoHeldOut => ({
  case: c,
  predictedJoules,
  logRatio: Math.log(c.joules / predictedJoules),
});

/** Leave one transformer model out, all its rows of every laboratory and number of GPUs. */
function foldsOf(cases: readonly VideoCase[]): VideoFold[] {
  const models = [...new Set(cases.filter(isTransformer).map((c) => c.model))];
  return models.map((model) => {
    const { base, parallel } = fitAll(cases.filter((c) => c.model !== model));
    const own = cases.filter((c) => c.model === model);
    return {
      model,
      base,
      parallel,
      one: own.filter((c) => c.gpus === 1).map((c) => heldOut(c, oneGpuJoules(c, base))),
      several: own
        .filter((c) => c.gpus > 1)
        .map((c) => heldOut(c, oneGpuJoules(c, base) * parallelFactor(c.video.arch, c, parallel))),
    };
  });
}

const PARALLEL_UNITS: Readonly<Record<keyof ParallelCoefficients, string>> = {
  crossOverhead: "share of one GPU's energy, at 2 GPUs",
  crossExponent: 'exponent',
  crossRing: "share of one GPU's energy per further GPU and step of the ring",
  jointOverhead: "share of one GPU's energy, at 2 GPUs",
  jointExponent: 'exponent',
  jointRing: "share of one GPU's energy per further GPU and step of the ring",
  powerExponent: 'exponent',
};

const rootMeanSquare = (values: readonly number[]): number => Math.sqrt(mean(values.map((v) => v * v)));

/** Deterministic; about a second. */
export function calibrateVideo(rows: readonly VideoRow[]): VideoCalibration {
  const cases = videoCases(rows);
  const { base, parallel } = fitAll(cases);
  const folds = foldsOf(cases);
  const one = cases.filter((c) => c.gpus === 1);
  const factors = ownFactors(one, base);

  const fold = (name: keyof VideoBase): number[] => folds.map((f) => f.base[name]);
  const source = 'fitted on benchlab and ML.ENERGY v3, one H100 (data/README.md)';
  const fitted = (name: keyof VideoBase, unit: string, why: string): StatedCoefficient => ({
    value: base[name],
    unit,
    range: jackknife(base[name], fold(name)),
    source: `${source}; ${why}`,
  });
  const perModel = folds.map((f) => mean(f.one.map((h) => h.logRatio)));
  const withinModel = one
    .filter((c) => isTransformer(c) && one.filter((other) => other.model === c.model).length > 1)
    .map((c) => Math.log(c.joules / (oneGpuJoules(c, base) * factors[c.model]!)));
  const ownSigma = Math.hypot(rootMeanSquare(withinModel), CAMPAIGN_SIGMA);
  // Over the model's own error on one GPU, each brought to 8 GPUs as the interval scales it.
  const perSplit = folds.flatMap((f) => {
    const own = f.one.length === 0 ? 0 : mean(f.one.map((o) => o.logRatio));
    return f.several.map((h) => (h.logRatio - own) / parallelScale(h.case.gpus));
  });
  const sigma = (value: number, how: string): StatedCoefficient => ({
    value: rounded(value),
    unit: 'log sigma',
    range: [rounded(value * 0.6), rounded(value * 1.8)],
    source: how,
  });
  const tokens = one.filter(isTransformer).flatMap((c) => c.plan.stages.map(({ grid }) => grid.frames * grid.perFrame));
  const stated = (value: number, unit: string, how: string): StatedCoefficient => ({
    value,
    unit,
    range: [value, value],
    source: how,
  });

  const file: VideoCoefficientsFile = {
    note: 'Generated by npm run calibrate from data/h100_video_*.csv; provenance and licences in data/README.md.',
    base: {
      ...Object.fromEntries(
        VIDEO_PARAMETERS.map((p) => [p.name, fitted(p.name, p.unit, `prior ${rounded(p.prior)}: ${p.priorSource}`)]),
      ),
      tensorWatts: fitted('tensorWatts', 'W', 'mean power while products and attention run, at most 700'),
      otherWatts: fitted('otherWatts', 'W', 'mean power of element-wise operations, launches and the VAE'),
      launchJoules: STATED_VIDEO.launchJoules,
      hostWatts: STATED_VIDEO.hostWatts,
    },
    parallel: Object.fromEntries(
      Object.entries(parallel).map(([name, value]) => {
        const values = folds.map((f) => f.parallel[name as keyof ParallelCoefficients]);
        return [
          name,
          {
            value,
            unit: PARALLEL_UNITS[name as keyof ParallelCoefficients],
            range: [Math.min(value, ...values), Math.max(value, ...values)],
            source: 'fitted on ML.ENERGY v3, 2 to 8 H100 under xDiT; range: each of the models left out',
          },
        ];
      }),
    ),
    error: {
      unseenSigma: sigma(rootMeanSquare(perModel), 'root mean square of the seven left-out models, software known'),
      ownSigma: sigma(
        ownSigma,
        'spread of measured models about their own factor between settings and laboratories, and between two campaigns',
      ),
      softwareSigma: sigma(Math.abs(Math.log(base.xditFactor)) / 2, 'half of what lies between Diffusers and xDiT'),
      parallelSigma: sigma(
        rootMeanSquare(perSplit),
        'left-out models on several GPUs, split known, over their own error on one',
      ),
      unetSigma: STATED_VIDEO.unetSigma,
      gpuSigma: STATED_VIDEO.gpuSigma,
      sizeSigma: STATED_VIDEO.sizeSigma,
      tailDegrees: stated(folds.length - 1, 'degrees', 'models left out, less one'),
      severalTailDegrees: stated(
        folds.filter((f) => f.several.length > 0).length - 1,
        'degrees',
        'models left out that ran on several GPUs, less one',
      ),
    },
    sizes: {
      fewestTokens: stated(Math.min(...tokens), 'latent tokens', 'smallest clip (or stage) of the rows'),
      mostTokens: stated(Math.max(...tokens), 'latent tokens', 'largest clip of the rows'),
    },
    gpus: STATED_GPUS,
    ownFactors: Object.fromEntries(
      Object.entries(factors).map(([model, value]) => {
        const list = one.filter((c) => c.model === model);
        const ratios = list.map((c) => c.joules / oneGpuJoules(c, base));
        return [
          model,
          {
            value,
            unit: 'factor',
            range: [rounded(Math.min(value, ...ratios)), rounded(Math.max(value, ...ratios))],
            source: `measured over predicted, ${list.length} configuration${list.length === 1 ? '' : 's'}, drawn towards 1; range: the configurations`,
          },
        ];
      }),
    ),
  };
  return { file, coefficients: readVideoCoefficients(file), cases, folds };
}

/** 90 % range by the jackknife over models, in logarithms. */
function jackknife(value: number, perFold: readonly number[]): readonly [number, number] {
  const logs = perFold.map(Math.log);
  const middle = mean(logs);
  const error = Math.sqrt(((logs.length - 1) / logs.length) * logs.reduce((sum, x) => sum + (x - middle) ** 2, 0));
  const spread = Math.exp(1.645 * Math.min(1, error));
  return [rounded(value / spread), rounded(value * spread)];
}
