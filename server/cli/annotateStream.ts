/** `joulelens annotate --stream`: a JSON line a conversation, then one for the file. Flat memory on JSON Lines. */
import { open } from 'node:fs/promises';
import {
  conversationJson,
  diagnosticJson,
  type AnalysisSettings,
  type ConversationJson,
  type Energy,
  type PositionAt,
} from '../core/index.js';
import { analyse, annotationOf, type ReadOptions } from './analyse.js';
import { fileError, INVALID_UTF8, openInput, readInput, refuseBinary, resolvePath } from './input.js';
import { type CliIo, writeLine } from './io.js';
import { linesOf } from './lines.js';
import { createProgress } from './progress.js';

/** Diagnostics that the last line carries; a count stands for the rest. */
const MOST_DIAGNOSTICS = 1000;

type Diagnostic = ReturnType<typeof diagnosticJson>;

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

  add({ total, lowerBound }: ConversationJson): void {
    this.#lowerBound ||= lowerBound === true;
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

/** @throws CliError as `annotate` does */
export async function annotateStream(
  name: string,
  read: ReadOptions,
  settings: AnalysisSettings,
  io: CliIo,
): Promise<void> {
  const { format } = read;
  const isLines = format === 'json-lines' || (format === undefined && /\.(?:jsonl|ndjson)$/i.test(name));
  const total = new FileTotal();
  if (isLines) await streamLines(name, read, settings, total, io);
  else await streamWhole(name, read, settings, total, io);
  await writeLine(io.stdout, total.line(name));
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
    total.add(conversation);
    await writeLine(io.stdout, JSON.stringify(conversation));
  }
  annotation.diagnostics.forEach((each) => total.diagnose(each));
}

async function streamLines(
  name: string,
  options: ReadOptions,
  settings: AnalysisSettings,
  total: FileTotal,
  io: CliIo,
): Promise<void> {
  const readLine = { ...options, format: 'json-lines' };
  const size = name === '-' ? 0 : await checkedSize(name, io);
  const stream = openInput(name, io);
  const progress = createProgress(io);
  let lineNumber = 0;
  let conversations = 0;
  let read = 0;
  let invalid = false;
  try {
    for await (const lines of linesOf(stream, (line, character) => {
      if (!invalid) total.diagnose(invalidUtf8({ line, character }));
      invalid = true;
    })) {
      for (const line of lines) {
        io.signal.throwIfAborted();
        read += line.length + 1;
        const at = lineNumber++;
        if (line.trim() === '') continue;
        const positionAt: PositionAt = (offset) => ({ line: at, character: offset });
        const analysis = await analyse({ name: '-', text: line }, readLine, settings, io.signal);
        for (const problem of analysis.problems) total.diagnose(diagnosticJson(problem, positionAt));
        // A line may be a list of requests.
        for (const index of analysis.transcript.conversations.keys()) {
          const figures = analysis.figures(index)!;
          const conversation = { ...conversationJson(figures, positionAt), id: String(conversations++) };
          total.add(conversation);
          await writeLine(io.stdout, JSON.stringify(conversation));
        }
      }
      if (size > 0) progress.update(read / size, name);
    }
  } catch (error) {
    throw io.signal.aborted ? error : asFileError(name, error);
  } finally {
    progress.done();
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
