/** The embedded demo endpoint: a process of its own, on this machine only, with a simulated meter. */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import * as path from 'node:path';
import type * as vscode from 'vscode';

/** Starts the demo endpoint when first asked for, and ends it with the extension. */
export interface DemoEndpoint extends vscode.Disposable {
  /** Its base URL ending in /v1. Rejects with one clear line when it cannot start. */
  url(): Promise<string>;
}

const startLimitMilliseconds = 15_000;
const urlPattern = /http:\/\/127\.0\.0\.1:\d+\/v1/;

/** Makes the demo endpoint; no process runs before `url()` is asked for. */
export function createDemoEndpoint(context: vscode.ExtensionContext): DemoEndpoint {
  let child: ChildProcess | null = null;
  let started: Promise<string> | null = null;

  function start(): Promise<string> {
    const process = fork(context.asAbsolutePath(path.join('dist', 'demo.js')), ['--port', '0'], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
    });
    child = process;
    return new Promise<string>((resolve, reject) => {
      let errors = '';
      const fail = (why: string): void => {
        clearTimeout(timer);
        process.kill();
        reject(new Error(`The demo endpoint did not start: ${why}.`));
      };
      const timer = setTimeout(() => fail('no answer within 15 s'), startLimitMilliseconds);
      let printed = '';
      process.stdout?.on('data', (data: Buffer) => {
        printed = (printed + data.toString()).slice(-2000);
        const url = urlPattern.exec(printed)?.[0];
        if (url !== undefined) {
          clearTimeout(timer);
          resolve(url);
        }
      });
      process.stderr?.on('data', (data: Buffer) => {
        errors = (errors + data.toString()).slice(-500);
      });
      process.once('error', (error) => fail(error.message));
      process.once('exit', (code) => {
        if (child === process) {
          child = null;
          started = null;
        }
        fail(errors.trim().split('\n').at(-1) || `it ended with code ${code ?? 'none'}`);
      });
    });
  }

  return {
    async url() {
      started ??= start();
      try {
        return await started;
      } catch (error) {
        started = null;
        throw error;
      }
    },
    dispose() {
      child?.kill();
      child = null;
      started = null;
    },
  };
}
