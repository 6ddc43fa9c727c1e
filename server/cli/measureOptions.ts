/** The options of `joulelens measure`: names, help, and values checked once. */
import type { ParseArgsConfig } from 'node:util';
import { availableMeters, extractorForm } from '../live/index.js';
import { numberOption, type CommandHelp } from './args.js';
import { CliError } from './io.js';

/** For `parseArgs`. */
export const measureOptionNames = {
  endpoint: { type: 'string' },
  model: { type: 'string' },
  profile: { type: 'string' },
  conversation: { type: 'string' },
  turn: { type: 'string' },
  meter: { type: 'string' },
  extractor: { type: 'string' },
  repeats: { type: 'string' },
  'max-tokens': { type: 'string' },
  timeout: { type: 'string' },
  'budget-seconds': { type: 'string' },
  'keep-cache': { type: 'boolean' },
  'early-stop': { type: 'string' },
  'warm-up': { type: 'boolean' },
  'no-warm-up': { type: 'boolean' },
  phases: { type: 'boolean' },
  against: { type: 'string' },
  'against-conversation': { type: 'string' },
  'against-turn': { type: 'string' },
  pairs: { type: 'string' },
  'half-way-look': { type: 'boolean' },
  json: { type: 'boolean' },
} as const satisfies NonNullable<ParseArgsConfig['options']>;

/** For `--help`. */
export const measureHelp: CommandHelp = {
  usage: 'joulelens measure FILE --endpoint URL [--against FILE] [options]',
  summary: 'Sends one request of a transcript to an endpoint, and shows its energy beside the prediction.',
  rows: [
    ['FILE', 'transcript; - for standard input'],
    ['--endpoint URL', 'base URL ending in /v1; the key comes from JOULELENS_API_KEY'],
    ['--model M', 'model, in place of the one that the file names'],
    ['--profile P', 'assumptions of the prediction'],
    ['--conversation N', 'zero-based; default 0'],
    ['--turn N', 'zero-based: the request whose reply stands at or after it; default: the one about to be made'],
    ['--meter METER', `where the energy comes from: ${availableMeters.join(' | ')}; default response`],
    ['--extractor X', `where an answer holds its energy, for meter response: ${extractorForm}`],
    ['--repeats N', 'runs; default: up to 5, fewer when the figure is already narrow'],
    ['--early-stop P', 'ends when the 95 % interval is within P % of the mean, 0 never; default 5 without --repeats'],
    [
      '--warm-up, --no-warm-up',
      'one request before the first run, or none; default: one with a counter, none with response',
    ],
    ['--phases', 'tells prefill from decode by runs of one token beside the others'],
    ['--max-tokens N', 'longest reply; default: as the file says'],
    ['--timeout S', 'seconds for one request; default 300'],
    ['--budget-seconds S', 'seconds for all runs'],
    ['--keep-cache', 'sends the prompt as it is, so that a prefix cache may serve it'],
    ['--against FILE', 'A/B: runs that request (A) and this one (B) in turn, and says whether the difference is real'],
    ['--against-conversation N, --against-turn N', 'which request of --against FILE; default as above'],
    ['--pairs N', 'with --against: pairs of runs, made even; default 10'],
    ['--half-way-look', 'with --against: ends half way where the difference is clear there, judged at 1 %'],
    ['--json', 'one JSON line'],
  ],
};

/** Values as the command line gives them. */
export type RawMeasureOptions = {
  readonly [Name in keyof typeof measureOptionNames]?:
    ((typeof measureOptionNames)[Name]['type'] extends 'boolean' ? boolean : string) | undefined;
};

/** Checked values. */
export interface MeasureOptions {
  readonly file: string;
  readonly endpoint: string;
  readonly model?: string | undefined;
  readonly profile?: string | undefined;
  /** Zero-based. */
  readonly conversation: number;
  /** Zero-based; null for the request about to be made. */
  readonly turn: number | null;
  readonly meter: string;
  readonly extractor?: string | undefined;
  readonly repeats: number;
  /** Share of the mean, 0..1; undefined for all runs. */
  readonly stopWithin?: number | undefined;
  readonly warmUp: boolean;
  /** Runs of one token beside the others. */
  readonly phases: boolean;
  readonly maxTokens?: number | undefined;
  readonly timeoutSeconds: number;
  readonly budgetSeconds?: number | undefined;
  readonly keepCache: boolean;
  readonly against: AgainstOptions | null;
  readonly json: boolean;
}

/** The other request of a comparison, and how much to run. */
export interface AgainstOptions {
  readonly file: string;
  readonly conversation: number;
  readonly turn: number | null;
  readonly pairs: number;
  /** Looks half way too, and ends where the difference is clear there. */
  readonly stopEarly: boolean;
}

/** Longest timer of the runtime, in seconds (2^31 - 1 milliseconds). */
const maxSeconds = 2_147_483;

/** Checks the words. Throws CliError naming the option and what it takes. */
export function parseMeasureOptions(positionals: readonly string[], raw: RawMeasureOptions): MeasureOptions {
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) {
    const problem = file === undefined ? 'a FILE is needed' : `one FILE at a time, not ${positionals.length}`;
    throw new CliError(`measure: ${problem}; usage: ${measureHelp.usage}`);
  }
  if (raw.endpoint === undefined || raw.endpoint === '') {
    throw new CliError('measure: --endpoint URL is needed, such as --endpoint http://127.0.0.1:8000/v1');
  }
  const whole = (name: WholeOption, min: number): number | undefined =>
    numberOption(name, raw[name], { min, integer: true });
  const repeats = whole('repeats', 1);
  const earlyStop = numberOption('early-stop', raw['early-stop'], { min: 0 }) ?? (repeats === undefined ? 5 : 0);
  return {
    file,
    endpoint: raw.endpoint,
    model: raw.model,
    profile: raw.profile,
    conversation: whole('conversation', 0) ?? 0,
    turn: whole('turn', 0) ?? null,
    meter: raw.meter ?? 'response',
    extractor: raw.extractor,
    repeats: repeats ?? 5,
    stopWithin: earlyStop === 0 ? undefined : earlyStop / 100,
    warmUp: raw['no-warm-up'] !== true && (raw['warm-up'] === true || isCounter(raw.meter)),
    phases: raw.phases === true,
    maxTokens: whole('max-tokens', 1),
    timeoutSeconds: seconds('timeout', raw.timeout) ?? 300,
    budgetSeconds: seconds('budget-seconds', raw['budget-seconds']),
    keepCache: raw['keep-cache'] === true,
    against: against(file, raw, whole),
    json: raw.json === true,
  };
}

type WholeOption =
  'conversation' | 'turn' | 'repeats' | 'max-tokens' | 'against-conversation' | 'against-turn' | 'pairs';

/** Options of a series make no sense in a comparison, and the other way round. */
function against(
  main: string,
  raw: RawMeasureOptions,
  whole: (name: WholeOption, min: number) => number | undefined,
): AgainstOptions | null {
  const { against: file } = raw;
  const ofComparison = ['against-conversation', 'against-turn', 'pairs', 'half-way-look'] as const;
  const ofSeries = ['repeats', 'early-stop', 'warm-up', 'no-warm-up', 'phases'] as const;
  const stray = (file === undefined ? ofComparison : ofSeries).find((name) => raw[name] !== undefined);
  if (stray !== undefined) {
    const why =
      file === undefined
        ? 'is for a comparison, which --against FILE makes'
        : 'is for a series; a comparison runs --pairs N, each prompt once before to warm up';
    throw new CliError(`--${stray}: ${why}`);
  }
  if (file === undefined) {
    return null;
  }
  if (file === '-' && main === '-') {
    throw new CliError('--against -: standard input is FILE already');
  }
  return {
    file,
    conversation: whole('against-conversation', 0) ?? 0,
    turn: whole('against-turn', 0) ?? null,
    pairs: whole('pairs', 2) ?? 10,
    stopEarly: raw['half-way-look'] === true,
  };
}

/** Beside a counter stands an engine of the user's own, which may be cold; its idle power is taken after the warm-up. */
function isCounter(meter: string | undefined): boolean {
  return meter !== undefined && meter !== 'response' && meter !== 'simulated';
}

function seconds(name: string, value: string | undefined): number | undefined {
  const number = numberOption(name, value, { min: 0.001 });
  if (number !== undefined && number > maxSeconds) {
    throw new CliError(`--${name}: at most ${maxSeconds} seconds, got "${value}"`);
  }
  return number;
}
