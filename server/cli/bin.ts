#!/usr/bin/env node
import process from 'node:process';
import { main } from './main.js';
import { ExitCode } from './io.js';

/** How long a reader has to take what an interrupted command has written. */
const GRACE_MILLISECONDS = 500;

const interrupt = new AbortController();
// A second Ctrl-C ends whatever does not listen.
const stop = (): void => (interrupt.signal.aborted ? process.exit(ExitCode.interrupted) : interrupt.abort());
process.on('SIGINT', stop).on('SIGTERM', stop);
// A reader that stops early (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(ExitCode.fine);
  throw error;
});

void main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: interrupt.signal,
  isTerminal: process.stderr.isTTY,
}).then((code) => {
  process.exitCode = code;
  // What nobody reads must not keep an interrupted command alive.
  if (code === ExitCode.interrupted) setTimeout(() => process.exit(code), GRACE_MILLISECONDS).unref();
});
