/** Calibrate This Endpoint: announce the requests, send them, fit, and hand over a report and a profile. */
import { calibrateEndpoint } from '../core/calibration/endpoint/calibrateEndpoint.js';
import { calibratedProfile } from '../core/calibration/endpoint/calibratedProfile.js';
import type { MeasuredRequest } from '../core/calibration/endpoint/measuredRequests.js';
import { observe } from '../core/calibration/endpoint/observations.js';
import {
  DEFAULT_BUDGET,
  planCalibration,
  type CalibrationPlan,
  type PlanBudget,
} from '../core/calibration/endpoint/plan.js';
import { calibrationHeadline, calibrationMarkdown } from '../core/calibration/endpoint/report.js';
import type { ResolvedModel } from '../core/energy/catalogue.js';
import { BUILT_IN_PROFILES } from '../core/data/index.js';
import { findModel, type JouleService, type Profile } from '../core/index.js';
import type {
  CalibrateParams,
  CalibrateResult,
  CalibrationPlanDto,
  CalibrationPlanParams,
  CalibrationPlans,
  CalibrationSize,
} from '../protocol/calibration.js';
import type { MeasureProgress, Reply } from '../protocol/messages.js';
import type { ResourceSettings } from '../workspace/resourceSettings.js';
import type { DocumentSession } from '../workspace/session.js';
import type { LiveEndpoint, LivePort } from './livePort.js';
import { endpointFailure } from './measure.js';
import { failure, success } from './replies.js';
import { countText, joulesText } from './words.js';
import { runPlan, type PlanRun } from './calibrationRun.js';

export interface CalibratePorts {
  readonly service: JouleService;
  readonly live: Pick<LivePort, 'measure' | 'resolveModel'>;
  /** The time now, ISO 8601. */
  now(): string;
}

/** What holds where the calibration was asked for. */
export interface CalibrateContext {
  readonly settings: ResourceSettings;
  /** The document, if there is one. */
  readonly session: DocumentSession | undefined;
}

const BUDGETS: Readonly<Record<CalibrationSize, PlanBudget>> = {
  quick: { ...DEFAULT_BUDGET, seconds: 60, requests: 24, concurrency: 1, tokensIn: 4096 },
  standard: DEFAULT_BUDGET,
  thorough: { ...DEFAULT_BUDGET, seconds: 900, requests: 300, concurrency: 16 },
};
const SIZES = Object.keys(BUDGETS) as CalibrationSize[];
/** Rows without which there is nothing to fit. */
const FEWEST_ROWS = 3;
/** Sentences on single requests in the report. */
const MOST_NOTES = 6;
/** Seconds for the question which models there are. */
const probeSeconds = 10;

/** What the predictions start from: model and profile, as they stand in the settings. */
function startOf(
  { settings, session }: CalibrateContext,
  service: JouleService,
  name?: string,
): { model: ResolvedModel; profile: Profile } | string {
  const { profile } = settings.analysis;
  const served = name === undefined || name === '' ? null : service.catalogue.find(name);
  const ofDocument = session?.analysis.figures(0)?.choice.model;
  const wanted = served?.ok ? served.model : ofDocument;
  if (wanted !== undefined) return { model: wanted, profile };
  const match = findModel(service.catalogue, settings.model, settings.analysis);
  return match.ok ? { model: match.model, profile } : match.error;
}

/** The sizes to choose from; one that nothing fits is left out. */
export function calibrationPlans(
  params: CalibrationPlanParams,
  context: CalibrateContext,
  service: JouleService,
): Reply<CalibrationPlans> {
  const start = startOf(context, service, params.endpointModel);
  if (typeof start === 'string') return failure('internal', start);
  let why = '';
  const plans = SIZES.flatMap((size): CalibrationPlanDto[] => {
    try {
      return [planDto(size, planCalibration(start.profile, start.model, BUDGETS[size]))];
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
      return [];
    }
  });
  if (plans.length === 0) return failure('internal', `No requests can be planned: ${why}`);
  return success({
    model: start.model.id,
    profile: start.profile.name,
    name: nameFor(start.profile, start.model),
    plans,
  });
}

function planDto(size: CalibrationSize, plan: CalibrationPlan): CalibrationPlanDto {
  const { requests, tokensIn, tokensOut, joules, seconds, steps } = plan;
  const minutes = Math.max(1, Math.round(seconds / 60));
  return {
    size,
    requests,
    shapes: steps.length,
    concurrency: Math.max(...steps.map(({ concurrency }) => concurrency)),
    tokensIn,
    tokensOut,
    joules,
    seconds,
    announcement:
      `${requests} requests, ${countText(tokensIn)} tokens in, up to ${countText(tokensOut)} out; ` +
      `predicted about ${joulesText(joules)} and ${minutes} minute${minutes === 1 ? '' : 's'}`,
  };
}

/** A profile of one's own is calibrated in place; a built-in one gives a new one. */
function nameFor(profile: Profile, model: ResolvedModel): string {
  if (BUILT_IN_PROFILES.every(({ name }) => name !== profile.name)) return profile.name;
  return `calibrated-${model.id
    .split('/')
    .at(-1)!
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')}`;
}

/** Sends the requests and fits. Every failure is one clear line. */
export async function calibrate(
  params: CalibrateParams,
  context: CalibrateContext,
  ports: CalibratePorts,
  signal: AbortSignal,
  report: (progress: MeasureProgress) => void,
): Promise<Reply<CalibrateResult>> {
  const planned = startOf(context, ports.service, params.endpointModel);
  if (typeof planned === 'string') return failure('internal', planned);
  const endpoint: LiveEndpoint = { baseUrl: params.endpoint, apiKey: params.apiKey };
  const notes: string[] = [];
  try {
    const plan = planCalibration(planned.profile, planned.model, BUDGETS[params.size]);
    const limits = { timeoutSeconds: Math.min(probeSeconds, params.timeoutSeconds), signal };
    const served = await ports.live.resolveModel(endpoint, params.endpointModel ?? planned.model.id, limits);
    // What it serves by a name of the catalogue is what is predicted.
    const known = ports.service.catalogue.find(served.id);
    const model = known.ok ? known.model : planned.model;
    if (!known.ok && served.warning !== undefined) notes.push(served.warning);
    if (known.ok && model.id !== planned.model.id)
      notes.push(`The endpoint serves ${model.id}: the calibration is for that.`);
    const run = await runPlan(plan, ports.live, {
      endpoint,
      model: served.id,
      predictedModel: model.id,
      timeoutSeconds: params.timeoutSeconds,
      meter: params.meter,
      extractor: params.extractor,
      signal,
      now: () => ports.now(),
      onProgress: (fraction, message) => report({ token: params.progressToken, fraction, message }),
    });
    return resultOf(run, { ...planned, model }, notes);
  } catch (error) {
    if (signal.aborted) return failure('cancelled', 'Cancelled.');
    return endpointFailure(error, params.endpoint);
  }
}

function resultOf(
  run: PlanRun,
  { model, profile }: { model: ResolvedModel; profile: Profile },
  notes: readonly string[],
): Reply<CalibrateResult> {
  const measured = run.requests.filter(({ provenance }) => provenance === 'measured');
  const simulated = measured.length === 0 && run.requests.length > 0;
  const rows = simulated ? run.requests : alike(measured);
  const { observations, problems } = observe(rows, { profile, findModel: () => ({ ok: true, model }) });
  if (observations.length < FEWEST_ROWS) {
    const why = problems[0]?.message ?? run.notes[0] ?? '';
    return failure(
      run.stopped === null ? 'no-energy' : 'cancelled',
      `${run.stopped ?? 'Too few figures.'} ${observations.length} usable figures are too few to calibrate on${why === '' ? '' : `: ${why}`}.`,
    );
  }
  const result = calibrateEndpoint(observations);
  const name = nameFor(profile, model);
  const { name: _name, ...fields } = calibratedProfile(name, profile, observations, result.calibration);
  const notices = [
    ...(simulated ? [SIMULATED_NOTICE] : []),
    ...(run.stopped === null ? [] : [run.stopped]),
    ...notes,
    ...run.notes.slice(0, MOST_NOTES),
  ];
  const title = simulated ? 'Simulated: trial of a calibration' : `Calibration of profile ${name}`;
  const headline = calibrationHeadline(result);
  return success({
    simulated,
    headline: simulated ? `Simulated, nothing was measured or saved. ${headline}` : headline,
    markdown: calibrationMarkdown(result, { title, notices }),
    profile: simulated ? null : (fields as unknown as Record<string, unknown>),
    name,
    requests: run.requests.length,
    stopped: run.stopped,
  });
}

const SIMULATED_NOTICE =
  'The meter of this endpoint is simulated: nothing below was measured, and no profile can be saved from it.';

/** Of unlike scopes the one with the most figures. */
function alike(requests: readonly MeasuredRequest[]): MeasuredRequest[] {
  const counts = new Map<string, number>();
  for (const { scope } of requests) counts.set(scope, (counts.get(scope) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
  return requests.filter(({ scope }) => scope === most);
}
