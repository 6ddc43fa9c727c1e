/** Time to first token and throughput with the gateway and without, against one paced server, in turns. */
import * as http from 'node:http';
import { startServer } from './child.js';
import { percentile, time, type Row } from './figures.js';

const streams = 64;
const firstMs = 200;
const perSecond = 50;
const tokens = 100;
const rounds = 3;
/** Requests that each stream makes, one after another, in a round. */
const requestsEach = 2;
/** Length of a request in milliseconds, over which the streams' starts are spread. */
const requestMs = firstMs + (1000 * tokens) / perSecond;

interface Round {
  readonly firstMs: number[];
  /** Tokens a second of all streams together. */
  readonly throughput: number;
}

export async function gatewayOverhead(): Promise<Row[]> {
  const upstream = await startServer('pacedServer.js', [firstMs, perSecond, tokens].map(String));
  const gateway = await startServer('gatewayProcess.js', [upstream.url]);
  try {
    await round(upstream.url);
    await round(gateway.url);
    const cpu = async (): Promise<number> => ((await gateway.ask('cpu')) as { cpuMs: number }).cpuMs;
    const cpuBefore = await cpu();
    const direct: Round[] = [];
    const through: Round[] = [];
    for (let index = 0; index < rounds; index++) {
      direct.push(await round(upstream.url));
      through.push(await round(gateway.url));
    }
    const cpuMs = (await cpu()) - cpuBefore;
    const first = (all: readonly Round[]): number =>
      percentile(
        all.flatMap((each) => each.firstMs),
        0.5,
      );
    const rate = (all: readonly Round[]): number =>
      percentile(
        all.map(({ throughput }) => throughput),
        0.5,
      );
    const what = `gateway, ${streams} streams of ${perSecond} tokens/s, first token after ${firstMs} ms`;
    return [
      {
        what: `${what}: time to first token`,
        figure: `${time(first(through))}, without ${time(first(direct))}`,
        ratio: { actual: first(through) / first(direct), limit: 1.05, of: 'with to without' },
      },
      {
        what: 'the same: throughput',
        figure: `${rate(through).toFixed(0)} tokens/s, without ${rate(direct).toFixed(0)}`,
        ratio: { actual: rate(direct) / rate(through), limit: 1.02, of: 'without to with' },
      },
      {
        what: 'the same: CPU time of the gateway',
        figure: `${((1000 * cpuMs) / (rounds * streams * requestsEach * tokens)).toFixed(0)} µs an event, a core is ${((100 * cpuMs) / (rounds * streams * requestsEach * tokens * (1000 / (streams * perSecond)))).toFixed(0)} % busy at that rate`,
      },
    ];
  } finally {
    await gateway.close();
    await upstream.close();
  }
}

async function round(url: string): Promise<Round> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: streams });
  const started = performance.now();
  const all: { firstMs: number }[] = [];
  const stream = async (index: number): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, (index * requestMs) / streams));
    for (let count = 0; count < requestsEach; count++) all.push(await one(url, agent));
  };
  await Promise.all(Array.from({ length: streams }, (_, index) => stream(index)));
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  return { firstMs: all.map((each) => each.firstMs), throughput: (streams * requestsEach * tokens) / seconds };
}

function one(url: string, agent: http.Agent): Promise<{ firstMs: number }> {
  const body = JSON.stringify({
    model: 'm',
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: 'x'.repeat(400) }],
  });
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const request = http.request(`${url}/v1/chat/completions`, { method: 'POST', agent }, (response) => {
      let first: number | null = null;
      response.on('data', () => (first ??= performance.now() - started));
      response.on('end', () => resolve({ firstMs: first ?? Number.NaN }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
