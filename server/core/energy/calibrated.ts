/** An endpoint's calibration over the general fit: where it holds, what it does to a prediction, and how far off that may be. */
import { threeDigits } from './units.js';
import type { PreparedModel, RequestShape } from './physics.js';
import type { Assumptions, Calibration } from './types.js';

/** What a calibration is for, as figures are made for it. */
export type Served = Pick<Assumptions, 'model' | 'gpu' | 'gpus' | 'tp' | 'ep' | 'pp' | 'engine' | 'precision'>;

/** Half of the 90 % interval of a log sigma, in percent. */
export const halfWidthOf = (logSigma: number): number => 100 * (Math.exp(1.6449 * logSigma) - 1);

/** Why a calibration does not hold for what is served, in one sentence; null where it does. */
export function calibrationProblem(calibration: Calibration, served: Served): string | null {
  const { models, gpu, gpus, tp, ep, pp, engine, precision } = calibration;
  const fitted = `fitted for ${models.join(', ')} on ${gpus} x ${gpu}, ${engine}, ${precision}`;
  const differs: string[] = [];
  if (!models.includes(served.model)) differs.push(`the model is ${served.model}`);
  if (gpu !== served.gpu || gpus !== served.gpus) differs.push(`the GPUs are ${served.gpus} x ${served.gpu}`);
  if (engine !== served.engine) differs.push(`the engine is ${served.engine}`);
  if (precision !== served.precision) differs.push(`the precision is ${served.precision}`);
  if (differs.length === 0 && (tp !== served.tp || ep !== served.ep || pp !== served.pp)) {
    differs.push(`the parallelism is tp ${served.tp}, ep ${served.ep}, pp ${served.pp}`);
  }
  if (differs.length === 0) return null;
  return `the calibration of this profile is not used (wider interval): ${fitted}, but here ${differs.join(' and ')}`;
}

/** `calibrated on 40 measurements of this endpoint (±8 %)`. */
export function calibrationWord({ measured }: Calibration, logSigma: number): string {
  const measurements = `${measured.n} measurement${measured.n === 1 ? '' : 's'}`;
  return `calibrated on ${measurements} of this endpoint (±${Number(halfWidthOf(logSigma).toPrecision(2))} %)`;
}

/** The same with the days and the meter. */
export function calibrationNote(calibration: Calibration): string {
  const { from, to, meter, scope } = calibration.measured;
  const days = from === undefined ? null : to === undefined || to === from ? from : `${from} to ${to}`;
  const facts = [days, meter === undefined ? null : `meter ${meter}`, `scope ${scope}`].filter((fact) => fact !== null);
  return `${calibrationWord(calibration, calibration.interval.logSigma)}: ${facts.join(', ')}`;
}

/** Factors on predicted joules of prefill and decode at a batch. Beyond the measured batches the growth is not carried on. */
export function phaseFactors({ factors, measured }: Calibration, batch: number): { prefill: number; decode: number } {
  const within = Math.min(measured.batch[1], Math.max(measured.batch[0], batch));
  const all = factors.engine.factor * Math.pow(within / factors.batch.at, factors.batch.exponent);
  return { prefill: all * factors.prefill.factor, decode: all * factors.decode.factor };
}

/** The same model, its joules as the calibration has them. Seconds stay as they are. */
export function calibratedModel(model: PreparedModel, calibration: Calibration, batch: number): PreparedModel {
  const { prefill, decode } = phaseFactors(calibration, batch);
  const perRequest = calibration.factors.request.joules;
  return {
    effectiveBatch: (shape) => model.effectiveBatch(shape),
    warnings: (shape) => model.warnings(shape),
    prefill: (shape) => {
      const figures = model.prefill(shape);
      if (shape.tokensIn === 0) return figures;
      return { ...figures, joules: prefill * figures.joules + perRequest };
    },
    decode: (shape) => {
      const figures = model.decode(shape);
      return { ...figures, joules: decode * figures.joules };
    },
    slopes: (shape) => {
      const slopes = model.slopes(shape);
      return {
        prefillPerCachedToken: prefill * slopes.prefillPerCachedToken,
        prefillPerNewToken: prefill * slopes.prefillPerNewToken,
        decodePerContextToken: decode * slopes.decodePerContextToken,
      };
    },
  };
}

/** Doublings beyond what was measured after which the width of the general fit is back in full. */
const DOUBLINGS_TO_GENERAL = 3;

/** The longest context that was measured, in tokens. */
export const measuredContext = ({ measured }: Calibration): number =>
  Math.max(1, measured.tokensIn[1] + measured.tokensOut[1]);

/**
 * Spread of measured over calibrated predictions: the calibration's own within what was measured, and step by step that
 * of the general fit on top beyond it.
 */
export function calibratedSigma(
  calibration: Calibration,
  batch: number,
  shape: Pick<RequestShape, 'tokensIn' | 'tokensOut'>,
  general: { readonly logSigma: number; readonly prefillLogSigma: number },
): { logSigma: number; prefillLogSigma: number; reasons: string[] } {
  const { interval, measured } = calibration;
  const [lo, hi] = measured.batch;
  const context = shape.tokensIn + shape.tokensOut;
  const longest = measuredContext(calibration);
  const ofBatch = Math.max(0, Math.log2(batch / hi), Math.log2(lo / batch));
  const ofContext = context > longest ? Math.log2(context / longest) : 0;
  const reasons: string[] = [];
  if (ofBatch > 0) reasons.push(`batch outside the measured ${rangeText(lo, hi)}`);
  if (ofContext > 0) reasons.push(`context beyond the measured ${longest} tokens`);
  const share = Math.min(1, (ofBatch + ofContext) / DOUBLINGS_TO_GENERAL);
  return {
    logSigma: Math.hypot(interval.logSigma, share * general.logSigma),
    prefillLogSigma: Math.hypot(interval.prefillLogSigma, share * general.prefillLogSigma),
    reasons,
  };
}

const rangeText = (lo: number, hi: number): string =>
  lo === hi ? threeDigits(lo) : `${threeDigits(lo)} to ${threeDigits(hi)}`;
