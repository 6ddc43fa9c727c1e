/** Measured requests from plain data: what `measure --json` prints, histories, and rows of one's own. */
import { isObject, type PlainObject } from '../../plainObject.js';
import { z } from 'zod';
import { batchSchema, engineSchema, gpuSchema, precisionSchema, ranksSchema } from '../../energy/profileSchema.js';
import type { Overrides } from '../../energy/assumptions.js';

/** Something wrong with a row: it is left out, the rest are used. */
export interface RowProblem {
  /** `runs.jsonl:12`. */
  readonly place: string;
  /** Names the field and what to do. */
  readonly message: string;
}

/** One measured request. Joules of the GPUs, this request's own. */
export interface MeasuredRequest {
  readonly place: string;
  readonly model?: string;
  /** The object of a `config.json`, where the row brings its own. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly tokensIn: number;
  readonly tokensCached: number;
  readonly tokensOut: number;
  readonly joules: number;
  readonly prefillJoules?: number;
  readonly decodeJoules?: number;
  /** Runs that the figure is the mean of. */
  readonly repeats: number;
  /** Requests that ran at once, where the row says. */
  readonly batch?: number;
  readonly deployment: Overrides;
  readonly provenance: 'measured' | 'simulated';
  readonly scope: string;
  readonly meter?: string;
  /** ISO 8601 day. */
  readonly day?: string;
}

const joules = z.number().positive().max(1e12);
const tokens = z.number().min(0).max(1e9);

/** A row with its names made one. */
const rowSchema = z.object({
  model: z.string().optional(),
  config: z.record(z.string(), z.unknown()).optional(),
  in: tokens.min(1),
  out: tokens,
  cached: tokens.optional(),
  joules,
  prefillJoules: joules.optional(),
  decodeJoules: joules.optional(),
  n: z.number().int().min(1).max(1e6).optional(),
  batch: batchSchema.optional(),
  gpu: gpuSchema.optional(),
  gpus: ranksSchema.optional(),
  engine: engineSchema.optional(),
  precision: precisionSchema.optional(),
  tp: ranksSchema.optional(),
  ep: ranksSchema.optional(),
  pp: ranksSchema.optional(),
  provenance: z.string().optional(),
  scope: z.string().max(200).optional(),
  meter: z.string().max(500).optional(),
  at: z.string().optional(),
});

/** Other names that the same things go by. */
const ALIASES: Readonly<Record<string, string>> = {
  tokensIn: 'in',
  tokensOut: 'out',
  tokensCached: 'cached',
  concurrency: 'batch',
  measuredJoules: 'joules',
  source: 'provenance',
  method: 'meter',
  date: 'at',
};

const EXPECTED: Readonly<Record<string, string>> = {
  in: 'expected the tokens of the prompt, at least 1',
  out: 'expected the tokens of the reply',
  cached: 'expected a number of tokens from 0 to in',
  joules: 'expected the measured joules, above 0',
  prefillJoules: 'expected joules above 0',
  decodeJoules: 'expected joules above 0',
  n: 'expected the number of runs, at least 1',
  batch: 'expected a number of at least 1, or [lo, hi]',
};

/** What a file's value says: a report with its runs, or a row. */
export type Fields = PlainObject;

/** Whether a value is a report of `measure --json`: one request with its runs. */
const isReport = (value: unknown): value is Fields & { readonly runs: readonly unknown[] } =>
  isObject(value) && Array.isArray(value['runs']);

/** The reports in a value: itself, both sides of `measure --against --json`, or none. */
export const reportsIn = (value: unknown): readonly (Fields & { readonly runs: readonly unknown[] })[] =>
  (isReport(value) ? [value] : isObject(value) ? [value['a'], value['b']] : []).filter(isReport);

/** What a report says once for all of its runs. */
const OF_ALL_RUNS = ['model', 'concurrency', 'batch', 'at', 'meter', 'gpu', 'gpus', 'engine', 'precision'];
/** What a kept history says of the runs' mean alone. */
const OF_THE_MEAN = ['provenance', 'scope', 'method', 'meter'];

/** The rows of a report, each run with what the report says of all. */
export function reportRows(report: Fields & { readonly runs: readonly unknown[] }): unknown[] {
  const { measured } = report;
  const common = {
    ...picked(isObject(measured) ? measured : {}, OF_THE_MEAN),
    ...picked(report, [...OF_THE_MEAN, ...OF_ALL_RUNS]),
  };
  return report.runs.map((run) => (isObject(run) ? { ...common, ...picked(run, Object.keys(run)) } : run));
}

const picked = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(
    names.map((name) => [name, fields[name]] as const).filter(([, value]) => value !== undefined && value !== null),
  );

/**
 * The prediction has the GPUs' idle draw in it while they work: so has the figure that it is calibrated to. The phases
 * that a meter tells are net where the figure is, and are left out then.
 */
function withGross(fields: Fields): Fields {
  const { grossJoules, ...rest } = fields;
  if (typeof grossJoules !== 'number') return fields;
  const { prefillJoules: _prefill, decodeJoules: _decode, ...total } = rest;
  return { ...total, joules: grossJoules };
}

/** One row, or what is wrong with it. */
export function readRow(value: unknown, place: string): MeasuredRequest | RowProblem {
  if (!isObject(value)) return { place, message: 'row: expected an object with in, out and joules' };
  const fields = withGross(namesMadeOne(value));
  const refused = refusal(fields);
  if (refused !== null) return { place, message: refused };
  const checked = rowSchema.safeParse(fields);
  if (!checked.success) return { place, message: issueText(checked.error, fields) };
  const row = checked.data;
  if ((row.cached ?? 0) > row.in) return { place, message: `cached: ${row.cached} is more than in, ${row.in}` };
  const { gpu, gpus, engine, precision, tp, ep, pp } = row;
  const day = /^\d{4}-\d{2}-\d{2}/.exec(row.at ?? '')?.[0];
  return {
    place,
    ...(row.model === undefined || row.model === '' ? {} : { model: row.model }),
    ...(row.config === undefined ? {} : { config: row.config }),
    tokensIn: row.in,
    tokensCached: row.cached ?? 0,
    tokensOut: row.out,
    joules: row.joules,
    ...(row.prefillJoules === undefined ? {} : { prefillJoules: row.prefillJoules }),
    ...(row.decodeJoules === undefined ? {} : { decodeJoules: row.decodeJoules }),
    repeats: row.n ?? 1,
    ...(row.batch === undefined ? {} : { batch: middleOf(row.batch) }),
    deployment: definedOnly({ gpu, gpus, engine, precision, tp, ep, pp }),
    provenance: row.provenance === 'simulated' ? 'simulated' : 'measured',
    scope: row.scope ?? 'not stated',
    ...(row.meter === undefined ? {} : { meter: row.meter }),
    ...(day === undefined ? {} : { day }),
  };
}

/** A null or empty field counts as left out; of two names of one thing the first that is given holds. */
function namesMadeOne(value: Fields): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(value)) {
    if (each === null || each === undefined || each === '') continue;
    const known = ALIASES[name] ?? name;
    if (!(known in fields)) fields[known] = each;
  }
  return fields;
}

/** Why a row may not be used at all, whatever its numbers. */
function refusal(fields: Fields): string | null {
  const { provenance, joules: figure, scope, discarded } = fields;
  if (typeof discarded === 'string') return `discarded when it was measured: ${discarded}`;
  if (figure === undefined) return 'joules: missing; the endpoint or the meter reported no energy for it';
  if (provenance === 'estimated')
    return 'provenance: estimated by the provider; a calibration takes measured figures alone';
  if (provenance === 'unknown')
    return 'provenance: unknown how the figure was made; write "provenance": "measured" if you know that it was measured';
  if (provenance !== undefined && provenance !== 'measured' && provenance !== 'simulated')
    return `provenance: expected measured (it is ${JSON.stringify(provenance)})`;
  if (typeof scope === 'string' && /node|host|server|system|facility|cpu|package|rapl/i.test(scope))
    return `scope: ${scope} has more than the GPUs in it; the figures that are calibrated are those of the GPUs alone`;
  return null;
}

const middleOf = (batch: number | readonly number[]): number =>
  typeof batch === 'number' ? batch : Math.sqrt(batch[0]! * batch[1]!);

const definedOnly = (overrides: { [Name in keyof Overrides]: Overrides[Name] | undefined }): Overrides =>
  Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));

function issueText(error: z.ZodError, fields: Fields): string {
  const issue = error.issues[0]!;
  const field = String(issue.path[0] ?? 'row');
  const value = fields[field];
  if (value === undefined) return `${field}: missing; ${EXPECTED[field] ?? issue.message}`;
  if (issue.code === 'custom') return `${field}: ${issue.message}`;
  return `${field}: ${EXPECTED[field] ?? issue.message} (it is ${(JSON.stringify(value) ?? String(value)).slice(0, 60)})`;
}
