/** An hour of requests, some 5 a second, as fast as they go: the gateway's memory after half of them and after all. */
import * as http from 'node:http';
import { startServer } from './child.js';
import type { Row } from './figures.js';

const requests = 18_000;
const atOnce = 32;
const replyTokens = 20;
/** Reached before the first look, so that both looks find the ring full. */
const maxRecords = 2000;

export async function gatewayMemory(): Promise<Row[]> {
  const upstream = await startServer('pacedServer.js', ['0', 'Infinity', String(replyTokens)]);
  const gateway = await startServer('gatewayProcess.js', [upstream.url, String(maxRecords)], ['--expose-gc']);
  const agent = new http.Agent({ keepAlive: true, maxSockets: atOnce });
  try {
    const heap = async (): Promise<number> => {
      // What still waits for the counter is not kept for long.
      await new Promise((resolve) => setTimeout(resolve, 2000));
      return ((await gateway.ask('heap')) as { heapMb: number }).heapMb;
    };
    const started = performance.now();
    await many(`${gateway.url}/v1/chat/completions`, agent, requests / 2);
    const half = await heap();
    await many(`${gateway.url}/v1/chat/completions`, agent, requests / 2);
    const seconds = (performance.now() - started) / 1000;
    const all = await heap();
    return [
      {
        what: `gateway: memory after ${requests} requests, an hour of 5 a second (in ${seconds.toFixed(0)} s)`,
        figure: `${all.toFixed(1)} MB, after half of them ${half.toFixed(1)} MB`,
        ratio: { actual: all / half, limit: 1.1, of: 'all to half' },
      },
    ];
  } finally {
    agent.destroy();
    await gateway.close();
    await upstream.close();
  }
}

async function many(url: string, agent: http.Agent, count: number): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await one(url, agent);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function one(url: string, agent: http.Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const body = '{"model":"m","stream":true,"messages":[{"role":"user","content":"Hello"}]}';
    const request = http.request(url, { method: 'POST', agent }, (response) => {
      response.resume();
      response.on('end', resolve);
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
