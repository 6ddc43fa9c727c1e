/** A measurement beside its prediction: the JSON of `measure --json`, and the same for people. Pure. */
import { formatInterval, formatJoules } from '../core/energy/units.js';
import type { ChatMessage, Measured, MeasuredRun, MeasureOutcome, ModelChoice } from '../live/index.js';
import type { MeasureOptions } from './measureOptions.js';

/** A predicted figure in joules with its 90 % interval. */
export interface PredictedJoules {
  readonly joules: number;
  readonly interval90: readonly [lo: number, hi: number];
}

/** The request to measure, and how to predict it. */
export interface MeasureTarget {
  readonly messages: readonly ChatMessage[];
  /** Before the run, the length of the reply unknown. */
  readonly predicted: PredictedJoules;
  /** At the tokens and cache state of a run. */
  predictAt(tokensIn: number, tokensOut: number, tokensCached: number): PredictedJoules;
  /** The model that the prediction is for. */
  readonly model: string;
  /** Cap on the reply that the file itself sets. */
  readonly maxTokens?: number | undefined;
  /** What of the request is not sent as the file has it. */
  readonly leftOut?: string | null;
}

/** `measure --json`. */
export interface MeasureReport {
  readonly file: string;
  readonly endpoint: string;
  /** Model of the prediction. */
  readonly model: string;
  /** Name that was sent. */
  readonly endpointModel: string;
  /** Null where the endpoint reported no energy. */
  readonly measured: Measured | null;
  readonly predicted: PredictedJoules;
  /**
   * Measured over predicted; null without a measurement. A prediction holds the idle power of the GPUs while they work,
   * so where a meter gives both, it is the gross figure that is compared.
   */
  readonly ratio: number | null;
  readonly warnings: readonly string[];
  readonly runs: readonly MeasuredRun[];
  readonly reply: string;
  readonly stopped: { readonly reason: string; readonly message: string } | null;
}

/** Puts the two figures side by side, the prediction recomputed for what was run. */
export function measureReport(
  options: Pick<MeasureOptions, 'file' | 'endpoint' | 'keepCache'>,
  target: MeasureTarget,
  model: ModelChoice,
  outcome: MeasureOutcome,
): MeasureReport {
  const { measured, stopped } = outcome;
  const counted = outcome.runs.filter(
    (run) => run.kind === 'run' && run.discarded === undefined && (measured === null || run.joules !== null),
  );
  const atRuns = counted.flatMap((run) =>
    run.tokensIn === null || run.tokensOut === null
      ? []
      : [target.predictAt(run.tokensIn, run.tokensOut, run.tokensCached ?? 0)],
  );
  const predicted = atRuns.length === counted.length && atRuns.length > 0 ? meanPrediction(atRuns) : target.predicted;
  const cacheUnknown = options.keepCache && counted.some((run) => run.tokensCached === null);
  return {
    file: options.file,
    endpoint: options.endpoint,
    model: target.model,
    endpointModel: model.id,
    measured,
    predicted,
    ratio: measured === null ? null : (measured.grossJoules ?? measured.joules) / predicted.joules,
    warnings: [
      ...(model.warning === undefined ? [] : [model.warning]),
      ...(target.leftOut ? [target.leftOut] : []),
      ...(cacheUnknown ? ['The endpoint does not say what its prefix cache held; predicted without a cache.'] : []),
      ...outcome.warnings,
    ],
    runs: outcome.runs,
    reply: outcome.reply,
    stopped: stopped === null ? null : { reason: stopped.reason, message: stopped.message },
  };
}

/** The mean over runs. The model's error is common to them, so the ends of the intervals are averaged too. */
function meanPrediction(all: readonly PredictedJoules[]): PredictedJoules {
  const mean = (pick: (one: PredictedJoules) => number): number =>
    all.reduce((total, one) => total + pick(one), 0) / all.length;
  return {
    joules: mean((one) => one.joules),
    interval90: [mean((one) => one.interval90[0]), mean((one) => one.interval90[1])],
  };
}

/** `measured 52.3 J ± 1.1 (95 %, n=5) · predicted 50 J (24-139 J) at the same tokens · ratio 1.05`. Never called measured unless its provenance is. */
export function figureText({ measured, predicted, ratio, stopped }: MeasureReport): string {
  const prediction = `predicted ${formatJoules(predicted.joules)} (${formatInterval(predicted.interval90)})`;
  return measured === null
    ? `${stopped === null || stopped.reason === 'noEnergy' ? 'no energy reported' : 'no figure'} · ${prediction}`
    : `${provenanceText(measured.provenance)} ${measuredText(measured)} · ${prediction}${atSameTokens(measured)}${ratio === null ? '' : ` · ratio ${ratio.toFixed(2)}`}`;
}

/** The report for people. */
export function reportText(report: MeasureReport): string {
  const { measured } = report;
  const lines =
    measured === null
      ? [`request: ${figureText(report)}`]
      : [
          `request ${figureText(report)}`,
          `  ${tokensText(measured)}${measured.seconds.toFixed(2)} s · scope ${measured.scope} · inside: ${measured.boundary}`,
          ...meterLines(measured),
          `  method: ${measured.method}`,
        ];
  const reply = report.reply.trim() === '' ? [] : ['', 'reply:', report.reply];
  return [
    `${report.file} · ${report.endpointModel} at ${report.endpoint}`,
    ...lines,
    ...report.warnings.map((warning) => `  warning: ${warning}`),
    ...reply,
  ].join('\n');
}

/** Idle, gross, phases and range, where the meter gives them. */
function meterLines({ idleWatts, prefillJoules, decodeJoules, phaseMethod, range }: Measured): string[] {
  const parts = [
    ...(idleWatts === undefined ? [] : [`idle ${Number(idleWatts.toPrecision(3))} W`]),
    ...(prefillJoules === undefined ? [] : [`prefill ${formatJoules(prefillJoules)}`]),
    ...(decodeJoules === undefined ? [] : [`decode ${formatJoules(decodeJoules)}`]),
    ...(phaseMethod === undefined || phaseMethod === 'of each run' ? [] : [phaseMethod]),
    ...(range === undefined ? [] : [`range ${formatInterval(range)}`]),
  ];
  return parts.length === 0 ? [] : [`  ${parts.join(' · ')}`];
}

function provenanceText(provenance: Measured['provenance']): string {
  return provenance === 'unknown' ? 'reported (provenance unknown)' : provenance;
}

function atSameTokens({ tokensIn, tokensOut }: Measured): string {
  return tokensIn === null || tokensOut === null ? '' : ' at the same tokens';
}

function tokensText({ tokensIn, tokensOut }: Measured): string {
  return tokensIn === null || tokensOut === null
    ? ''
    : `tokens ${Math.round(tokensIn)} in, ${Math.round(tokensOut)} out · `;
}

/**
 * `52.3 J ± 1.1 (95 %, n=5)`: three significant digits, the half-width in the unit of the figure. With a meter that
 * knows the idle power the figure with it, which is what the prediction holds too, and the rest in brackets.
 */
function measuredText({ joules: aboveIdle, grossJoules, ci95, n }: Measured): string {
  const joules = grossJoules ?? aboveIdle;
  const net = grossJoules === undefined ? '' : `, ${formatJoules(aboveIdle)} above idle`;
  const [factor, unit] = joules >= 1000 ? [1e3, 'kJ'] : joules >= 1 ? [1, 'J'] : [1e-3, 'mJ'];
  const digits = (value: number, count: number): string => String(Number((value / factor).toPrecision(count)));
  return `${digits(joules, 3)} ${unit}${ci95 === null ? ` (n=${n}${net})` : ` ± ${digits(ci95, 2)} (95 %, n=${n}${net})`}`;
}
