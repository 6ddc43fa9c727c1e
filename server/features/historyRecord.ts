/** From a measurement to the record that is kept of it, and back to what a lens shows. */
import { figuresOf, HISTORY_VERSION } from '../core/history/index.js';
import type { HistoryRecord, HistoryRun, UnplacedRecord } from '../core/history/index.js';
import type { MeasurementDto } from '../protocol/messages.js';
import { lengthOf } from '../workspace/measurements.js';
import type { KeptMeasurement } from '../workspace/measurements.js';
import type { LiveOutcome } from './livePort.js';
import type { DocumentRequest } from './requests.js';

/** What a measurement was, beside its figures. */
export interface Measured {
  readonly id: string;
  readonly requestHash: string;
  readonly request: DocumentRequest;
  readonly outcome: LiveOutcome;
  readonly measurement: MeasurementDto;
  /** Mean over the runs, in tokens. */
  readonly tokensCached: number;
  readonly endpointModel: string;
  readonly keepCache: boolean;
  /** As the settings name it. */
  readonly meter: string;
  readonly keepReply: boolean;
  readonly extensionVersion: string;
  readonly comparison?: HistoryRecord['comparison'];
}

/** The record, without the document's name: hashes, counts and figures; the reply's text only where asked for. */
export function recordOf(measured: Measured): UnplacedRecord {
  const { request, outcome, measurement, comparison } = measured;
  const { assumptions } = request.figures;
  return {
    version: HISTORY_VERSION,
    id: measured.id,
    at: measurement.at,
    conversation: request.conversation,
    replyTurn: request.replyTurn,
    requestHash: measured.requestHash,
    length: lengthOf(request.messages),
    endpoint: originOf(measurement.endpoint),
    model: request.figures.choice.model.id,
    endpointModel: measured.endpointModel,
    keepCache: measured.keepCache,
    assumptions: assumptions && withoutNotes(assumptions),
    measured: {
      ...figuresOf(outcome.measured ?? {}),
      joules: measurement.joules,
      ci95: measurement.ci95,
      n: measurement.n,
      provenance: measurement.provenance,
      scope: measurement.scope,
      method: measurement.method.slice(0, 300),
      meter: measured.meter,
      tokensIn: measurement.tokensIn,
      tokensOut: measurement.tokensOut,
      tokensCached: measured.tokensCached,
      seconds: measurement.seconds,
    },
    predicted: { joules: measurement.predictedJoules, interval90: measurement.predictedInterval90 },
    ratio: measurement.ratio,
    runs: outcome.runs.map((run) => figuresOf(run) as HistoryRun),
    warningCount: measurement.warnings.length,
    stopped: outcome.stopped?.reason ?? null,
    extensionVersion: measured.extensionVersion,
    ...(comparison ? { comparison } : {}),
    ...(measured.keepReply && measurement.reply !== '' ? { reply: measurement.reply } : {}),
  };
}

/** A kept measurement as it is shown at its request. */
export function keptOf(record: HistoryRecord): KeptMeasurement {
  const { measured, predicted } = record;
  return {
    requestHash: record.requestHash,
    conversation: record.conversation,
    replyTurn: record.replyTurn,
    length: record.length,
    isFromHistory: true,
    measurement: {
      provenance: measured.provenance,
      joules: measured.joules,
      ci95: measured.ci95,
      n: measured.n,
      scope: measured.scope,
      method: measured.method,
      tokensIn: measured.tokensIn,
      tokensOut: measured.tokensOut,
      seconds: measured.seconds,
      ...restOf(measured),
      predictedJoules: predicted.joules,
      predictedInterval90: predicted.interval90,
      ratio: record.ratio,
      endpoint: record.endpoint,
      at: record.at,
      stale: false,
      reply: record.reply ?? '',
      warnings: [],
    },
  };
}

/** What only some meters know. */
function restOf(measured: HistoryRecord['measured']): Partial<MeasurementDto> {
  const { grossJoules, idleWatts, boundary, prefillJoules, decodeJoules, phaseMethod } = measured;
  return {
    ...(grossJoules === undefined ? {} : { grossJoules }),
    ...(idleWatts === undefined ? {} : { idleWatts }),
    ...(typeof boundary === 'string' ? { boundary } : {}),
    ...(typeof prefillJoules === 'number' ? { prefillJoules } : {}),
    ...(typeof decodeJoules === 'number' ? { decodeJoules } : {}),
    ...(typeof phaseMethod === 'string' ? { phaseMethod } : {}),
  };
}

/** What was assumed because nobody said it is in words; the values themselves are there. */
function withoutNotes({ notes: _, ...rest }: { notes: readonly string[]; profile: string }): { profile: string } {
  return rest;
}

/** The origin of a URL that was sent to; never its path, which may hold a tenant's name. */
function originOf(url: string): string {
  try {
    return new URL(url).origin;
  } catch {
    return '';
  }
}
