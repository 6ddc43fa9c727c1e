/** Some lines of a JSON Lines file, annotated in one go: in this thread or in another. */
import { conversationJson, diagnosticJson, type AnalysisSettings, type PositionAt } from '../core/index.js';
import { analyse, type ReadOptions } from './analyse.js';
import { totalOf, TOTAL_FIELDS, type Total } from './fileTotal.js';
import { decodeLines, type LineBytes, type LinePlace } from './lines.js';

export type Diagnostic = ReturnType<typeof diagnosticJson>;

/**
 * What some lines hold, in their order. Bytes and numbers alone: they pass from thread to thread without a copy, and
 * keep nothing alive of what they were worked out from.
 */
export interface AnnotatedLines {
  /**
   * UTF-8 of the JSON of each conversation, one after the other, without its beginning: `{"id":` and the id, which only
   * the whole file tells.
   */
  readonly json: Uint8Array<ArrayBuffer>;
  /** Where each conversation ends in `json`. */
  readonly ends: Uint32Array<ArrayBuffer>;
  /** Totals of the conversations that have one, `TOTAL_FIELDS` numbers each. */
  readonly totals: Float64Array<ArrayBuffer>;
  /** Whether the figures of any conversation are lower bounds. */
  readonly hasLowerBound: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly invalid: LinePlace | null;
}

const ID = '{"id":""';

/** Parses, counts and prices each line on its own; a line may be a list of requests. */
export async function annotateLines(
  batch: LineBytes,
  read: ReadOptions,
  settings: AnalysisSettings,
  signal: AbortSignal,
): Promise<AnnotatedLines> {
  const { lines, invalid } = decodeLines(batch);
  const texts: string[] = [];
  const totals: Total[] = [];
  const diagnostics: Diagnostic[] = [];
  let hasLowerBound = false;
  for (const [index, text] of lines.entries()) {
    signal.throwIfAborted();
    if (text.trim() === '') continue;
    const positionAt: PositionAt = (offset) => ({ line: batch.firstLine + index, character: offset });
    const analysis = await analyse({ name: '-', text }, read, settings, signal);
    for (const problem of analysis.problems) diagnostics.push(diagnosticJson(problem, positionAt));
    for (const each of analysis.transcript.conversations.keys()) {
      const conversation = conversationJson(analysis.figures(each)!, positionAt);
      const json = JSON.stringify({ ...conversation, id: '' });
      if (!json.startsWith(ID)) throw new Error('a conversation does not begin with its id');
      texts.push(json.slice(ID.length));
      if (conversation.total) totals.push(totalOf(conversation.total));
      hasLowerBound ||= conversation.lowerBound === true;
    }
  }
  return { ...encoded(texts), totals: Float64Array.from(totals.flat()), hasLowerBound, diagnostics, invalid };
}

function encoded(texts: readonly string[]): Pick<AnnotatedLines, 'json' | 'ends'> {
  const ends = new Uint32Array(texts.length);
  let length = 0;
  for (const [index, text] of texts.entries()) ends[index] = length += Buffer.byteLength(text);
  const json = new Uint8Array(length);
  const to = Buffer.from(json.buffer);
  let at = 0;
  for (const text of texts) at += to.write(text, at);
  return { json, ends };
}

/** The lines of the output: conversations with their numbers from `firstId` on. */
export function conversationLines({ json, ends }: AnnotatedLines, firstId: number): Buffer {
  const beginnings = Array.from(ends, (_, index) => `{"id":"${firstId + index}"`);
  const lines = Buffer.allocUnsafe(json.length + beginnings.reduce((sum, beginning) => sum + beginning.length + 1, 0));
  let at = 0;
  let from = 0;
  for (const [index, end] of ends.entries()) {
    at += lines.write(beginnings[index]!, at, 'latin1');
    lines.set(json.subarray(from, end), at);
    at += end - from;
    lines[at++] = LINE_FEED;
    from = end;
  }
  return lines;
}

const LINE_FEED = 10;

/** What a batch of lines holds that can be given to another thread rather than copied. */
export const transferOf = ({ json, ends, totals }: AnnotatedLines): ArrayBuffer[] => [
  json.buffer,
  ends.buffer,
  totals.buffer,
];

/** The totals of each conversation that has one. */
export function* totalsOf({ totals }: AnnotatedLines): Generator<Float64Array, void> {
  for (let at = 0; at < totals.length; at += TOTAL_FIELDS) yield totals.subarray(at, at + TOTAL_FIELDS);
}
