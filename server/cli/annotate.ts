/** `joulelens annotate`: what each turn of each file costs. */
import type { AnalysisSettings, DocumentAnalysis } from '../core/index.js';
import { analyse, annotationOf } from './analyse.js';
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
    ['--profile P', 'how the model is served: built in, or from joulelens.json'],
    ['--format F', 'read the files as this format, whatever they look like'],
    ['--json', 'one JSON line a file'],
    ['--stream', 'JSON lines, one a conversation and a last one a file; memory stays flat on JSON Lines'],
  ],
};

const options = {
  model: { type: 'string' },
  profile: { type: 'string' },
  format: { type: 'string' },
  json: { type: 'boolean' },
  stream: { type: 'boolean' },
} as const;

export const annotateCommand: Command = {
  name: 'annotate',
  help,
  async run(args, io) {
    const { values, positionals } = parseCommand(args, options, help);
    if (positionals.length === 0) throw new CliError(`annotate needs a FILE; usage: ${help.usage}`);
    let code: number = ExitCode.fine;
    for (const name of positionals) {
      try {
        const settings = await analysisSettings(values, name, io);
        if (values.stream) await annotateStream(name, values.format, settings, io);
        else await annotateOne(name, values, settings, io);
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

async function annotateOne(
  name: string,
  values: { readonly format?: string | undefined; readonly json?: boolean | undefined },
  settings: AnalysisSettings,
  io: CliIo,
): Promise<void> {
  const input = await readInput(name, io);
  const progress = createProgress(io);
  let analysis: DocumentAnalysis;
  try {
    analysis = await analyse(input, values.format, settings, io.signal, (fraction) => progress.update(fraction, name));
  } finally {
    progress.done();
  }
  const annotation = annotationOf(input, analysis, settings);
  await writeLine(io.stdout, values.json ? JSON.stringify(annotation) : annotationText(annotation));
}
