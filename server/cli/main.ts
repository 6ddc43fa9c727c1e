/** `joulelens`: finds the command, runs it, turns what goes wrong into one line and an exit code. */
import { annotateCommand } from './annotate.js';
import { calibrateCommand } from './calibrate.js';
import type { Command } from './command.js';
import { type CliIo, CliError, ExitCode } from './io.js';
import { gatewayCommand } from './gatewayCommand.js';
import { measureCommand } from './measureCommand.js';
import { predictCommand } from './predict.js';
import { helpText } from './args.js';
import { validateCommand } from './validate.js';
import { VERSION } from './version.js';
import { videoCommand } from './video.js';

const COMMANDS: readonly Command[] = [
  annotateCommand,
  predictCommand,
  validateCommand,
  measureCommand,
  gatewayCommand,
  calibrateCommand,
  videoCommand,
];

const overview = (): string =>
  [
    'Joule Lens: what every turn of a prompt costs in joules.',
    '',
    ...COMMANDS.map((command) => `  joulelens ${command.name.padEnd(9)} ${command.help.summary}`),
    '',
    'joulelens COMMAND --help explains one. Exit codes: 0 fine, 2 bad input, 3 endpoint or meter failed, 130 interrupted.',
  ].join('\n');

/**
 * @param argv arguments after `joulelens`
 * @returns the exit code; never throws
 */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
  const [name, ...args] = argv;
  try {
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      (name === undefined ? io.stderr : io.stdout).write(`${overview()}\n`);
      return name === undefined ? ExitCode.badInput : ExitCode.fine;
    }
    if (name === '--version') {
      io.stdout.write(`${VERSION}\n`);
      return ExitCode.fine;
    }
    const command = COMMANDS.find((each) => each.name === name);
    if (!command) {
      throw new CliError(`unknown command "${name}"; there are: ${COMMANDS.map((each) => each.name).join(', ')}`);
    }
    if (args.includes('--help') || args.includes('-h')) {
      io.stdout.write(`${helpText(command.help)}\n`);
      return ExitCode.fine;
    }
    return await command.run(args, io);
  } catch (error) {
    if (io.signal.aborted) return ExitCode.interrupted;
    io.stderr.write(`joulelens: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof CliError ? error.exitCode : ExitCode.badInput;
  }
}
