/** `joulelens annotate`: what each turn of each file costs. */
import { availableParallelism } from 'node:os';
import type { AnalysisSettings, DocumentAnalysis, TemplateFill } from '../core/index.js';
import { analyse, annotationOf, checkFormat, type ReadOptions } from './analyse.js';
import { type CommandHelp, parseCommand } from './args.js';
import { annotationText } from './annotationText.js';
import { annotateStream } from './annotateStream.js';
import { readInput } from './input.js';
import { type CliIo, CliError, ExitCode, writeLine } from './io.js';
import type { Command } from './command.js';
import { createProgress } from './progress.js';
import { analysisSettings } from './services.js';

const help: CommandHelp = {
  usage: 'joulelens annotate FILE... [options]',
  summary: 'Joules, tokens and intervals of every turn, request and conversation of transcript files.',
  rows: [
    ['FILE...', 'transcripts; - for standard input'],
    ['--model M', 'model, in place of those that the files name'],
    ['--tokenizer FILE', 'tokenizer.json (or tokenizer.model of Llama 3 and 4) to count with, or its folder'],
    ['--profile P', 'how the model is served: built in, or from joulelens.json'],
    ['--format F', 'read the files as this format, whatever they look like'],
    ['--values FILE', 'JSON object whose values fill the placeholders of templates; default: counted as written'],
    ['--sample NAME', "the file's own sample of that name fills them"],
    ['--branches B', 'of exports that branch: current (default), or all, each as a conversation of its own'],
    ['--json', 'one JSON line a file'],
    ['--stream', 'JSON lines, one a conversation and a last one a file; memory stays flat on JSON Lines'],
    ['--threads N', 'threads at most for --stream on JSON Lines over 4 MB; default: one a core'],
  ],
};

const options = {
  model: { type: 'string' },
  profile: { type: 'string' },
  tokenizer: { type: 'string' },
  format: { type: 'string' },
  values: { type: 'string' },
  sample: { type: 'string' },
  branches: { type: 'string' },
  json: { type: 'boolean' },
  stream: { type: 'boolean' },
  threads: { type: 'string' },
} as const;

export const annotateCommand: Command = {
  name: 'annotate',
  help,
  async run(args, io) {
    const { values, positionals } = parseCommand(args, options, help);
    if (positionals.length === 0) throw new CliError(`annotate needs a FILE; usage: ${help.usage}`);
    const read = await readOptions(values, io);
    const threads = threadsOf(values.threads);
    let code: number = ExitCode.fine;
    for (const name of positionals) {
      try {
        const settings = await analysisSettings(values, name, io);
        if (values.stream) await annotateStream(name, read, settings, io, threads);
        else await annotateOne(name, read, values.json === true, settings, io);
      } catch (error) {
        // One bad file does not keep the others from their figures.
        if (!(error instanceof CliError)) throw error;
        io.stderr.write(`joulelens: ${error.message}\n`);
        code = error.exitCode;
      }
    }
    return code;
  },
};

/** @throws CliError when it is no whole number above zero */
function threadsOf(given: string | undefined): number {
  const threads = given === undefined ? availableParallelism() : Number(given);
  if (Number.isInteger(threads) && threads > 0) return threads;
  throw new CliError(`--threads: expected a whole number above zero, got "${given}"`);
}

/** @throws CliError naming the option that is wrong */
async function readOptions(
  raw: {
    readonly format?: string | undefined;
    readonly values?: string | undefined;
    readonly sample?: string | undefined;
    readonly branches?: string | undefined;
  },
  io: CliIo,
): Promise<ReadOptions> {
  const { format, values, sample, branches } = raw;
  checkFormat(format);
  if (branches !== undefined && branches !== 'current' && branches !== 'all') {
    throw new CliError(`--branches: expected current or all, got "${branches}"`);
  }
  if (values !== undefined && sample !== undefined) {
    throw new CliError('--values and --sample contradict each other: give one of them');
  }
  const fill: TemplateFill | undefined =
    values !== undefined
      ? { kind: 'values', label: values, values: await readValues(values, io) }
      : sample !== undefined
        ? { kind: 'sample', name: sample }
        : undefined;
  return { format, branches, fill };
}

/** @throws CliError when the file is no JSON object */
async function readValues(name: string, io: CliIo): Promise<Record<string, unknown>> {
  const { text } = await readInput(name, io);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CliError(`--values: ${name} is no JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CliError(`--values: ${name} holds no JSON object; expected one such as {"name": "Ada"}`);
  }
  return value as Record<string, unknown>;
}

/** Says where values were given and changed nothing. */
function noteUnusedFill(name: string, { transcript, fill }: DocumentAnalysis, io: CliIo): void {
  if (fill.kind === 'as-written') return;
  const templates = transcript.conversations.flatMap(({ template }) => template ?? []);
  if (templates.length === 0) {
    io.stderr.write(`joulelens: warning: ${name} has no placeholders: nothing was filled in\n`);
    return;
  }
  if (fill.kind !== 'sample') return;
  const names = [...new Set(templates.flatMap(({ samples }) => samples.map((sample) => sample.name)))];
  if (names.includes(fill.name)) return;
  const there = names.length === 0 ? 'it has none' : `there are: ${names.join(', ')}`;
  throw new CliError(`--sample: ${name} has no sample "${fill.name}"; ${there}`);
}

async function annotateOne(
  name: string,
  read: ReadOptions,
  json: boolean,
  settings: AnalysisSettings,
  io: CliIo,
): Promise<void> {
  const input = await readInput(name, io);
  const progress = createProgress(io);
  let analysis: DocumentAnalysis;
  try {
    analysis = await analyse(input, read, settings, io.signal, (fraction) => progress.update(fraction, name));
  } finally {
    progress.done();
  }
  noteUnusedFill(name, analysis, io);
  const annotation = annotationOf(input, analysis, settings);
  await writeLine(io.stdout, json ? JSON.stringify(annotation) : annotationText(annotation));
}
