/**
 * `joulelens annotate --stream`: a JSON line a conversation, then one for the file. On JSON Lines memory is flat, and a
 * long file is worked on by every core.
 */
import { open } from 'node:fs/promises';
import type { AnalysisSettings, ConversationJson, Energy } from '../core/index.js';
import { analyse, annotationOf, type ReadOptions } from './analyse.js';
import { annotateLines, conversationLine, type AnnotatedLines, type Diagnostic } from './annotateLines.js';
import { inOrder } from './inOrder.js';
import { fileError, INVALID_UTF8, openInput, readInput, refuseBinary, resolvePath } from './input.js';
import { type CliIo, writeLine } from './io.js';
import { startLineThreads, type LineThreads } from './lineThreads.js';
import { linesOf } from './lines.js';
import { createProgress } from './progress.js';

/** Diagnostics that the last line carries; a count stands for the rest. */
const MOST_DIAGNOSTICS = 1000;

/** Up to this many code units one thread is faster than starting others, each with a vocabulary of its own. */
const FEW_CODE_UNITS = 4_000_000;

/** Batches that a thread has: one under way, two waiting, so that it never idles. */
const BATCHES_PER_THREAD = 3;

/** The sum of conversations: points add; so do the interval's ends, because their errors are common. */
class FileTotal {
  readonly #sums: Record<string, number> = {
    joules: 0,
    prefillJoules: 0,
    rereadJoules: 0,
    decodeJoules: 0,
    hostJoules: 0,
    facilityJoules: 0,
  };
  #lo = 0;
  #hi = 0;
  #tokens = 0;
  #lowerBound = false;
  readonly #diagnostics: Diagnostic[] = [];
  #more = 0;

  add(total: ConversationJson['total'], isLowerBound: boolean): void {
    this.#lowerBound ||= isLowerBound;
    if (!total) return;
    this.#tokens += total.tokens;
    this.#lo += total.energy.interval90[0];
    this.#hi += total.energy.interval90[1];
    for (const [key, value] of Object.entries(total.energy)) {
      if (typeof value === 'number') this.#sums[key] = (this.#sums[key] ?? 0) + value;
    }
  }

  diagnose(diagnostic: Diagnostic): void {
    if (this.#diagnostics.length < MOST_DIAGNOSTICS) this.#diagnostics.push(diagnostic);
    else this.#more++;
  }

  line(file: string): string {
    const energy = { ...this.#sums, interval90: [this.#lo, this.#hi] } as unknown as Energy;
    return JSON.stringify({
      file,
      total: { tokens: this.#tokens, energy },
      ...(this.#lowerBound ? { lowerBound: true } : {}),
      diagnostics: this.#diagnostics,
      ...(this.#more > 0 ? { moreDiagnostics: this.#more } : {}),
    });
  }
}

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
    total.add(conversation.total, conversation.lowerBound === true);
    await writeLine(io.stdout, JSON.stringify(conversation), io.signal);
  }
  annotation.diagnostics.forEach((each) => total.diagnose(each));
}

/** What was read at once, and what it holds. */
interface Part {
  readonly annotated: AnnotatedLines;
  /** Of the bytes that were read. */
  readonly diagnostics: readonly Diagnostic[];
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
  const stream = openInput(name, io);
  const progress = createProgress(io);
  let threads: LineThreads | null = null;
  let conversations = 0;
  let written = 0;
  const parts = (most: number) =>
    inOrder<Part>(most, async ({ annotated, diagnostics, length }) => {
      diagnostics.forEach((each) => total.diagnose(each));
      annotated.diagnostics.forEach((each) => total.diagnose(each));
      for (const conversation of annotated.conversations) {
        total.add(conversation.total, conversation.isLowerBound);
        await writeLine(io.stdout, conversationLine(conversations++, conversation), io.signal);
      }
      written += length;
      if (size > 0) progress.update(written / size, name);
    });
  let work = parts(0);
  const end = (): void => void threads?.end();
  io.signal.addEventListener('abort', end, { once: true });
  try {
    let taken = 0;
    let lineNumber = 0;
    let invalid: Diagnostic[] | null = [];
    for await (const lines of linesOf(stream, (line, character) => invalid?.push(invalidUtf8({ line, character })))) {
      io.signal.throwIfAborted();
      // The first place says it of the whole file.
      const diagnostics = invalid ?? [];
      if (diagnostics.length > 0) invalid = null;
      const batch = { firstLine: lineNumber, lines };
      lineNumber += lines.length;
      const length = lines.reduce((sum, line) => sum + line.length + 1, 0);
      taken += length;
      if (threads === null && Math.max(size, taken) > FEW_CODE_UNITS && most > 1) {
        threads = startLineThreads(most, { read, settings });
        work = parts(most * BATCHES_PER_THREAD);
      }
      const annotated = threads ? threads.annotate(batch) : annotateLines(batch, read, settings, io.signal);
      await work.push(annotated.then((each) => ({ annotated: each, diagnostics, length })));
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

const invalidUtf8 = (start: { readonly line: number; readonly character: number }): Diagnostic => ({
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
