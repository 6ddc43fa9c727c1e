/** Processes that the benchmarks talk to. */
import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';

/** A process that has said where it serves. */
export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** The next message. */
  ask(message: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts a file of this folder. */
export async function startServer(
  file: string,
  args: readonly string[],
  flags: readonly string[] = [],
): Promise<ServerProcess> {
  const child = fork(path.join(__dirname, file), [...args], { execArgv: [...flags] });
  const next = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`${file} ended with code ${code}`)));
    });
  const { url } = (await next()) as { url: string };
  return {
    url,
    child,
    ask: (message) => {
      const answer = next();
      child.send(message);
      return answer;
    },
    close: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit');
        child.once('exit', () => resolve());
        child.kill();
      }),
  };
}
