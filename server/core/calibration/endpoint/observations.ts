/** Measurements of an endpoint beside what the general fit says of them, phase by phase. */
import { deploymentOf, resolveAssumptions } from '../../energy/assumptions.js';
import type { ModelMatch, ResolvedModel } from '../../energy/catalogue.js';
import { modelFromConfig } from '../../energy/catalogue.js';
import type { Served } from '../../energy/calibrated.js';
import { COEFFICIENTS, type Coefficients } from '../../energy/coefficients.js';
import { errorModel } from '../../energy/errorModel.js';
import { prepare, type PreparedModel, type RequestShape } from '../../energy/physics.js';
import type { Assumptions, Profile } from '../../energy/types.js';
import type { MeasuredRequest, RowProblem } from './measuredRequests.js';

/** One measured request, with the general fit's joules of its phases. */
export interface Observation {
  readonly request: MeasuredRequest;
  readonly model: ResolvedModel;
  /** Uncalibrated; batch is one number. */
  readonly assumptions: Assumptions;
  readonly shape: RequestShape;
  readonly batch: number;
  /** Constants of the general fit. */
  readonly coefficients: Coefficients;
  readonly prefillJoules: number;
  readonly decodeJoules: number;
  /** Width of the general fit here, log-scale: of everything, and of prefill on top. */
  readonly logSigma: number;
  readonly prefillLogSigma: number;
  /** Requests of nearly one shape share it: they are left out together, and count for little more than one. */
  readonly shapeKey: string;
}

export interface ObserveOptions {
  /** Assumptions for what rows leave open. Its own calibration, if any, is not used. */
  readonly profile: Profile;
  /** Model of rows that name none. */
  readonly model?: string;
  /** Batch of rows that name none; beyond that: 1 where the figure is all that the GPUs drew, else the profile's. */
  readonly batch?: number;
  readonly findModel: (id: string) => ModelMatch;
  /** Default: the constants that ship. */
  readonly coefficients?: Coefficients;
}

/** Rows that cannot be predicted are problems; the rest are used. */
export function observe(
  requests: readonly MeasuredRequest[],
  options: ObserveOptions,
): { observations: Observation[]; problems: RowProblem[]; notes: string[] } {
  const prepared = new Map<string, { assumptions: Assumptions; model: ResolvedModel; ready: PreparedModel }>();
  const { calibration: _own, ...profile } = options.profile;
  const coefficients = options.coefficients ?? COEFFICIENTS;
  const observations: Observation[] = [];
  const problems: RowProblem[] = [];
  let assumedBatch = 0;

  const prepareFor = (request: MeasuredRequest, batch: number) => {
    const key = JSON.stringify([request.model, request.config, request.deployment, batch]);
    const known = prepared.get(key);
    if (known !== undefined) return known;
    const model = modelOf(request, options);
    const overrides = { ...request.deployment, batch };
    const assumptions = resolveAssumptions(profile, model, { overrides });
    const made = { model, assumptions, ready: prepare(model.arch, deploymentOf(assumptions, batch), coefficients) };
    prepared.set(key, made);
    return made;
  };

  for (const request of requests) {
    try {
      const stated = request.batch ?? options.batch ?? (isWindow(request.scope) ? 1 : undefined);
      const batch = stated ?? middle(profile.batch);
      if (stated === undefined && typeof profile.batch !== 'number') assumedBatch++;
      const { model, assumptions, ready } = prepareFor(request, batch);
      const { tokensIn, tokensOut } = request;
      const shape = { tokensIn, tokensOut, tokensCached: Math.min(request.tokensCached, Math.max(0, tokensIn - 1)) };
      const error = errorModel(model.arch, deploymentOf(assumptions, batch), shape, coefficients);
      const ofSize = model.sizeFactor === null ? 0 : Math.log(model.sizeFactor[1] / model.sizeFactor[0]) / (2 * 1.6449);
      observations.push({
        request,
        model,
        assumptions,
        shape,
        batch,
        coefficients,
        prefillJoules: ready.prefill(shape).joules,
        decodeJoules: ready.decode(shape).joules,
        logSigma: Math.hypot(error.logSigma, ofSize),
        prefillLogSigma: error.prefillLogSigma,
        shapeKey: shapeKeyOf(model.id, batch, shape),
      });
    } catch (error) {
      problems.push({ place: request.place, message: error instanceof Error ? error.message : String(error) });
    }
  }
  const notes =
    assumedBatch === 0
      ? []
      : [
          `${assumedBatch} row${assumedBatch === 1 ? ' does' : 's do'} not say how many requests ran at once: ` +
            `the middle of the profile's batch, ${Number(middle(profile.batch).toPrecision(3))}, is taken for them`,
        ];
  return { observations, problems, notes };
}

/** What is served in an observation: calibrations are for one such. */
export const servedOf = ({ assumptions }: Observation): Omit<Served, 'model'> => {
  const { gpu, gpus, tp, ep, pp, engine, precision } = assumptions;
  return { gpu, gpus, tp, ep, pp, engine, precision };
};

const middle = (batch: Profile['batch']): number =>
  typeof batch === 'number' ? batch : Math.sqrt(batch[0] * batch[1]);

/** Scopes whose figure is all that the GPUs drew, not a share: one request at a time unless the row says otherwise. */
const isWindow = (scope: string): boolean => /window|^gpus?$/i.test(scope);

function modelOf(request: MeasuredRequest, options: ObserveOptions): ResolvedModel {
  if (request.config !== undefined) return modelFromConfig(request.model ?? 'config', request.config);
  const id = request.model ?? options.model;
  if (id === undefined || id === '')
    throw new Error('model: missing; name one in the row or for the whole calibration');
  const match = options.findModel(id);
  if (!match.ok) throw new Error(`model: ${match.error}`);
  return match.model;
}

/** Half octaves of prompt, reply and batch. */
function shapeKeyOf(model: string, batch: number, { tokensIn, tokensCached, tokensOut }: RequestShape): string {
  const half = (value: number): number => Math.round(2 * Math.log2(Math.max(1, value)));
  return [model, half(batch), half(tokensIn), half(tokensIn - tokensCached), half(tokensOut)].join(' ');
}
