/** Models that the fit never saw: errors on one GPU and on several, and whether the intervals hold. */
import { parallelFactor, unknownSplitFactor } from '../../energy/video/physics.js';
import { parallelScale, t95 } from '../../energy/video/videoInterval.js';
import { mean } from '../../statistics/index.js';
import { coveragePercent, percentOff, quantile, type IntervalPair } from '../metrics.js';
import type { VideoFold, VideoHeldOut } from './calibrateVideo.js';
import { sizeOf, type VideoCase } from './rows.js';
import type { LeftOutModel, SeveralGpus, Table4Check, VideoCoverage } from './videoReport.js';

/** A left-out model on one GPU. */
export function leftOutModel(fold: VideoFold): LeftOutModel {
  const half = Math.sqrt(fold.base.xditFactor);
  const untold = (joules: number, c: VideoCase): number => (c.software === 'xdit' ? joules / half : joules * half);
  return {
    model: fold.model,
    cases: fold.one.map((h) => ({
      source: h.case.source,
      size: sizeOf(h.case),
      measuredJoules: h.case.joules,
      predictedJoules: h.predictedJoules,
      offPercent: percentOff(h.predictedJoules, h.case.joules),
    })),
    errorPercent: mean(fold.one.map((h) => Math.abs(percentOff(h.predictedJoules, h.case.joules)))),
    untoldErrorPercent: mean(
      fold.one.map((h) => Math.abs(percentOff(untold(h.predictedJoules, h.case), h.case.joules))),
    ),
  };
}

/** What a fold says of a case where it knows the number of GPUs alone. */
function splitUntold(h: VideoHeldOut, { parallel }: VideoFold): { readonly joules: number; readonly logSigma: number } {
  const { arch } = h.case.video;
  const unknown = unknownSplitFactor(arch, h.case.gpus, parallel);
  const joules = (h.predictedJoules / parallelFactor(arch, h.case, parallel)) * unknown.factor;
  return { joules, logSigma: unknown.logSigma };
}

/** Left-out models on several GPUs, by their number. */
export function checkSeveralGpus(folds: readonly VideoFold[]): SeveralGpus[] {
  return [2, 4, 8].map((gpus) => {
    const off: number[] = [];
    const untold: number[] = [];
    for (const f of folds) {
      for (const h of f.several.filter((held) => held.case.gpus === gpus)) {
        off.push(Math.abs(percentOff(h.predictedJoules, h.case.joules)));
        untold.push(Math.abs(percentOff(splitUntold(h, f).joules, h.case.joules)));
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
  });
}

/** Intervals of left-out models by the spread of the other six, and those given with Table 4. */
export function checkCoverage(folds: readonly VideoFold[], table4: readonly Table4Check[]): VideoCoverage[] {
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
