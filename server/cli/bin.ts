#!/usr/bin/env node
import process from 'node:process';
import { main } from './main.js';
import { ExitCode } from './io.js';

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
});
