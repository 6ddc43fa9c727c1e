/** `joulelens measure`: runs a request of a transcript against an endpoint, and sets its energy beside the prediction. */
import { createMeter, LiveError, measure, parseBaseUrl, resolveModel, type MeasureOutcome } from '../live/index.js';
import { readInput } from './input.js';
import { type CliIo, CliError, ExitCode, writeLine } from './io.js';
import { parseMeasureOptions, type MeasureOptions, type RawMeasureOptions } from './measureOptions.js';
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
    const input = await readInput(options.file, io);
    const target = await services.annotateForMeasure(input.text, options.file, options);
    if (target.messages.length === 0) {
      throw new CliError(`${options.file}: the request has no turns to send`);
    }
    const endpoint = { baseUrl: options.endpoint, apiKey: io.env['JOULELENS_API_KEY'] };
    const limits = { timeoutSeconds: Math.min(modelsSeconds, options.timeoutSeconds), signal: io.signal };
    const model = await resolveModel(endpoint, target.model, limits);
    const progress = createProgress(io);
    let outcome: MeasureOutcome;
    try {
      outcome = await measure(
        {
          endpoint,
          model: model.id,
          messages: target.messages,
          repeats: options.repeats,
          maxTokens: options.maxTokens ?? target.maxTokens,
          timeoutSeconds: options.timeoutSeconds,
          budgetSeconds: options.budgetSeconds,
          keepCache: options.keepCache,
          warmUp: options.warmUp,
          stopWithin: options.stopWithin,
          oneTokenRuns: options.phases,
          meter: made.meter,
        },
        { signal: io.signal, onProgress: ({ fraction, message }) => progress.update(fraction, message) },
      );
    } finally {
      progress.done();
    }
    const report = measureReport(options, target, model, outcome);
    await writeLine(io.stdout, options.json ? JSON.stringify(report) : reportText(report));
    return exitCode(outcome, io);
  } catch (error) {
    if (error instanceof LiveError) {
      throw new CliError(error.message, codeOf(error));
    }
    throw error;
  } finally {
    made.meter.close?.();
  }
}

function codeOf(error: LiveError): number {
  if (error.code === 'cancelled') {
    return ExitCode.interrupted;
  }
  return usageErrors.has(error.code) ? ExitCode.badInput : ExitCode.endpoint;
}

/** Says on stderr why a series is incomplete. */
function exitCode({ measured, stopped }: MeasureOutcome, io: CliIo): number {
  if (stopped === null || ((stopped.reason === 'budget' || stopped.reason === 'precise') && measured !== null)) {
    return ExitCode.fine;
  }
  io.stderr.write(`joulelens: ${stopped.message}\n`);
  return stopped.reason === 'cancelled' ? ExitCode.interrupted : ExitCode.endpoint;
}
