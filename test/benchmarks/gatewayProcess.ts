/** A gateway as a process: `UPSTREAM MAX_RECORDS`. Says its heap after a collection, and its CPU time, where it is asked. */
import { startTestGateway } from '../support/gateway/testGateway.js';

async function main(): Promise<void> {
  const [upstream = '', maxRecords = '10000'] = process.argv.slice(2);
  const gateway = await startTestGateway(upstream, { maxRecords: Number(maxRecords) });
  // The log of a test would grow.
  const events = gateway.events as unknown[];
  setInterval(() => events.splice(0), 100).unref();
  process.once('disconnect', () => process.exit(0));
  process.on('message', () => {
    for (let round = 0; round < 3; round++) globalThis.gc?.();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    process.send?.({ heapMb: (heapUsed + external + arrayBuffers) / 2 ** 20, cpuMs: (user + system) / 1000 });
  });
  process.send?.({ url: gateway.url });
}

void main();
