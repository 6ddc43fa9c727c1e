/** From measured rows to the whole coefficients file: the fit, its ranges, the 2024 engine's factor, the error widths. */
import {
  readCoefficients,
  type Coefficients,
  type CoefficientsFile,
  type StatedCoefficient,
} from '../energy/coefficients.js';
import { addEager } from './eager.js';
import { errorWidths } from './errorWidths.js';
import { fitCoefficients } from './fit.js';
import { holdOut, leaveOut, type Fold, type HeldOut } from './folds.js';
import { mean } from '../statistics/index.js';
import { quantile } from './metrics.js';
import { FITTED_PARAMETERS, parameterValues, withParameters, type FittedParameter } from './parameters.js';
import type { MeasuredRow } from './rows.js';
import { STATED } from './stated.js';

/** What a calibration yields, beside the file itself. */
export interface Calibration {
  readonly file: CoefficientsFile;
  readonly coefficients: Coefficients;
  /** Leave-one-architecture-out folds on the v3 rows. */
  readonly folds: readonly Fold[];
}

const SOURCE = 'fitted on ML.ENERGY v3, H100, vLLM 0.11.1 (data/README.md)';

/** Four significant digits: enough for any use, and the same on every machine. */
const rounded = (value: number): number => Number(value.toPrecision(4));

/** Deterministic; takes some five seconds for 350 rows. */
export function calibrate(rows: readonly MeasuredRow[]): Calibration {
  const v3 = rows.filter((row) => row.source === 'mlenergy_v3');
  const v2 = rows.filter((row) => row.source === 'mlenergy_v2');
  const start = withParameters(
    readCoefficients(STATED),
    FITTED_PARAMETERS.map((p) => p.prior),
  );
  const fitted = fitCoefficients(v3, start);
  const whole = withParameters(fitted, parameterValues(fitted).map(rounded));
  const folds = leaveOut(v3, (row) => row.group, whole);

  const softwareFactor = engineFactor(v2, whole);
  const v2Spread = v2Sigma(holdOut(v2, withSoftwareFactor(whole, softwareFactor)));
  const widths = errorWidths(
    folds.flatMap((fold) =>
      fold.rows.map(({ row, logRatio }) => ({
        kind: row.kind,
        group: row.group,
        batch: row.batch,
        gpus: row.gpus,
        logRatio,
      })),
    ),
    whole.error,
  );
  const engineKnown = Math.sqrt(Math.max(0, v2Spread ** 2 - widths.denseSigma ** 2));

  const base: Record<string, StatedCoefficient> = {};
  const fp8: Record<string, StatedCoefficient> = {};
  FITTED_PARAMETERS.forEach((p, i) => {
    const entry = fittedEntry(
      p,
      parameterValues(whole)[i]!,
      folds.map((f) => parameterValues(f.coefficients)[i]!),
    );
    if (p.place.kind === 'base') base[p.place.name] = entry;
    else fp8[p.place.name] = entry;
  });
  const conformal = 'out-of-sample residuals, leave one architecture out, conformal at 90 %';
  const sigma = (value: number): StatedCoefficient => ({
    value: rounded(value),
    unit: 'log sigma',
    range: [rounded(value * 0.7), rounded(value * 1.5)],
    source: conformal,
  });
  const file: CoefficientsFile = {
    base: { ...base, ...STATED.base },
    engines: {
      ...STATED.engines,
      'vllm-0.5': {
        ...STATED.engines['vllm-0.5']!,
        coefficients: {
          softwareFactor: {
            value: softwareFactor,
            unit: 'factor',
            range: [rounded(softwareFactor * 0.88), rounded(softwareFactor * 1.14)],
            source: 'fitted on ML.ENERGY v2, H100, vLLM 0.5.4: launches, scheduling and arithmetic against vLLM 0.11.1',
          },
          ...STATED.engines['vllm-0.5']!.coefficients,
        },
      },
    },
    precisions: { ...STATED.precisions, fp8: { ...STATED.precisions.fp8, ...fp8 } },
    error: {
      denseSigma: sigma(widths.denseSigma),
      hybridSigma: sigma(widths.hybridSigma),
      moeSigma: sigma(widths.moeSigma),
      engineKnownSigma: {
        ...sigma(engineKnown),
        source: 'spread of the v2 rows under one factor, beyond the dense width',
      },
      ...STATED.error,
    },
  };
  const complete = addEager(file, readCoefficients(file));
  return { file: complete, coefficients: readCoefficients(complete), folds };
}

/** Coefficients with the 2024 engine's one factor set. */
export const withSoftwareFactor = (coefficients: Coefficients, softwareFactor: number): Coefficients => ({
  ...coefficients,
  engines: { ...coefficients.engines, 'vllm-0.5': { ...coefficients.engines['vllm-0.5'], softwareFactor } },
});

/** The one factor of the 2024 engine for which its rows have no bias (mean logarithm of measured over predicted zero). */
export function engineFactor(v2: readonly MeasuredRow[], coefficients: Coefficients): number {
  const excess = (factor: number): number =>
    mean(holdOut(v2, withSoftwareFactor(coefficients, factor)).map((h) => h.logRatio));
  let lo = 1;
  let hi = 4;
  for (let i = 0; i < 30; i++) {
    const middle = Math.sqrt(lo * hi);
    if (excess(middle) > 0) lo = middle;
    else hi = middle;
  }
  return rounded(Math.sqrt(lo * hi));
}

/** Sigma that holds 90 % of the rows within +- 1.645 of it. */
const v2Sigma = (rows: readonly HeldOut[]): number =>
  quantile(
    rows.map((h) => Math.abs(h.logRatio)),
    0.9,
  ) / 1.6449;

/** Range: 90 % by the jackknife over architectures, in logarithms. */
function fittedEntry(parameter: FittedParameter, value: number, perFold: readonly number[]): StatedCoefficient {
  const logs = perFold.map(Math.log);
  const middle = mean(logs);
  const error = Math.sqrt(((logs.length - 1) / logs.length) * logs.reduce((sum, x) => sum + (x - middle) ** 2, 0));
  const spread = Math.exp(1.645 * Math.min(error, parameter.looseness));
  return {
    value: rounded(value),
    unit: parameter.unit,
    range: [rounded(value / spread), rounded(value * spread)],
    source: `${SOURCE}; prior ${rounded(parameter.prior)}: ${parameter.priorSource}`,
  };
}
