/** Starts the local model: installs its engine where needed, writes the model, waits until it serves. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomModel, smallModel } from './gguf.js';
import { installEngine } from './install.js';

/** A running local model. */
export interface LocalModel {
  /** Without `/v1`. */
  readonly url: string;
  close(): Promise<void>;
}

/** @returns the reason where the engine cannot be had on this machine */
export async function startLocalModel(stepSeconds: number): Promise<LocalModel | { readonly problem: string }> {
  const engine = await installEngine();
  if ('problem' in engine) return engine;
  const folder = mkdtempSync(path.join(tmpdir(), 'joulelens-model-'));
  const file = path.join(folder, 'random.gguf');
  writeFileSync(file, randomModel(smallModel, 7));
  const child = fork(path.join(__dirname, 'process.js'), [engine.folder, file, String(stepSeconds)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const close = async (): Promise<void> => {
    child.kill();
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const started = await new Promise<{ url?: string; problem?: string }>((resolve) => {
    child.once('message', (message) => resolve(message as { url?: string; problem?: string }));
    child.once('exit', (code) => resolve({ problem: `the local model ended with code ${code}` }));
  });
  if (started.url === undefined) {
    await close();
    return { problem: started.problem ?? 'the local model did not start' };
  }
  return { url: started.url, close };
}
