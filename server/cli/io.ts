/** What a command may touch of the world outside: injected, so that tests run commands in this process. */
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

export interface CliIo {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  /** Fires on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Whether stderr is a terminal: progress bars are drawn only there. */
  readonly isTerminal: boolean;
}

/** Exit codes; see the README. */
export const ExitCode = { fine: 0, findings: 1, badInput: 2, endpoint: 3, interrupted: 130 } as const;

/** Bad input or usage: one clear line, with file and place where there is one. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: number = ExitCode.badInput,
  ) {
    super(message);
    this.name = 'CliError';
  }
}

/**
 * Writes a line and waits when the reader is slower, so that memory stays flat.
 *
 * @param signal ends the waiting: a reader that stands still would keep an interrupted command for ever. Rejects then.
 */
export const writeLine = async (stream: Writable, line: string, signal?: AbortSignal): Promise<void> =>
  writeAll(stream, `${line}\n`, signal);

/** The same of what is whole lines already. */
export async function writeAll(stream: Writable, lines: string | Uint8Array, signal?: AbortSignal): Promise<void> {
  if (lines.length > 0 && !stream.write(lines)) await once(stream, 'drain', signal ? { signal } : {});
}
