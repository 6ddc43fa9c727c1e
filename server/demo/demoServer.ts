/** The embedded demo endpoint: OpenAI-compatible, on this machine only, with a simulated meter. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { misbehave } from './faults.js';
import { defaultOptions, type DemoOptions } from './options.js';
import { answer, type DemoState } from './routes.js';
import { simulatedMeter } from './simulatedMeter.js';

export type { DemoOptions, Fault } from './options.js';
export { demoModel } from './reply.js';

/** A running endpoint. */
export interface DemoServer {
  /** Base URL ending in /v1. */
  readonly url: string;
  readonly port: number;
  /** Ends open replies too. */
  close(): Promise<void>;
}

/** Starts an endpoint on 127.0.0.1. Rejects where the port is taken. */
export async function createDemoServer(options: Partial<DemoOptions> = {}): Promise<DemoServer> {
  const all: DemoOptions = { ...defaultOptions, ...options };
  let replies = 0;
  const state: DemoState = {
    options: all,
    meter: simulatedMeter(all.seed),
    nextId: () => `chatcmpl-demo-${++replies}`,
  };
  const server = createServer((request, response) => {
    if (!misbehave(response, all.fault)) {
      void answer(request, response, state);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(all.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  if (all.fault === 'refuse') {
    await close();
  }
  return { url: `http://127.0.0.1:${port}/v1`, port, close };
}
