/** What every command of `joulelens` is. */
import type { CommandHelp } from './args.js';
import type { CliIo } from './io.js';

export interface Command {
  readonly name: string;
  readonly help: CommandHelp;
  /** Resolves with the exit code. @throws CliError */
  run(args: readonly string[], io: CliIo): Promise<number>;
}
