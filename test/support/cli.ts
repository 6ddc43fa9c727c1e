/** Runs the command line in this process, its streams captured. */
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { CliIo } from '../../server/cli/io.js';
import { main } from '../../server/cli/main.js';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param more what differs from an empty stdin, no terminal, and the current folder */
export async function runCli(argv: readonly string[], more: Partial<CliIo> = {}): Promise<CliResult> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const captured = Promise.all([text(stdout), text(stderr)]);
  const io: CliIo = {
    stdin: Readable.from([]),
    stdout,
    stderr,
    env: {},
    cwd: process.cwd(),
    signal: new AbortController().signal,
    isTerminal: false,
    ...more,
  };
  const code = await main(argv, io);
  stdout.end();
  stderr.end();
  const [out, err] = await captured;
  return { code, stdout: out, stderr: err };
}

/** Standard input of this text. */
export const stdinOf = (content: string | Buffer): Readable => Readable.from([Buffer.from(content)]);

/** Lines of JSON. */
export const jsonLinesOf = (stdout: string): unknown[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
