/** `joulelens measure`: runs a request of a transcript against an endpoint, and sets its energy beside the prediction. */
import {
  compare,
  createMeter,
  LiveError,
  measure,
  parseBaseUrl,
  resolveModel,
  type Endpoint,
  type MeasureOutcome,
  type MeasurePlan,
  type Meter,
  type ModelChoice,
} from '../live/index.js';
import { comparisonReport, comparisonReportText } from './compareReport.js';
import { readInput } from './input.js';
import { type CliIo, CliError, ExitCode, writeLine } from './io.js';
import {
  parseMeasureOptions,
  type AgainstOptions,
  type MeasureOptions,
  type RawMeasureOptions,
} from './measureOptions.js';
import { measureReport, reportText, type MeasureTarget } from './measureReport.js';
import { createProgress } from './progress.js';

/** What this command takes from the rest of the program. */
export interface MeasureServices {
  /**
   * The request to send, with its prediction, from a transcript's text.
   * Throws CliError on bad input: no conversation, no such turn, unknown model or profile.
   */
  annotateForMeasure(text: string, path: string, options: RequestChoice): Promise<MeasureTarget> | MeasureTarget;
}

/** Which request, under which assumptions. */
export type RequestChoice = Pick<MeasureOptions, 'conversation' | 'turn' | 'model' | 'profile' | 'maxTokens'>;

/** The command line of `measure`, parsed into words. */
export interface MeasureParams {
  readonly positionals: readonly string[];
  readonly options: RawMeasureOptions;
  readonly services: MeasureServices;
}

/** A list of models needs no longer than this, in seconds. */
const modelsSeconds = 20;

/** Failures that the user mends by another command line rather than at the endpoint. */
const usageErrors = new Set(['badUrl', 'badKey', 'noModel']);

/**
 * Runs the command. Writes figures to stdout, progress and errors to stderr. Returns the exit code.
 * Throws CliError with exit code 2 (input, usage) or 3 (endpoint) where there is no figure to show.
 */
export async function runMeasure({ positionals, options: raw, services }: MeasureParams, io: CliIo): Promise<number> {
  const options = parseMeasureOptions(positionals, raw);
  const made = createMeter(options.meter, { env: io.env, extractor: options.extractor });
  if ('problem' in made) {
    const option = options.extractor === undefined ? '--meter' : '--extractor';
    throw new CliError(`${option}: ${made.problem}`);
  }
  try {
    // Said before anything is read or counted: the URL is the likeliest slip.
    parseBaseUrl(options.endpoint);
    const { against } = options;
    return await (against === null
      ? runSeries(options, made.meter, services, io)
      : runComparison(options, against, made.meter, services, io));
  } catch (error) {
    if (error instanceof LiveError) {
      throw new CliError(error.message, codeOf(error));
    }
    throw error;
  } finally {
    made.meter.close?.();
  }
}

/** One request several times. */
async function runSeries(options: MeasureOptions, meter: Meter, services: MeasureServices, io: CliIo): Promise<number> {
  const { target, model, plan } = await prepared(options, options.file, options, meter, services, io);
  const outcome = await withProgress(io, (onProgress) =>
    measure(
      {
        ...plan,
        repeats: options.repeats,
        budgetSeconds: options.budgetSeconds,
        warmUp: options.warmUp,
        stopWithin: options.stopWithin,
        oneTokenRuns: options.phases,
      },
      { signal: io.signal, onProgress },
    ),
  );
  const report = measureReport(options, target, model, outcome);
  await writeLine(io.stdout, options.json ? JSON.stringify(report) : reportText(report));
  return exitCode(outcome, io);
}

/** Two requests in turn: A is the one that stands against, B the file's. */
async function runComparison(
  options: MeasureOptions,
  against: AgainstOptions,
  meter: Meter,
  services: MeasureServices,
  io: CliIo,
): Promise<number> {
  const a = await prepared(options, against.file, against, meter, services, io);
  const b = await prepared(options, options.file, options, meter, services, io);
  const outcome = await withProgress(io, (onProgress) =>
    compare(
      { a: a.plan, b: b.plan },
      { pairs: against.pairs, stopEarly: against.stopEarly, budgetSeconds: options.budgetSeconds },
      { signal: io.signal, onProgress },
    ),
  );
  const report = comparisonReport(
    measureReport({ ...options, file: against.file }, a.target, a.model, outcome.a),
    measureReport(options, b.target, b.model, outcome.b),
    outcome,
  );
  await writeLine(io.stdout, options.json ? JSON.stringify(report) : comparisonReportText(report));
  return exitCode({ measured: outcome.b.measured, stopped: outcome.stopped }, io);
}

interface Prepared {
  readonly target: MeasureTarget;
  readonly model: ModelChoice;
  readonly plan: MeasurePlan;
}

/** The request of a file, its prediction, and what will be sent. */
async function prepared(
  options: MeasureOptions,
  file: string,
  which: Pick<MeasureOptions, 'conversation' | 'turn'>,
  meter: Meter,
  services: MeasureServices,
  io: CliIo,
): Promise<Prepared> {
  const { conversation, turn } = which;
  const input = await readInput(file, io);
  const target = await services.annotateForMeasure(input.text, file, { ...options, conversation, turn });
  if (target.messages.length === 0) {
    throw new CliError(`${file}: the request has no turns to send`);
  }
  const endpoint: Endpoint = { baseUrl: options.endpoint, apiKey: io.env['JOULELENS_API_KEY'] };
  const limits = { timeoutSeconds: Math.min(modelsSeconds, options.timeoutSeconds), signal: io.signal };
  const model = await resolveModel(endpoint, target.model, limits);
  const plan: MeasurePlan = {
    endpoint,
    model: model.id,
    messages: target.messages,
    repeats: 1,
    maxTokens: options.maxTokens ?? target.maxTokens,
    timeoutSeconds: options.timeoutSeconds,
    keepCache: options.keepCache,
    meter,
  };
  return { target, model, plan };
}

async function withProgress<T>(
  io: CliIo,
  work: (onProgress: (step: { readonly fraction: number; readonly message: string }) => void) => Promise<T>,
): Promise<T> {
  const progress = createProgress(io);
  try {
    return await work(({ fraction, message }) => progress.update(fraction, message));
  } finally {
    progress.done();
  }
}

function codeOf(error: LiveError): number {
  if (error.code === 'cancelled') {
    return ExitCode.interrupted;
  }
  return usageErrors.has(error.code) ? ExitCode.badInput : ExitCode.endpoint;
}

/** Says on stderr why a series is incomplete. */
function exitCode({ measured, stopped }: Pick<MeasureOutcome, 'measured' | 'stopped'>, io: CliIo): number {
  if (stopped === null || ((stopped.reason === 'budget' || stopped.reason === 'precise') && measured !== null)) {
    return ExitCode.fine;
  }
  io.stderr.write(`joulelens: ${stopped.message}\n`);
  return stopped.reason === 'cancelled' ? ExitCode.interrupted : ExitCode.endpoint;
}
