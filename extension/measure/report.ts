/** Measurements in words: the announcement, the message at the end, and the output channel. Pure: no `vscode` here. */
import type { CalibrationPlanDto, CalibrationPlans } from '../../server/protocol/calibration.js';
import type { MeasurementDto, MeasurePlan, MeasureResult } from '../../server/protocol/messages.js';
import { countText, figureText, measuredFigureText } from '../format.js';
import type { Endpoint, MeasureSettings } from './endpoint.js';

/** What will be sent, where, and what it is predicted to cost; a few lines. */
export function announcementText(endpoint: Endpoint, plan: MeasurePlan, settings: MeasureSettings): string {
  const times = settings.repeats === 1 ? 'once' : `${settings.repeats} times`;
  return [
    `Sent: the ${plan.replyTurn === 1 ? 'first turn' : `${plan.replyTurn} turns`} before the reply, ${times}, to ${endpoint.url}${endpoint.apiKey === undefined ? ', without a key' : ', with your key for this origin'}.`,
    `Model: ${endpoint.model ?? plan.model}.`,
    `Joules: ${plan.announcement}.`,
  ].join('\n\n');
}

/** What a token check sends; a few lines. */
export function checkAnnouncement(endpoint: Endpoint): string {
  return [
    `Sent: the text of each turn by itself, and the conversation once more as messages, to the tokenizer routes of ${endpoint.url}${endpoint.apiKey === undefined ? ', without a key' : ', with your key for this origin'}.`,
    'No reply is generated.',
  ].join('\n\n');
}

/** What a calibration sends; a few lines. */
export function calibrationAnnouncement(
  endpoint: Endpoint,
  { model, profile }: CalibrationPlans,
  plan: CalibrationPlanDto,
): string {
  const atOnce = plan.concurrency > 1 ? ` Up to ${plan.concurrency} requests run at once.` : '';
  return [
    `Sent: generated text of common words, nothing of yours, to ${endpoint.url}${endpoint.apiKey === undefined ? ', without a key' : ', with your key for this origin'}.${atOnce}`,
    `Model: ${endpoint.model ?? model}, starting from profile ${profile}.`,
    `Cost: ${plan.announcement}.`,
  ].join('\n\n');
}

/** `52.3 J ± 1.1 (n=5)`. */
export function measuredText(measurement: MeasurementDto): string {
  return `${measuredFigureText(measurement.joules, measurement.ci95)} (n=${measurement.n})`;
}

/** `measured`, `simulated`, ... ; an endpoint that does not say is named so. */
export function provenanceText(measurement: MeasurementDto): string {
  return measurement.provenance === 'unknown' ? 'reported (provenance unknown)' : measurement.provenance;
}

/** The message at the end of a measurement: one line with both figures, never a simulated one without saying so. */
export function resultText(measurement: MeasurementDto, asked: number): string {
  const stopped = measurement.n < asked ? ` Stopped after ${measurement.n} of ${asked}.` : '';
  const warned = measurement.warnings.length === 0 ? '' : ` Note: ${measurement.warnings[0]}`;
  const predicted = figureText({ joules: measurement.predictedJoules, interval90: measurement.predictedInterval90 });
  return `Request ${provenanceText(measurement)}: ${measuredText(measurement)}. Predicted at the same tokens: ${predicted}.${stopped}${warned}`;
}

/** The lines for the output channel: both figures, what was inside, and the raw payload. */
export function outputLines(document: string, plan: MeasurePlan, result: MeasureResult): string[] {
  const { measurement } = result;
  return [
    `${measurement.at}  ${document}, reply at turn ${plan.replyTurn + 1}, request ${result.requestHash.slice(0, 12)}`,
    `  ${provenanceText(measurement)}: ${measuredText(measurement)}, scope ${measurement.scope}, method ${measurement.method}`,
    `  predicted: ${figureText({ joules: measurement.predictedJoules, interval90: measurement.predictedInterval90 })} at the same tokens, batch and cache state; ratio ${measurement.ratio.toFixed(2)}`,
    `  tokens in ${countText(measurement.tokensIn)}, out ${countText(measurement.tokensOut)}; ${measurement.seconds.toFixed(2)} s; ${measurement.endpoint}`,
    ...measurement.warnings.map((warning) => `  warning: ${warning}`),
    '  raw payload:',
    ...result.raw.map((line) => `    ${line}`),
    '',
  ];
}

/** The lines for the output channel of a measurement that failed: why, and what came back before. */
export function failureLines(document: string, plan: MeasurePlan, why: string, raw: readonly string[]): string[] {
  return [
    `${document}, reply at turn ${plan.replyTurn + 1}: ${why}`,
    ...(raw.length === 0 ? [] : ['  raw payload:', ...raw.map((line) => `    ${line}`)]),
    '',
  ];
}

/** `Reply 4.md`: the name of a reply's document. */
export function replyName(plan: MeasurePlan): string {
  return `Reply ${plan.replyTurn + 1}.md`;
}
