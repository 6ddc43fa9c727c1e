/** Measurements in words: the announcement, the message at the end, and the output channel. Pure: no `vscode` here. */
import type { CalibrationPlanDto, CalibrationPlans } from '../../server/protocol/calibration.js';
import type { MeasuredRunDto, MeasurementDto, MeasurePlan, MeasureResult } from '../../server/protocol/messages.js';
import { countText, figureText, joulesText, measuredFigureText } from '../format.js';
import type { Endpoint, MeasureSettings } from './endpoint.js';

/** What will be sent, where, and what it is predicted to cost; a few lines. */
export function announcementText(endpoint: Endpoint, plan: MeasurePlan, settings: MeasureSettings): string {
  const most = settings.stopWithin === undefined ? '' : 'up to ';
  const times = settings.repeats === 1 ? 'once' : `${most}${settings.repeats} times`;
  const beside =
    settings.meter === 'response' ? [] : [`Meter: ${settings.meter}, after one warm-up; it gets no text and no key.`];
  return [
    `Sent: the ${plan.replyTurn === 1 ? 'first turn' : `${plan.replyTurn} turns`} before the reply, ${times}, to ${endpoint.url}${endpoint.apiKey === undefined ? ', without a key' : ', with your key for this origin'}.`,
    `Model: ${endpoint.model ?? plan.model}.`,
    ...beside,
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
  meter: string,
): string {
  const beside =
    meter === 'response'
      ? []
      : [`Meter: ${meter}, one request at a time and after a warm-up for each kind; it gets no text and no key.`];
  const atOnce = plan.concurrency > 1 ? ` Up to ${plan.concurrency} requests run at once.` : '';
  return [
    `Sent: generated text of common words, nothing of yours, to ${endpoint.url}${endpoint.apiKey === undefined ? ', without a key' : ', with your key for this origin'}.${atOnce}`,
    `Model: ${endpoint.model ?? model}, starting from profile ${profile}.`,
    ...beside,
    `Cost: ${plan.announcement}.`,
  ].join('\n\n');
}

/** `52.3 J ± 1.1 (n=5)`, or with a meter that knows the idle power `52.3 J ± 1.1 (n=5, 40.1 J above idle)`. */
export function measuredText(measurement: MeasurementDto): string {
  const { joules, grossJoules, ci95, n } = measurement;
  const net = grossJoules === undefined ? '' : `, ${joulesText(joules)} above idle`;
  return `${measuredFigureText(grossJoules ?? joules, ci95)} (n=${n}${net})`;
}

/** `measured`, `simulated`, ... ; an endpoint that does not say is named so. */
export function provenanceText(measurement: MeasurementDto): string {
  return measurement.provenance === 'unknown' ? 'reported (provenance unknown)' : measurement.provenance;
}

/** The message at the end of a measurement: one line with both figures, never a simulated one without saying so. */
export function resultText(measurement: MeasurementDto, asked: number): string {
  const { stopped: why } = measurement;
  const stopped =
    why?.reason === 'precise'
      ? ' The figure was narrow enough to stop early.'
      : measurement.n < asked
        ? ` Stopped after ${measurement.n} of ${asked}.`
        : '';
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
    ...(measurement.boundary === undefined ? [] : [`  inside: ${measurement.boundary}`]),
    ...(measurement.idleWatts === undefined ? [] : [`  idle power: ${measurement.idleWatts.toFixed(1)} W`]),
    ...(measurement.runs ?? []).map((run, index) => `  ${runText(run, index + 1)}`),
    `  predicted: ${figureText({ joules: measurement.predictedJoules, interval90: measurement.predictedInterval90 })} at the same tokens, batch and cache state; ratio ${measurement.ratio.toFixed(2)}`,
    `  tokens in ${countText(measurement.tokensIn)}, out ${countText(measurement.tokensOut)}; ${measurement.seconds.toFixed(2)} s; ${measurement.endpoint}`,
    ...measurement.warnings.map((warning) => `  warning: ${warning}`),
    '  raw payload:',
    ...result.raw.map((line) => `    ${line}`),
    '',
  ];
}

/** `run 2: 51.3 J, 12 tokens in, 300 out, 4.20 s; does not count: the counter was reset meanwhile`. */
function runText(run: MeasuredRunDto, number: number): string {
  const joules = run.joules === null ? 'no energy' : joulesText(run.joules);
  const tokens =
    run.tokensIn === null || run.tokensOut === null ? '' : `, ${run.tokensIn} tokens in, ${run.tokensOut} out`;
  const name = run.kind === 'oneToken' ? 'run of one token' : 'run';
  return `${name} ${number}: ${joules}${tokens}, ${run.seconds.toFixed(2)} s${run.discarded === undefined ? '' : `; does not count: ${run.discarded}`}`;
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
export function replyName(plan: Pick<MeasurePlan, 'replyTurn'>): string {
  return `Reply ${plan.replyTurn + 1}.md`;
}
