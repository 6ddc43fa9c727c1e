/** The process of the demo endpoint: `node demo.js [--port N] [--instant]`. Ends when its parent does. */
import { parseArgs } from 'node:util';
import { createDemoServer } from './demoServer.js';
import { onParentGone } from './parent.js';

function fail(message: string): never {
  process.stderr.write(`demo endpoint: ${message}\n`);
  process.exit(2);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '0' }, instant: { type: 'boolean', default: false } },
  });
  const port = Number(values.port);
  if (!/^\d{1,5}$/.test(values.port) || port > 65_535) {
    fail(`--port ${values.port}: a number from 0 to 65535 is needed.`);
  }
  const server = await createDemoServer({
    port,
    ...(values.instant ? { tokensPerSecond: Infinity, firstTokenMilliseconds: 0 } : {}),
  });
  const stop = (): void => void server.close().then(() => process.exit(0));
  onParentGone(stop);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  // The reader of this line may go away before this process does.
  process.stdout.on('error', () => undefined);
  process.stdout.write(`listening ${server.url}\n`);
}

main().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
