/**
 * `joulelens annotate --stream`: a JSON line a conversation, then one for the file. On JSON Lines memory is flat, and a
 * long file is worked on by every core.
 */
import { open } from 'node:fs/promises';
import type { AnalysisSettings } from '../core/index.js';
import { analyse, annotationOf, type ReadOptions } from './analyse.js';
import { annotateLines, conversationLines, totalsOf, type AnnotatedLines, type Diagnostic } from './annotateLines.js';
import { FileTotal, totalOf } from './fileTotal.js';
import { inOrder } from './inOrder.js';
import { fileError, INVALID_UTF8, openInput, readInput, refuseBinary, resolvePath } from './input.js';
import { type CliIo, writeAll, writeLine } from './io.js';
import { startLineThreads, type LineThreads } from './lineThreads.js';
import { lineBytesOf, type LinePlace } from './lines.js';
import { createProgress } from './progress.js';

/**
 * What a thread has to have to do, in bytes: each reads a vocabulary and compiles the code for itself, a second or two of
 * processor time.
 */
const FEW_BYTES = 4_000_000;

/** Read at a time, which is what a thread is given: some hundredths of a second of work. */
const BATCH_BYTES = 1 << 17;

/** Batches that a thread has: one under way, two waiting, so that it never idles. */
const BATCHES_PER_THREAD = 3;

/**
 * @param threads at most, for JSON Lines
 * @throws CliError as `annotate` does
 */
export async function annotateStream(
  name: string,
  read: ReadOptions,
  settings: AnalysisSettings,
  io: CliIo,
  threads: number,
): Promise<void> {
  const { format } = read;
  const isLines = format === 'json-lines' || (format === undefined && /\.(?:jsonl|ndjson)$/i.test(name));
  const total = new FileTotal();
  if (isLines) await streamLines(name, read, settings, total, io, threads);
  else await streamWhole(name, read, settings, total, io);
  await writeLine(io.stdout, total.line(name), io.signal);
}

async function streamWhole(
  name: string,
  read: ReadOptions,
  settings: AnalysisSettings,
  total: FileTotal,
  io: CliIo,
): Promise<void> {
  const input = await readInput(name, io);
  const annotation = annotationOf(input, await analyse(input, read, settings, io.signal), settings);
  for (const conversation of annotation.conversations) {
    if (conversation.total) total.add(totalOf(conversation.total));
    else total.leaveOut(1);
    if (conversation.lowerBound === true) total.markLowerBound();
    await writeLine(io.stdout, JSON.stringify(conversation), io.signal);
  }
  annotation.diagnostics.forEach((each) => total.diagnose(each));
}

/** What was read at once, and what it holds. */
interface Part {
  readonly annotated: AnnotatedLines;
  /** In bytes. */
  readonly length: number;
}

async function streamLines(
  name: string,
  options: ReadOptions,
  settings: AnalysisSettings,
  total: FileTotal,
  io: CliIo,
  most: number,
): Promise<void> {
  const read = { ...options, format: 'json-lines' };
  const size = name === '-' ? 0 : await checkedSize(name, io);
  const stream = openInput(name, io, BATCH_BYTES);
  const progress = createProgress(io);
  let threads: LineThreads | null = null;
  let conversations = 0;
  let written = 0;
  let isInvalid = false;
  const done = async ({ annotated, length }: Part): Promise<void> => {
    // The first place says it of the whole file.
    if (annotated.invalid && !isInvalid) total.diagnose(invalidUtf8(annotated.invalid));
    isInvalid ||= annotated.invalid !== null;
    annotated.diagnostics.forEach((each) => total.diagnose(each));
    const totals = [...totalsOf(annotated)];
    for (const each of totals) total.add(each);
    total.leaveOut(annotated.ends.length - totals.length);
    if (annotated.hasLowerBound) total.markLowerBound();
    await writeAll(io.stdout, conversationLines(annotated, conversations), io.signal);
    conversations += annotated.ends.length;
    written += length;
    if (size > 0) progress.update(written / size, name);
  };
  let work = inOrder(0, done);
  const end = (): void => void threads?.end();
  io.signal.addEventListener('abort', end, { once: true });
  try {
    let taken = 0;
    for await (const batch of lineBytesOf(stream)) {
      io.signal.throwIfAborted();
      if (taken === 0) refuseBinary(name, batch.bytes);
      const { length } = batch.bytes;
      taken += length;
      if (threads === null && Math.max(size, taken) > FEW_BYTES && most > 1) {
        const count = size > 0 ? Math.min(most, Math.ceil(size / FEW_BYTES)) : most;
        threads = startLineThreads(count, { read, settings });
        work = inOrder(count * BATCHES_PER_THREAD, done);
      }
      const annotated = threads ? threads.annotate(batch) : annotateLines(batch, read, settings, io.signal);
      await work.push(annotated.then((each) => ({ annotated: each, length })));
    }
    await work.end();
    io.signal.throwIfAborted();
  } catch (error) {
    throw io.signal.aborted ? error : asFileError(name, error);
  } finally {
    io.signal.removeEventListener('abort', end);
    progress.done();
    await threads?.end();
  }
}

/** Errors of the file system have a word as their code; others are not the file's. */
const asFileError = (name: string, error: unknown): unknown =>
  typeof (error as NodeJS.ErrnoException).code === 'string' ? fileError(name, error as NodeJS.ErrnoException) : error;

const invalidUtf8 = (start: LinePlace): Diagnostic => ({
  code: 'invalid-utf8',
  severity: 'warning',
  message: INVALID_UTF8,
  range: { start, end: { line: start.line, character: start.character + 1 } },
});

/** Size in bytes. @throws CliError for what is no text file */
async function checkedSize(name: string, io: CliIo): Promise<number> {
  try {
    const file = await open(resolvePath(name, io));
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(8192), 0, 8192, 0);
      refuseBinary(name, buffer.subarray(0, bytesRead));
      return (await file.stat()).size;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw asFileError(name, error);
  }
}
