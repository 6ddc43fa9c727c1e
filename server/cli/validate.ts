/** `joulelens validate`: how good the predictions are, from the measurements in the package, refitted as it runs. */
import { reproducePapers } from '../core/calibration/papers.js';
import { papersMarkdown, targets, validationMarkdown } from '../core/calibration/report.js';
import { validate } from '../core/calibration/validate.js';
import { videoMarkdown } from '../core/calibration/video/reportVideo.js';
import { validateVideo } from '../core/calibration/video/validateVideo.js';
import { COEFFICIENTS } from '../core/energy/coefficients.js';
import { type CommandHelp, parseCommand } from './args.js';
import { type CliIo, CliError, ExitCode, writeLine } from './io.js';
import type { Command } from './command.js';

const help: CommandHelp = {
  usage: 'joulelens validate [--papers | --video] [--json]',
  summary: 'Out-of-sample errors and interval coverage on published measurements, beside other predictors.',
  rows: [
    ['--papers', "the papers' figures beside what the equation says under their set-up"],
    ['--video', 'text-to-video: left-out models, the published formula, its Table 4, two laboratories'],
    ['--json', 'one JSON line instead of Markdown tables'],
  ],
};

const options = { papers: { type: 'boolean' }, video: { type: 'boolean' }, json: { type: 'boolean' } } as const;

/** What `validate` was asked for. */
export interface ValidateParams {
  readonly papers: boolean;
  readonly json: boolean;
}

/** The text that the command prints: Markdown, or one JSON line. Refits take some ten seconds without `papers`. */
export function validateText({ papers, json }: ValidateParams): string {
  const sections = reproducePapers(COEFFICIENTS);
  if (papers) return json ? JSON.stringify({ papers: sections }) : papersMarkdown(sections);
  const report = validate();
  if (!json) return validationMarkdown(report, sections);
  const { heldOut, ...tables } = report;
  const rows = heldOut.map(({ held, lo, hi }) => ({
    model: held.row.model,
    group: held.row.group,
    task: held.row.task,
    precision: held.row.precision,
    gpus: held.row.gpus,
    batch: held.row.batch,
    measuredJoulesPerToken: held.row.joulesPerToken,
    predictedJoulesPerToken: held.prediction.joulesPerToken,
    interval90: [lo, hi],
    measuredInterTokenSeconds: held.row.interTokenSeconds,
    predictedInterTokenSeconds: held.prediction.interTokenSeconds,
  }));
  return JSON.stringify({ goals: targets(report, sections), ...tables, rows });
}

export const validateCommand: Command = {
  name: 'validate',
  help,
  async run(args: readonly string[], io: CliIo) {
    const { values, positionals } = parseCommand(args, options, help);
    if (positionals.length > 0) {
      throw new CliError(`validate takes no FILE, got "${positionals[0]}"; usage: ${help.usage}`);
    }
    if (values.video === true) {
      if (values.papers === true) throw new CliError('validate takes --papers or --video, not both');
      const report = validateVideo();
      await writeLine(io.stdout, values.json === true ? JSON.stringify(report) : videoMarkdown(report));
      return ExitCode.fine;
    }
    const papers = values.papers === true;
    if (!papers && io.isTerminal) io.stderr.write('refitting with each architecture left out, some ten seconds ...\n');
    await writeLine(io.stdout, validateText({ papers, json: values.json === true }));
    return ExitCode.fine;
  },
};
