/** `joulelens annotate`: what each turn of each file costs. */
import {
  conversationJson,
  diagnosticJson,
  type AnalysisSettings,
  type AnnotationJson,
  type DocumentAnalysis,
  type Problem,
} from '../core/index.js';
import { createLineIndex } from '../core/transcript/lineIndex.js';
import { type CommandHelp, parseCommand } from './args.js';
import { annotationText } from './annotationText.js';
import { annotateStream } from './annotateStream.js';
import { type InputText, readInput } from './input.js';
import { type CliIo, CliError, ExitCode, writeLine } from './io.js';
import type { Command } from './main.js';
import { createProgress } from './progress.js';
import { analysisSettings, services } from './services.js';

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
    if (positionals.length === 0) throw new CliError(`annotate needs a FILE\nusage: ${help.usage}`);
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

/**
 * Parses and counts one text.
 * @throws CliError for a format that does not exist
 */
export async function analyse(
  input: Pick<InputText, 'name' | 'text'>,
  format: string | undefined,
  settings: AnalysisSettings,
  signal: AbortSignal,
  onProgress: (fraction: number) => void = () => undefined,
): Promise<DocumentAnalysis> {
  const { service } = services();
  const hint = { path: input.name === '-' ? '' : input.name.replaceAll('\\', '/'), ...(format ? { format } : {}) };
  const analysis = service.openDocument(hint, input.text);
  if (format !== undefined && !analysis.format) {
    throw new CliError(
      `--format: unknown format "${format}"; there are: ${service.formats.map((f) => f.id).join(', ')}`,
    );
  }
  for (const _slice of analysis.parseSlices()) signal.throwIfAborted();
  await analysis.count(settings, signal, onProgress);
  return analysis;
}

/** The contract's JSON of one file. */
export function annotationOf(input: InputText, analysis: DocumentAnalysis, settings: AnalysisSettings): AnnotationJson {
  const lines = createLineIndex(input.text);
  const positionAt = (offset: number) => lines.positionAt(offset);
  const problems: Problem[] = [...input.problems, ...analysis.problems];
  const conversations = analysis.transcript.conversations.map((_, index) =>
    conversationJson(analysis.figures(index)!, positionAt),
  );
  return {
    file: input.name,
    format: conversations.length > 0 ? (analysis.format?.id ?? null) : null,
    profile: settings.profile,
    conversations,
    diagnostics: problems.map((problem) => diagnosticJson(problem, positionAt)),
  };
}
