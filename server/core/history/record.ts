/**
 * One measurement as the history keeps it: a line of JSON in the names of `joulelens measure --json`, with the request's
 * hash and place, and what the prediction assumed. Hashes, counts and figures; text of a reply only where the user asked
 * for it, text of a prompt never.
 */
import { z } from 'zod';

/** Of the form of a line. A reader of this version leaves newer lines alone. */
export const HISTORY_VERSION = 1;

const provenance = z.enum(['measured', 'estimated', 'simulated', 'unknown']);
const count = z.number().int().min(0);
const joules = z.number();

/** One run's figures. Which there are depends on the meter. */
const run = z.looseObject({
  joules: joules.nullable(),
  tokensIn: z.number().nullable().optional(),
  tokensOut: z.number().nullable().optional(),
  tokensCached: z.number().nullable().optional(),
  seconds: z.number().optional(),
});

const measured = z.looseObject({
  joules,
  /** Half-width of the 95 % interval in joules; null for one run. */
  ci95: z.number().min(0).nullable(),
  n: count,
  provenance,
  scope: z.string(),
  method: z.string(),
  meter: z.string().optional(),
  /** Means over the runs. */
  tokensIn: z.number(),
  tokensOut: z.number(),
  tokensCached: z.number().optional(),
  seconds: z.number(),
  grossJoules: z.number().optional(),
  idleWatts: z.number().optional(),
});

/** Fields that this version does not know are kept as they are. */
const schema = z.looseObject({
  version: z.literal(HISTORY_VERSION),
  /** Unlike any other: the same record in two files counts once. */
  id: z.string().min(1),
  /** ISO 8601. */
  at: z.string().refine((text) => !Number.isNaN(Date.parse(text))),
  /** Path in the workspace folder, with forward slashes; the whole URI of a document outside. */
  file: z.string(),
  /** Name of the workspace folder; absent for a document outside. */
  folder: z.string().optional(),
  conversation: count,
  /** Index that the reply has or would have. */
  replyTurn: count,
  /** SHA-256 of the request's roles and texts. */
  requestHash: z.string(),
  /** Code units of the request's texts. */
  length: count,
  /** Origin of the endpoint's URL. */
  endpoint: z.string(),
  /** Of the prediction. */
  model: z.string(),
  /** Name that was sent. */
  endpointModel: z.string(),
  keepCache: z.boolean(),
  /** The profile with every default filled in; null where there was none. */
  assumptions: z.looseObject({ profile: z.string() }).nullable(),
  measured,
  predicted: z.looseObject({ joules, interval90: z.tuple([joules, joules]) }),
  /** Measured over predicted. */
  ratio: z.number(),
  runs: z.array(run),
  /** How many there were; their text may quote the endpoint. */
  warningCount: count,
  /** Why the series ended early; null where it did not. */
  stopped: z.string().nullable(),
  /** Version of the extension that measured. */
  extensionVersion: z.string(),
  /** One of the two series of an A/B measurement; their runs stand in the order of the pairs. */
  comparison: z.looseObject({ id: z.string(), side: z.enum(['a', 'b']) }).optional(),
  /** Only under `joulelens.history.keepReplies`. */
  reply: z.string().optional(),
});

export type HistoryRecord = z.infer<typeof schema>;
/** A record that does not say yet which document it is of. */
export type UnplacedRecord = {
  [Name in keyof HistoryRecord as string extends Name ? never : Exclude<Name, 'file' | 'folder'>]: HistoryRecord[Name];
};
export type HistoryRun = z.infer<typeof run>;

/** The record of a line; null for one that is torn, damaged or of another version. Never throws. */
export function readRecord(line: string): HistoryRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const { success, data } = schema.safeParse(value);
  return success ? data : null;
}

/** The line of a record, without its end. Throws on a record that could not be read back: that is a mistake of ours. */
export function recordLine(record: HistoryRecord): string {
  return JSON.stringify(schema.parse(record));
}

/** Each record once, in the order of time; of one time A before B, else in the order of their ids. */
export function mergeRecords(records: Iterable<HistoryRecord>): HistoryRecord[] {
  const once = new Map<string, HistoryRecord>();
  for (const record of records) once.set(record.id, record);
  const keyOf = ({ comparison, id }: HistoryRecord): string =>
    `${comparison?.id ?? ''} ${comparison?.side ?? ''} ${id}`;
  return [...once.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || (keyOf(a) < keyOf(b) ? -1 : 1));
}
