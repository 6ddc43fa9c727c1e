/** A calibration for people: held-back errors before and after, the factors, and what it is for. Markdown. */
import { percentOff } from '../metrics.js';
import { halfWidthOf } from '../../energy/calibrated.js';
import { formatJoules, threeDigits } from '../../energy/units.js';
import type { EndpointCalibration, Judged } from './calibrateEndpoint.js';

/** A calibration whose held-back error is not below this share of the uncalibrated one is no gain. */
const NO_GAIN = 0.97;

/** One line: what was gained. */
export function calibrationHeadline({ calibration, before, after }: EndpointCalibration): string {
  const { n, shapes } = calibration.measured;
  const of = `${n} measurements of ${shapes} shapes of request`;
  if (before === null || after === null) {
    return `Calibrated on ${of}: too few to hold any back, so its error is not known.`;
  }
  return (
    `Calibrated on ${of}: on runs held back the error is ${percent(after.mapePercent)} ` +
    `(${percent(before.mapePercent)} without), and ${percent(after.coveragePercent)} lie in the 90 % interval.`
  );
}

/** What a reader should know before using it, one sentence each. */
export function calibrationWarnings({ calibration, before, after, fit, heldBack }: EndpointCalibration): string[] {
  const { factors, measured } = calibration;
  const warnings: string[] = [];
  if (before !== null && after !== null && after.mapePercent > NO_GAIN * before.mapePercent) {
    warnings.push('On runs held back it is no better than the profile without it.');
  }
  if (after !== null && after.coveragePercent < 75) {
    warnings.push(`Only ${percent(after.coveragePercent)} of the held-back runs lie in its 90 % interval.`);
  }
  if (fit.prefillOverDecodeSigma > 0.12) {
    warnings.push('The measurements hardly tell prefill from decode: add long prompts with short replies.');
  }
  if (measured.shapes < 5) {
    warnings.push(
      `${measured.shapes} shape${measured.shapes === 1 ? '' : 's'} of request: the general fit still weighs much.`,
    );
  }
  if (fit.outliers.length > 0) {
    const places = fit.outliers.slice(0, 5).map(({ request }) => request.place);
    const more = fit.outliers.length > places.length ? ` and ${fit.outliers.length - places.length} more` : '';
    warnings.push(`Far from the rest, and counted less: ${places.join(', ')}${more}.`);
  }
  const engine = factors.engine.factor * factors.decode.factor;
  if (engine > 2.5 || engine < 0.4) {
    warnings.push(
      `Decode costs ${threeDigits(engine)} times the prediction: check GPU, engine, precision and batch of the profile.`,
    );
  }
  if (heldBack.length > 0 && measured.batch[0] === measured.batch[1]) {
    warnings.push(`Measured at batch ${threeDigits(measured.batch[0])} alone: other batches have a wider interval.`);
  }
  return warnings;
}

export interface ReportContext {
  readonly title: string;
  /** Lines under the title, such as that nothing of it was measured. */
  readonly notices?: readonly string[];
}

/** The whole report. */
export function calibrationMarkdown(result: EndpointCalibration, { title, notices = [] }: ReportContext): string {
  const { calibration } = result;
  const { gpus, gpu, engine, precision, models, measured } = calibration;
  const sections = [
    `# ${title}`,
    ...notices.map((notice) => `**${notice}**`),
    calibrationHeadline(result),
    ...(result.before === null || result.after === null ? [] : [errorTable(result.before, result.after)]),
    factorTable(result),
    [
      `For ${models.join(', ')} on ${gpus} x ${gpu}, ${engine}, ${precision}; on anything else it is not used.`,
      `Measured: prompts of ${range(measured.tokensIn)} tokens, replies of ${range(measured.tokensOut)}, batch ${range(measured.batch)}, scope ${measured.scope}` +
        `${measured.meter === undefined ? '' : `, meter ${measured.meter}`}. Beyond, the interval widens.`,
    ].join('\n'),
    ...calibrationWarnings(result).map((warning) => `- ${warning}`),
    ...(result.heldBack.length === 0 ? [] : [shapesTable(result)]),
  ];
  return `${sections.join('\n\n')}\n`;
}

function errorTable(before: Judged, after: Judged): string {
  const line = (name: string, judged: Judged): string =>
    `| ${name} | ${judged.n} | ${percent(judged.mapePercent)} | ${percent(judged.medianPercent)} | ${signed(judged.biasPercent)} | ${percent(judged.coveragePercent)} | ±${percent(judged.halfWidthPercent)} |`;
  return [
    '| On runs held back | n | mean error | median | bias | in the 90 % interval | its half-width |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    line('without calibration', before),
    line('calibrated', after),
  ].join('\n');
}

/** What the phases are multiplied by in all: their product with the engine's is known far better than its parts. */
function factorTable({ calibration, fit }: EndpointCalibration): string {
  const { engine, prefill, decode, batch, request } = calibration.factors;
  const factor = (name: string, value: number, logSigma: number): string =>
    `| ${name} | x ${threeDigits(value)} | ±${percent(halfWidthOf(logSigma))} |`;
  return [
    '| Over the general fit | | 90 % |',
    '| --- | --- | --- |',
    factor('prefill', engine.factor * prefill.factor, fit.prefillLevelSigma),
    factor('decode', engine.factor * decode.factor, fit.levelSigma),
    factor("of both, the engine's", engine.factor, engine.logSigma),
    `| growth with the batch, from ${threeDigits(batch.at)} | ^ ${signedDigits(batch.exponent)} | ±${threeDigits(1.6449 * batch.sigma)} |`,
    ...(request.joules > 0
      ? [
          `| each request, whatever its tokens | ${formatJoules(request.joules)} | ±${formatJoules(1.6449 * request.sigma)} |`,
        ]
      : []),
  ].join('\n');
}

/** Means by shape of request: where it is good and where not. */
function shapesTable({ heldBack }: EndpointCalibration): string {
  const byShape = new Map<string, typeof heldBack>();
  for (const row of heldBack)
    byShape.set(row.observation.shapeKey, [...(byShape.get(row.observation.shapeKey) ?? []), row]);
  const lines = [...byShape.values()].map((rows) => {
    const mean = (of: (row: (typeof rows)[number]) => number): number =>
      rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
    const measured = mean(({ observation }) => observation.request.joules);
    const off = (predicted: number): string => signed(percentOff(predicted, measured));
    const { shape, batch } = rows[0]!.observation;
    return (
      `| ${threeDigits(shape.tokensIn)} | ${threeDigits(shape.tokensOut)} | ${threeDigits(batch)} | ${rows.length} | ${formatJoules(measured)} ` +
      `| ${off(mean(({ before }) => before.joules))} | ${off(mean(({ after }) => after.joules))} |`
    );
  });
  return [
    '| Held back: in | out | batch | n | measured | without calibration | calibrated without this shape |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

const signedDigits = (value: number): string => `${value < 0 ? '-' : '+'}${threeDigits(Math.abs(value))}`;
/** A percentage as the reports write it: one decimal below ten. */
export const percent = (value: number): string => `${value >= 10 ? value.toFixed(0) : value.toFixed(1)} %`;
const signed = (value: number): string => `${value < 0 ? '-' : '+'}${percent(Math.abs(value))}`;
const range = ([lo, hi]: readonly [number, number]): string =>
  lo === hi ? threeDigits(lo) : `${threeDigits(lo)} to ${threeDigits(hi)}`;
