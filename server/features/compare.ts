/** Compare two prompts: two requests measured in turn, kept like any measurement, and judged. */
import type { HistoryRecord } from '../core/history/index.js';
import type { CompareParams, CompareResult, CompareSideParams } from '../protocol/history.js';
import type { MeasurementDto, MeasureProgress, Reply } from '../protocol/messages.js';
import { lengthOf } from '../workspace/measurements.js';
import type { DocumentSession } from '../workspace/session.js';
import { comparisonOf } from './comparison.js';
import { recordOf } from './historyRecord.js';
import type { LiveEndpoint, LiveOutcome, LivePlan } from './livePort.js';
import { besidePrediction, endpointFailure, measurementOf } from './measure.js';
import type { MeasurePorts } from './measure.js';
import { failure, success } from './replies.js';
import type { DocumentRequest } from './requests.js';

/** One of the two prompts. */
export interface CompareSide {
  readonly params: CompareSideParams;
  /** Null for a version that is not the open document: no lens can show its figure. */
  readonly session: DocumentSession | null;
  readonly request: DocumentRequest;
}

/** Measures both in pairs and keeps what came back. Every failure is one clear line. */
export async function compare(
  a: CompareSide,
  b: CompareSide,
  params: CompareParams,
  ports: MeasurePorts,
  signal: AbortSignal,
  onProgress: (progress: MeasureProgress) => void,
): Promise<Reply<CompareResult>> {
  const endpoint: LiveEndpoint = { baseUrl: params.endpoint, apiKey: params.apiKey };
  const modelOf = ({ request }: CompareSide): string => params.endpointModel ?? request.figures.choice.model.id;
  const planOf = ({ request }: CompareSide, model: string): LivePlan => ({
    endpoint,
    model,
    messages: request.messages,
    repeats: 1,
    maxTokens: params.maxTokens ?? request.figures.conversation.parameters.maxTokens,
    timeoutSeconds: params.timeoutSeconds,
    keepCache: params.keepCache,
    meter: params.meter,
    extractor: params.extractor,
  });
  try {
    const resolve = (side: CompareSide): ReturnType<MeasurePorts['live']['resolveModel']> =>
      ports.live.resolveModel(endpoint, modelOf(side), { timeoutSeconds: Math.min(10, params.timeoutSeconds), signal });
    const modelA = await resolve(a);
    const modelB = modelOf(a) === modelOf(b) ? modelA : await resolve(b);
    const outcome = await ports.live.compare(
      { a: planOf(a, modelA.id), b: planOf(b, modelB.id) },
      { pairs: params.pairs, stopEarly: params.stopEarly, budgetSeconds: params.budgetSeconds },
      { signal, onProgress: ({ fraction, message }) => onProgress({ token: params.progressToken, fraction, message }) },
    );
    const { raw } = outcome;
    if (!outcome.a.measured || !outcome.b.measured) {
      const why = outcome.stopped?.message ?? `${params.endpoint}: replied, but reported no energy.`;
      return failure('no-energy', why, { raw });
    }
    const warnings = new Set(outcome.warnings);
    for (const each of [modelA.warning, modelB.warning, a.request.leftOut, b.request.leftOut]) {
      if (each) warnings.add(each);
    }
    const id = ports.newId();
    const at = ports.now();
    const common = { alpha: outcome.alpha, plannedPairs: outcome.plannedPairs };
    const take = (side: CompareSide, which: 'a' | 'b', endpointModel: string): Promise<Taken | null> =>
      takeSide(
        side,
        outcome[which],
        { id, side: which, label: side.params.label, ...common },
        {
          params,
          ports,
          at,
          endpointModel,
        },
      );
    const takenA = await take(a, 'a', modelA.id);
    const takenB = await take(b, 'b', modelB.id);
    const comparison = takenA && takenB && comparisonOf(takenA.record, takenB.record, () => null);
    if (!takenA || !takenB || !comparison) {
      return failure('endpoint', 'The replies have no prediction to stand beside: choose a model of the catalogue.', {
        raw,
      });
    }
    for (const [side, taken] of [
      [a, takenA],
      [b, takenB],
    ] as const) {
      const problem = await ports.history.keep(side.params.uri, taken.record);
      if (problem !== null) warnings.add(problem);
      show(side, taken, ports);
    }
    const named = (side: CompareSide, dto: typeof comparison.a): typeof comparison.a => ({
      ...dto,
      uri: side.params.uri,
    });
    return success({
      comparison: { ...comparison, a: named(a, comparison.a), b: named(b, comparison.b) },
      a: takenA.measurement,
      b: takenB.measurement,
      stopped: outcome.stopped?.message ?? null,
      warnings: [...warnings],
      raw: [...raw],
    });
  } catch (error) {
    return endpointFailure(error, params.endpoint);
  }
}

interface Taken {
  readonly record: HistoryRecord;
  readonly measurement: MeasurementDto;
}

/** One side's figure beside its prediction, and the record of it; null where there is no prediction. */
async function takeSide(
  { params: { uri }, request }: CompareSide,
  outcome: LiveOutcome,
  comparison: NonNullable<HistoryRecord['comparison']>,
  of: { params: CompareParams; ports: MeasurePorts; at: string; endpointModel: string },
): Promise<Taken | null> {
  const { params, ports, at, endpointModel } = of;
  const beside = outcome.measured && (await besidePrediction(outcome, outcome.measured, request, ports));
  if (!beside) return null;
  const measurement = measurementOf(beside, outcome, params.endpoint, at, []);
  const record = recordOf({
    id: ports.newId(),
    requestHash: ports.live.hashRequest(request.messages),
    request,
    outcome,
    measurement,
    tokensCached: beside.tokensCached,
    endpointModel,
    keepCache: params.keepCache,
    meter: params.meter ?? 'response',
    keepReply: params.keepReply === true,
    extensionVersion: ports.version(),
    comparison,
  });
  return { record: { ...record, file: uri }, measurement };
}

/** The lens of the document, where the request stands in it. */
function show({ session, request }: CompareSide, { record, measurement }: Taken, ports: MeasurePorts): void {
  if (!session) return;
  const { conversation, replyTurn, messages } = request;
  const { requestHash } = record;
  ports.measurements.add(session, { requestHash, conversation, replyTurn, length: lengthOf(messages), measurement });
}
