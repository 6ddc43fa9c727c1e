/** The fit of the video equation: logarithms of energy, each model with one vote, weak priors. Deterministic. */
import { levenbergMarquardt } from 'ml-levenberg-marquardt';
import type { ParallelCoefficients, VideoBase } from '../../energy/video/coefficients.js';
import { gpuSeconds, parallelFactor, totalOf, videoTerms } from '../../energy/video/physics.js';
import type { VideoCase } from './rows.js';

/** A constant that is fitted. */
export interface VideoParameter {
  readonly name: 'linearFlopJoules' | 'attentionFlopJoules' | 'convFlopJoules' | 'elementJoules' | 'xditFactor';
  readonly unit: string;
  readonly prior: number;
  /** Log-scale sigma of the prior. */
  readonly looseness: number;
  readonly priorSource: string;
}

/** The constants that are fitted, with what was expected of them before. */
export const VIDEO_PARAMETERS: readonly VideoParameter[] = [
  {
    name: 'linearFlopJoules',
    unit: 'J/FLOP',
    prior: 1.4e-12,
    looseness: 0.5,
    priorSource: '660 W at some 470 TFLOP/s: large 16-bit products in eager PyTorch',
  },
  {
    name: 'attentionFlopJoules',
    unit: 'J/FLOP',
    prior: 1.9e-12,
    looseness: 0.5,
    priorSource: '680 W at some 360 TFLOP/s: FlashAttention-2 on an H100',
  },
  {
    name: 'convFlopJoules',
    unit: 'J/FLOP',
    prior: 3e-12,
    looseness: 0.7,
    priorSource: '550 W at some 180 TFLOP/s: 16-bit and TF32 convolutions with norms between them',
  },
  {
    name: 'elementJoules',
    unit: 'J per token, channel and layer',
    prior: 6e-8,
    looseness: 1,
    priorSource: 'some 100 passes of 2 to 4 bytes over the activations at 0.15 J/GB to 0.25 J/GB',
  },
  {
    name: 'xditFactor',
    unit: 'factor',
    prior: 1,
    looseness: 0.2,
    priorSource: 'the same kernels',
  },
];

/** Weight of the priors against one model. */
const PRIOR_WEIGHT = 0.05;
/** The one U-Net says something of convolutions; it must not pull at the transformers. */
const UNET_WEIGHT = 0.5;

/** Joules of a case on one GPU. */
export function oneGpuJoules(c: VideoCase, base: VideoBase): number {
  const { stages, passes, decoded } = c.plan;
  const joules = totalOf(videoTerms(c.video.arch, stages, passes, decoded, base));
  return c.software === 'xdit' ? joules * base.xditFactor : joules;
}

const weightsOf = (cases: readonly VideoCase[]): number[] => {
  const counts = new Map<string, number>();
  for (const c of cases) counts.set(c.model, (counts.get(c.model) ?? 0) + 1);
  return cases.map(
    (c) => Math.sqrt(1 / counts.get(c.model)!) * (c.video.arch.denoiser.kind === 'unet' ? UNET_WEIGHT : 1),
  );
};

/** Fits `VIDEO_PARAMETERS` to one-GPU cases; other constants stay as in `start`. */
export function fitVideo(cases: readonly VideoCase[], start: VideoBase): VideoBase {
  const weights = weightsOf(cases);
  const at = (logs: readonly number[]): VideoBase => ({
    ...start,
    ...Object.fromEntries(VIDEO_PARAMETERS.map((p, i) => [p.name, p.prior * Math.exp(logs[i]!)])),
  });
  const residuals = (logs: readonly number[]): number[] => {
    const base = at(logs);
    return [
      ...cases.map((c, i) => weights[i]! * Math.log(oneGpuJoules(c, base) / c.joules)),
      ...logs.map((u, i) => (PRIOR_WEIGHT * u) / VIDEO_PARAMETERS[i]!.looseness),
    ];
  };
  return at(
    leastSquares(
      residuals,
      VIDEO_PARAMETERS.map(() => 0),
    ),
  );
}

/** Watts of the two kinds of work, from the seconds of one-GPU cases. */
export function fitWatts(cases: readonly VideoCase[], base: VideoBase): VideoBase {
  const prior = [690, 550] as const;
  const weights = weightsOf(cases);
  const at = (logs: readonly number[]): VideoBase => ({
    ...base,
    tensorWatts: Math.min(700, prior[0] * Math.exp(logs[0]!)),
    otherWatts: prior[1] * Math.exp(logs[1]!),
  });
  const residuals = (logs: readonly number[]): number[] => {
    const now = at(logs);
    return [
      // Watts alone: the energy's own error is not the clock's.
      ...cases.map((c, i) => weights[i]! * Math.log(oneGpuWatts(c, now) / (c.joules / c.seconds))),
      0.3 * logs[0]!,
      0.3 * logs[1]!,
    ];
  };
  return at(leastSquares(residuals, [0, 0]));
}

/** What was expected of overheads on several GPUs, and the log-scale sigma of that. */
const PARALLEL_PRIORS = {
  crossOverhead: [0.1, 1],
  crossExponent: [0.7, 0.4],
  crossRing: [0.005, 1],
  jointOverhead: [0.03, 1],
  jointExponent: [0.7, 0.4],
  jointRing: [0.005, 1],
} as const;

/** Overheads on several GPUs; `one` and `watts` give joules and mean power of a case's model and setting on one GPU. */
export function fitParallel(
  cases: readonly VideoCase[],
  one: (c: VideoCase) => number,
  watts: (c: VideoCase) => number,
): ParallelCoefficients {
  const weights = weightsOf(cases);
  const priors = Object.entries(PARALLEL_PRIORS);
  const at = (logs: readonly number[]): ParallelCoefficients => ({
    ...(Object.fromEntries(priors.map(([name, [prior]], i) => [name, prior * Math.exp(logs[i]!)])) as Record<
      keyof typeof PARALLEL_PRIORS,
      number
    >),
    powerExponent: 0,
  });
  const residuals = (logs: readonly number[]): number[] => {
    const p = at(logs);
    return [
      ...cases.map((c, i) => weights[i]! * Math.log((one(c) * parallelFactor(c.video.arch, c, p)) / c.joules)),
      ...logs.map((u, i) => (PRIOR_WEIGHT * u) / priors[i]![1][1]),
    ];
  };
  const fitted = at(
    leastSquares(
      residuals,
      priors.map(() => 0),
    ),
  );
  return { ...fitted, powerExponent: powerExponentOf(cases, watts) };
}

/** How mean power of a GPU falls with their number: least squares of logarithms through one GPU's. */
function powerExponentOf(cases: readonly VideoCase[], watts: (c: VideoCase) => number): number {
  let [xy, xx] = [0, 0];
  for (const c of cases) {
    const x = Math.log(c.gpus);
    xy += x * Math.log(watts(c) / (c.joules / c.seconds / c.gpus));
    xx += x * x;
  }
  return xx === 0 ? 0 : Math.max(0, xy / xx);
}

/** Mean watts of a case's work on one GPU. */
export function oneGpuWatts(c: VideoCase, base: VideoBase): number {
  const { stages, passes, decoded } = c.plan;
  const terms = videoTerms(c.video.arch, stages, passes, decoded, base);
  return totalOf(terms) / gpuSeconds(terms, base);
}

function leastSquares(residuals: (logs: readonly number[]) => readonly number[], start: readonly number[]): number[] {
  let logs = [...start];
  const points = residuals(start).length;
  const data = { x: Array.from({ length: points }, (_, i) => i), y: new Array<number>(points).fill(0) };
  for (let round = 0; round < 4; round++) {
    logs = levenbergMarquardt(
      data,
      (candidate: number[]) => {
        const all = residuals(candidate);
        return (i: number) => all[i]!;
      },
      { initialValues: logs, gradientDifference: 1e-5, damping: 1e-3, maxIterations: 40, errorTolerance: 1e-12 },
    ).parameterValues;
  }
  return logs;
}
