/** How long the next reply may be: a distribution over tokens by model and task, bent towards what is known of this one. */
import { z } from 'zod';
import lengthData from '../data/outputLengths.json';
import { squash, shortName } from './nearest.js';
import { normalQuantile } from './errorModel.js';
import { statedLimit, isThanks, type StatedLimit } from './replyLimits.js';
import { quantileOf } from './intervals.js';

const rowSchema = z.object({
  task: z.string(),
  model: z.string(),
  n: z.number().int().positive(),
  /** Tokens at probability 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95. */
  quantiles: z.array(z.number().positive()).length(7),
  provenance: z.string(),
});
const thanksSchema = z.object({ model: z.string(), mean: z.number().positive(), provenance: z.string() });
const tableSchema = z.object({
  source: z.string(),
  rows: z.array(rowSchema),
  /** Replies to a closing "Thank you!": mean tokens by model, and the common spread over mean. */
  thanks: z.object({ spreadOverMean: z.number().positive(), source: z.string(), rows: z.array(thanksSchema) }),
});

/** Published distributions of reply length, with provenance. */
export type ReplyLengthTable = z.infer<typeof tableSchema>;
type Row = z.infer<typeof rowSchema>;

/** Reads and checks the data file. */
export const replyLengthTable = (data: unknown = lengthData): ReplyLengthTable => tableSchema.parse(data);

/** Tokens of a reply as a distribution. */
export interface LengthDistribution {
  /**
   * Tokens at probability `u` in (0, 1); at least 1.
   * @param deviate the standard normal deviate at `u`, where the caller knows it
   */
  quantile(u: number, deviate?: number): number;
  /** Where it comes from, in a phrase. */
  readonly source: string;
}

export interface ReplyLengthQuestion {
  readonly modelId: string;
  /** `lm-arena-chat` unless said otherwise. */
  readonly task?: string;
  /** Tokens of the conversation's replies so far. */
  readonly ownReplies: readonly number[];
  readonly lastUserText?: string;
  /** Explicit cap in tokens. */
  readonly maxTokens?: number;
  /** Tokens that the model's context leaves. */
  readonly contextRoom?: number;
}

const PROBABILITIES = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95] as const;
const CHAT = 'lm-arena-chat';

/**
 * The distribution of the next reply's length: the model's own published one, else the pool of all models; replaced by
 * a limit that the user states and by thanks; bent towards the conversation's replies; clipped by caps.
 */
export function replyLengths(table: ReplyLengthTable, question: ReplyLengthQuestion): LengthDistribution {
  const text = question.lastUserText ?? '';
  const limit = statedLimit(text);
  let lengths = limit?.kind === 'about' ? around(limit) : bent(prior(table, question, text), question.ownReplies);
  if (limit?.kind === 'atMost') lengths = clipped(lengths, limit.tokens, limit.phrase);
  if (question.maxTokens !== undefined)
    lengths = clipped(lengths, question.maxTokens, `max_tokens ${question.maxTokens}`);
  if (question.contextRoom !== undefined && Number.isFinite(question.contextRoom)) {
    lengths = clipped(lengths, question.contextRoom, 'room in the context');
  }
  return lengths;
}

function prior(table: ReplyLengthTable, question: ReplyLengthQuestion, text: string): LengthDistribution {
  if (isThanks(text)) return thanks(table, question.modelId);
  const known = published.get(table) ?? new Map<string, LengthDistribution>();
  published.set(table, known);
  const { modelId, task = CHAT } = question;
  const key = `${task} ${modelId}`;
  let lengths = known.get(key);
  if (!lengths) {
    if (known.size >= MOST_PUBLISHED) known.clear();
    known.set(key, (lengths = publishedFor(table, modelId, task)));
  }
  return lengths;
}

/** Distributions before anything of the conversation, by task and model: those of a data set ask for the same one. */
const published = new WeakMap<ReplyLengthTable, Map<string, LengthDistribution>>();
const MOST_PUBLISHED = 256;

function publishedFor(table: ReplyLengthTable, modelId: string, task: string): LengthDistribution {
  const key = familyKey(modelId);
  const own = table.rows.filter((row) => familyKey(row.model) === key);
  const row = own.find((each) => each.task === task) ?? own[0];
  if (row === undefined) return pooled(table, task);
  const why = row.task === task ? '' : ', no other task published';
  const logs = row.quantiles.map((tokens) => Math.log(tokens));
  return {
    quantile: (u) => logLinear(logs, u),
    source: `${shortName(row.model)} on ${row.task} (${row.n} replies${why})`,
  };
}

/** Weight formats of one model reply alike. */
const familyKey = (id: string): string =>
  squash(
    shortName(id)
      .replace(/^meta-/i, '')
      .replace(/-fp8$/i, ''),
  );

/** Log-linear between the logarithms of the published quantiles, and on beyond them with the last slope. */
function logLinear(logs: readonly number[], u: number): number {
  const last = PROBABILITIES.length - 1;
  let i = 0;
  while (i < last - 1 && u > PROBABILITIES[i + 1]!) i++;
  const p = PROBABILITIES[i]!;
  const q = PROBABILITIES[i + 1]!;
  const a = logs[i]!;
  const b = logs[i + 1]!;
  return Math.max(1, Math.exp(a + ((b - a) * (u - p)) / (q - p)));
}

const POOL_POINTS = 64;
const pools = new WeakMap<ReplyLengthTable, Map<string, LengthDistribution>>();

/** The mixture of all models on a task, each with equal weight. */
function pooled(table: ReplyLengthTable, task: string): LengthDistribution {
  const byTask = pools.get(table) ?? new Map<string, LengthDistribution>();
  pools.set(table, byTask);
  const known = byTask.get(task);
  if (known !== undefined) return known;
  const rows = table.rows.filter((row) => row.task === task);
  const used: readonly Row[] = rows.length > 0 ? rows : table.rows;
  const points = used.flatMap((row) => {
    const logs = row.quantiles.map((tokens) => Math.log(tokens));
    return Array.from({ length: POOL_POINTS }, (_, i) => logLinear(logs, (i + 0.5) / POOL_POINTS));
  });
  const sorted = Float64Array.from(points).sort();
  const made: LengthDistribution = {
    quantile: (u) => quantileOf(sorted, u),
    source: `all ${used.length} models on ${rows.length > 0 ? task : 'all tasks'}, pooled: none published for this one`,
  };
  byTask.set(task, made);
  return made;
}

/** Log-normal with the model's mean where one is published, else the mean of all. */
function thanks({ thanks: data }: ReplyLengthTable, modelId: string): LengthDistribution {
  const row = data.rows.find((each) => familyKey(each.model) === familyKey(modelId));
  const mean = row?.mean ?? data.rows.reduce((sum, each) => sum + each.mean, 0) / data.rows.length;
  const sigma = Math.sqrt(Math.log(1 + data.spreadOverMean ** 2));
  return {
    quantile: (u, deviate = normalQuantile(u)) => Math.max(1, mean * Math.exp(sigma * deviate - sigma ** 2 / 2)),
    source: `replies to thanks (${row === undefined ? `mean of ${data.rows.length} models` : shortName(row.model)})`,
  };
}

/** Ratio of the 90 % to the 50 % quantile of replies that are told their length. Assumed: nobody publishes it. */
const STATED_SPREAD = 1.5;

function around(limit: StatedLimit): LengthDistribution {
  const sigma = Math.log(STATED_SPREAD) / 1.2816;
  return {
    quantile: (u, deviate = normalQuantile(u)) => Math.max(1, limit.tokens * Math.exp(sigma * deviate)),
    source: `the prompt asks for ${limit.phrase}`,
  };
}

function clipped(lengths: LengthDistribution, most: number, why: string): LengthDistribution {
  const cap = Math.max(1, most);
  const quantile = (u: number, deviate?: number): number => Math.min(cap, lengths.quantile(u, deviate));
  if (lengths.quantile(0.95) <= cap) return { ...lengths, quantile };
  return { quantile, source: `${lengths.source}, cut at ${why}` };
}

/**
 * Bent towards the conversation's own replies, in logarithms, with weight n / (n + 2): their mean, and their spread
 * shrunk towards half of the published one (two replies' worth).
 */
function bent(lengths: LengthDistribution, ownReplies: readonly number[]): LengthDistribution {
  const logs = ownReplies.filter((tokens) => tokens > 0).map((tokens) => Math.log(tokens));
  const n = logs.length;
  if (n === 0) return lengths;
  const mean = logs.reduce((sum, x) => sum + x, 0) / n;
  const squares = logs.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  const publishedSpread = Math.log(lengths.quantile(0.9) / lengths.quantile(0.1)) / 2.5631;
  const spread = Math.sqrt(((squares + 2 * (publishedSpread / 2) ** 2) / (n + 1)) * (1 + 1 / n));
  const weight = n / (n + 2);
  return {
    quantile: (u, deviate = normalQuantile(u)) =>
      Math.max(1, Math.exp((1 - weight) * Math.log(lengths.quantile(u, deviate)) + weight * (mean + spread * deviate))),
    source: `${lengths.source}, with this conversation's ${n} repl${n === 1 ? 'y' : 'ies'} at weight ${weight.toFixed(2)}`,
  };
}
