/**
 * The eager engine (Transformers) and FP32: fitted on the published Llama-3.1-8B thank-you figures alone, as regressed
 * from the ten rows that the authors' notebook prints (docs/method.md). All other models of that study are predictions.
 */
import { createCatalogue } from '../energy/catalogue.js';
import type { Coefficients, CoefficientsFile, StatedCoefficient } from '../energy/coefficients.js';
import { gpuById } from '../energy/gpus.js';
import { prepare, type Deployment } from '../energy/physics.js';
import { levenbergMarquardt } from 'ml-levenberg-marquardt';

/** Joules of one thank-you turn of Llama-3.1-8B, FP32, batch 1, one H100, `n` prompt tokens (authors' printed rows). */
export const THANK_YOU_FIT = {
  model: 'meta-llama/Llama-3.1-8B-Instruct',
  prefillJoules: (n: number): number => 14.2 + 0.2189 * n,
  decodeJoulesPerToken: (n: number): number => 7.185 + 0.001007 * n,
  /** FP32 over 16-bit prefill energy: up to 4 (Understanding Efficiency). */
  precisionRatio: 4,
} as const;

/** The paper's deployment: one H100 SXM, batch as given. */
export const eagerDeployment = (precision: Deployment['precision'] = 'fp32', batch = 1): Deployment => ({
  gpu: gpuById('h100-sxm'),
  gpus: 1,
  tp: 1,
  ep: 1,
  pp: 1,
  engine: 'transformers',
  precision,
  batch,
});

/** Constants that `fitEager` finds. */
interface EagerConstants {
  readonly staticWatts: number;
  readonly kvJoulesPerByte: number;
  readonly fp32FlopJoulesFactor: number;
  readonly tensorPrefillFactor: number;
}

function withEager(coefficients: Coefficients, c: EagerConstants): Coefficients {
  const engine = coefficients.engines.transformers;
  return {
    ...coefficients,
    engines: {
      ...coefficients.engines,
      transformers: {
        ...engine,
        tensorPrefillFactor: c.tensorPrefillFactor,
        own: { ...engine.own, staticWatts: c.staticWatts, kvJoulesPerByte: c.kvJoulesPerByte },
      },
    },
    precisions: {
      ...coefficients.precisions,
      fp32: { ...coefficients.precisions.fp32, flopJoulesFactor: c.fp32FlopJoulesFactor },
    },
  };
}

/** Four constants to four figures: decode flat and per context token, FP32 prefill, 16-bit prefill. */
function fitEager(coefficients: Coefficients): EagerConstants {
  const match = createCatalogue().find(THANK_YOU_FIT.model);
  if (!match.ok) throw new Error(match.error);
  const { arch } = match.model;
  const shape = (tokensIn: number) => ({ tokensIn, tokensCached: 0, tokensOut: 50 });
  const starts = [130, 3e-9, 12, 2];
  const constants = (logs: readonly number[]): EagerConstants => ({
    staticWatts: starts[0]! * Math.exp(logs[0]!),
    kvJoulesPerByte: starts[1]! * Math.exp(logs[1]!),
    fp32FlopJoulesFactor: starts[2]! * Math.exp(logs[2]!),
    tensorPrefillFactor: starts[3]! * Math.exp(logs[3]!),
  });
  const residuals = (logs: readonly number[]): number[] => {
    const trial = withEager(coefficients, constants(logs));
    const fp32 = prepare(arch, eagerDeployment('fp32'), trial);
    const half = prepare(arch, eagerDeployment('bf16'), trial);
    const decode = (n: number): number =>
      Math.log(fp32.decode(shape(n)).joules / 50 / THANK_YOU_FIT.decodeJoulesPerToken(n));
    const target = THANK_YOU_FIT.prefillJoules(1190);
    return [
      decode(200),
      decode(2400),
      Math.log(fp32.prefill(shape(1190)).joules / target),
      Math.log((half.prefill(shape(1190)).joules * THANK_YOU_FIT.precisionRatio) / target),
    ];
  };
  const fit = levenbergMarquardt(
    { x: [0, 1, 2, 3], y: [0, 0, 0, 0] },
    (logs: number[]) => {
      const r = residuals(logs);
      return (i: number) => r[i]!;
    },
    { initialValues: [0, 0, 0, 0], gradientDifference: 1e-4, damping: 1e-4, maxIterations: 60, errorTolerance: 1e-12 },
  );
  return constants(fit.parameterValues);
}

/** The file with the eager engine's constants and FP32's factor filled in. */
export function addEager(file: CoefficientsFile, coefficients: Coefficients): CoefficientsFile {
  const c = fitEager(coefficients);
  const entry = (value: number, unit: string, spread: number, source: string): StatedCoefficient => ({
    value: Number(value.toPrecision(4)),
    unit,
    range: [Number((value / spread).toPrecision(3)), Number((value * spread).toPrecision(3))],
    source,
  });
  const rows = 'fitted on the published Llama-3.1-8B thank-you figures (FP32, batch 1)';
  const transformers = file.engines.transformers!;
  return {
    ...file,
    engines: {
      ...file.engines,
      transformers: {
        ...transformers,
        coefficients: {
          staticWatts: entry(
            c.staticWatts,
            'W per GPU',
            1.15,
            `${rows}: 7.19 J per token without context; 120 to 153 W seen idle`,
          ),
          kvJoulesPerByte: entry(
            c.kvJoulesPerByte,
            'J/B',
            1.4,
            `${rows}: 1.0 mJ per token and token of context; eager attention copies and expands the cache`,
          ),
          tensorPrefillFactor: entry(
            c.tensorPrefillFactor,
            'factor',
            1.5,
            '16-bit prefill costs a quarter of FP32 at best (Understanding Efficiency)',
          ),
          ...transformers.coefficients,
        },
      },
    },
    precisions: {
      ...file.precisions,
      fp32: {
        ...file.precisions.fp32,
        flopJoulesFactor: entry(
          c.fp32FlopJoulesFactor,
          'factor over 16 bit',
          1.2,
          `${rows}: 0.2189 J per prompt token, no tensor cores`,
        ),
      },
    },
  };
}
