/** One row of `joulelens predict --rows`: checked, priced, never thrown. */
import { z } from 'zod';
import { BUILT_IN_PROFILES, loadCoreData, type CoreData } from '../data/index.js';
import { resolveAssumptions, type Overrides } from './assumptions.js';
import { modelFromConfig, type ResolvedModel } from './catalogue.js';
import { hostJoulesOf, nodeJoules, scenarioJoules } from './energyFigure.js';
import { interval90 } from './intervals.js';
import type { RequestShape } from './physics.js';
import { createPricer, type Pricer } from './pricer.js';
import { batchSchema, engineSchema, gpuSchema, precisionSchema, ranksSchema } from './profileSchema.js';
import { SCENARIOS } from './scenarios.js';
import type { Assumptions, Interval90, Profile } from './types.js';

const MOST_TOKENS = 1e9;
const tokens = z.number().max(MOST_TOKENS);

const rowSchema = z.object({
  model: z.string().optional(),
  config: z.record(z.string(), z.unknown()).optional(),
  in: tokens.min(1),
  out: tokens.min(0),
  cached: tokens.min(0).optional(),
  batch: batchSchema.optional(),
  gpus: ranksSchema.optional(),
  gpu: gpuSchema.optional(),
  precision: precisionSchema.optional(),
  engine: engineSchema.optional(),
  tp: ranksSchema.optional(),
  ep: ranksSchema.optional(),
  pp: ranksSchema.optional(),
});

/** Fields of a row, for help and for warnings about others. */
export const ROW_FIELDS: readonly string[] = Object.keys(rowSchema.shape);

type Row = z.infer<typeof rowSchema>;

/** GPU joules of one request's share; see the README for each field. */
export interface PredictionRow {
  readonly prefillJoules: number;
  readonly decodeJoules: number;
  /** Their sum: all GPUs of the replica, this request's share. */
  readonly gpuJoules: number;
  readonly hostJoules: number;
  /** PUE x (gpuJoules + hostJoules), without idle. */
  readonly totalJoules: number;
  /** Null for out = 0. */
  readonly joulesPerOutputToken: number | null;
  /** Of `gpuJoules`. */
  readonly interval90: Interval90;
  readonly secondsPrefill: number;
  /** Null for out = 0. */
  readonly secondsPerOutputToken: number | null;
  readonly confidence: string;
  readonly assumptions: Assumptions;
  readonly warnings: readonly string[];
}

/** What a bad row gives in its place: one line that names the field. */
export interface PredictionError {
  readonly error: string;
}

export type Predictor = (row: unknown) => PredictionRow | PredictionError;

export interface PredictorOptions {
  /** Default: the data that ships. */
  readonly data?: Pick<CoreData, 'models' | 'coefficients'>;
  /** Holds for what a row leaves open. Default: `shared-server`. */
  readonly profile?: Profile;
}

/** A model on a deployment with what many rows share. */
interface Prepared {
  readonly pricer: Pricer;
  readonly confidence: Map<number, string>;
}

/** A model on a deployment, ready at every batch that rows have asked for. */
interface Served {
  readonly model: ResolvedModel;
  /** At some batch. */
  readonly assumptions: Assumptions;
  readonly atBatch: Map<string, Prepared>;
}

/** Entries of each cache; it starts anew beyond, so that memory stays flat. */
const MOST_KEPT = 256;

function keep<K, V>(cache: Map<K, V>, key: K, value: V): V {
  if (cache.size >= MOST_KEPT) cache.clear();
  cache.set(key, value);
  return value;
}

/** Checks and prices parsed rows, one at a time. What it returns never throws. */
export function createPredictor(options: PredictorOptions = {}): Predictor {
  const data = options.data ?? loadCoreData();
  const profile = options.profile ?? BUILT_IN_PROFILES[0]!;
  const served = new Map<string, Served | PredictionError>();
  const scratch = new Float64Array(SCENARIOS);

  const serve = (row: Row): Served | PredictionError => {
    const { model: name, config, in: _in, out: _out, cached: _cached, batch: _batch, ...overrides } = row;
    const key = JSON.stringify([name, config, overrides]);
    const known = served.get(key);
    if (known !== undefined) return known;
    const made = attempt((): Served => {
      const model = modelOf(data, name, config);
      const assumptions = resolveAssumptions(profile, model, { overrides: overrides as Overrides });
      return { model, assumptions, atBatch: new Map() };
    });
    return keep(served, key, made);
  };

  const prepare = (row: Row): Prepared | PredictionError => {
    const at = serve(row);
    if ('error' in at) return at;
    const batch = row.batch ?? profile.batch;
    const key = String(batch);
    return (
      at.atBatch.get(key) ??
      attempt(() => {
        const pricer = createPricer({ ...at.assumptions, batch }, at.model, data.coefficients);
        return keep(at.atBatch, key, { pricer, confidence: new Map<number, string>() });
      })
    );
  };

  return (input: unknown): PredictionRow | PredictionError => {
    const fields = withoutNulls(input);
    const checked = rowSchema.safeParse(fields);
    if (!checked.success) return { error: issueText(checked.error, input) };
    const row = checked.data;
    if (row.model === undefined && row.config === undefined) {
      return { error: 'model: missing; give a model id, or config with the object of a config.json' };
    }
    if ((row.cached ?? 0) > row.in) return { error: `cached: ${row.cached} is more than in, ${row.in}` };
    const entry = prepare(row);
    if ('error' in entry) return entry;
    return attempt(() => price(entry, shapeOf(row), warningsOf(fields as object, row), scratch));
  };
}

/** The last token of a prompt is always computed. */
const shapeOf = (row: Row): RequestShape => ({
  tokensIn: row.in,
  tokensCached: Math.min(row.cached ?? 0, Math.max(0, row.in - 1)),
  tokensOut: row.out,
});

function warningsOf(fields: object, row: Row): string[] {
  const warnings: string[] = [];
  for (const name in fields)
    if (!ROW_SET.has(name)) warnings.push(`field ${JSON.stringify(name)} is not known: ignored`);
  if (row.cached !== undefined && row.cached > row.in - 1)
    warnings.push('cached: the last prompt token is always computed');
  return warnings;
}

const ROW_SET = new Set(ROW_FIELDS);

function modelOf(data: Pick<CoreData, 'models'>, name: string | undefined, config: object | undefined): ResolvedModel {
  if (config !== undefined) return modelFromConfig(name ?? 'config', config);
  const match = data.models.find(name!);
  if (!match.ok) throw new Error(`model: ${match.error}`);
  return match.model;
}

function price(
  { pricer, confidence }: Prepared,
  shape: RequestShape,
  warnings: string[],
  scratch: Float64Array,
): PredictionRow {
  const { assumptions, central } = pricer;
  const prefill = central.prefill(shape);
  const decode = central.decode(shape);
  const gpuJoules = prefill.joules + decode.joules;
  const hostJoules = hostJoulesOf(assumptions, prefill.replicaSeconds + decode.replicaSeconds);
  const atNodes = nodeJoules(pricer, shape);
  let word = confidence.get(atNodes.bucket);
  if (word === undefined) confidence.set(atNodes.bucket, (word = pricer.confidence(shape)));
  const hasOutput = shape.tokensOut > 0;
  return {
    prefillJoules: prefill.joules,
    decodeJoules: decode.joules,
    gpuJoules,
    hostJoules,
    totalJoules: assumptions.pue * (gpuJoules + hostJoules),
    joulesPerOutputToken: hasOutput ? gpuJoules / shape.tokensOut : null,
    interval90: interval90(scenarioJoules(pricer, [atNodes], 1, 1, scratch), gpuJoules),
    secondsPrefill: prefill.seconds,
    secondsPerOutputToken: hasOutput ? decode.seconds / shape.tokensOut : null,
    confidence: word,
    assumptions,
    warnings: [...warnings, ...central.warnings(shape)],
  };
}

/** The result, or the error's message: every error of this folder is one clear line. */
function attempt<T>(make: () => T): T | PredictionError {
  try {
    return make();
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** A null field counts as left out. */
function withoutNulls(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  for (const value of Object.values(input)) {
    if (value === null) return Object.fromEntries(Object.entries(input).filter(([, each]) => each !== null));
  }
  return input;
}

function issueText(error: z.ZodError, input: unknown): string {
  const issue = error.issues[0]!;
  const field = issue.path[0];
  if (field === undefined) return 'row: expected a JSON object with model or config, in and out';
  const value: unknown = (input as Readonly<Record<string, unknown>>)[String(field)];
  if (value === undefined || value === null) return `${String(field)}: missing; expected a number of tokens`;
  if (issue.code === 'custom') return `${String(field)}: ${issue.message}`;
  const shown = JSON.stringify(value) ?? String(value);
  return `${String(field)}: ${EXPECTED[String(field)] ?? issue.message} (it is ${shown.slice(0, 60)})`;
}

const EXPECTED: Readonly<Record<string, string>> = {
  model: 'expected a model id in quotes',
  config: 'expected the object of a config.json',
  in: `expected a number of tokens from 1 to ${MOST_TOKENS}`,
  out: `expected a number of tokens from 0 to ${MOST_TOKENS}`,
  cached: 'expected a number of tokens from 0 to in',
  batch: 'expected a number of at least 1, or [lo, hi]',
  gpus: 'expected a whole number from 1 to 1024',
  tp: 'expected a whole number from 1 to 1024',
  ep: 'expected a whole number from 1 to 1024',
  pp: 'expected a whole number from 1 to 1024',
  gpu: 'expected an id in quotes, such as "h100-sxm"',
  engine: 'expected an id in quotes, such as "vllm-0.11"',
  precision: 'expected an id in quotes, such as "bf16"',
};
