/** A gateway before a test's server, with a simulated device that draws more while a request runs. */
import * as http from 'node:http';
import { createSimulatedCounter, type EnergyCounter } from '../../../server/live/counters/index.js';
import {
  parseUpstream,
  startGateway,
  type Gateway,
  type GatewayEvent,
  type GatewayOptions,
} from '../../../server/live/gateway/index.js';

/** A gateway with its log and the truth of its device. */
export interface TestGateway extends Gateway {
  readonly events: readonly GatewayEvent[];
  /** Joules that the device has drawn until now. */
  truth(): number;
}

/** Watts of the device. */
export const idleWatts = 20;
export const busyWatts = 80;

/**
 * @param stepSeconds of the counter; `counter` replaces it
 * @param awaitsStep resolves when the counter has stepped: requests before that have no settled figure
 */
export async function startTestGateway(
  upstream: string,
  {
    stepSeconds = 0.1,
    counter,
    awaitsStep = true,
    ...more
  }: { stepSeconds?: number; counter?: EnergyCounter; awaitsStep?: boolean } & Partial<
    Omit<GatewayOptions, 'counter'>
  > = {},
): Promise<TestGateway> {
  const device = createSimulatedCounter({ stepSeconds, watts: idleWatts });
  const events: GatewayEvent[] = [];
  const gateway = await startGateway({
    upstream: parseUpstream(upstream),
    counter: counter ?? device,
    host: '127.0.0.1',
    port: 0,
    onEvent: (event) => events.push(event),
    onLoad: (running) => device.setWatts(running > 0 ? busyWatts : idleWatts),
    ...more,
  });
  if (awaitsStep) {
    await eventually(async () => {
      const health = (await ask(`${gateway.url}/joulelens/health`)).body.toString();
      if (/"secondsSinceStep":null/.test(health)) throw new Error('the counter has not stepped');
    }, 1000);
  }
  return { ...gateway, events, truth: () => device.truth().joules };
}

/** An answer to the last byte. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly trailers: NodeJS.Dict<string>;
  readonly body: Buffer;
  /** The connection broke before the end. */
  readonly isCut: boolean;
}

/** Asks without any comfort: what comes is what was sent. */
export function ask(
  url: string,
  {
    body,
    onBytes,
    onRequest,
    ...options
  }: http.RequestOptions & {
    body?: string | Buffer;
    onBytes?: (bytes: Buffer, all: number) => void;
    onRequest?: (request: http.ClientRequest) => void;
  } = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent: false, method: body === undefined ? 'GET' : 'POST', ...options });
    onRequest?.(request);
    request.on('error', reject);
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (bytes: Buffer) => {
        parts.push(bytes);
        onBytes?.(bytes, (size += bytes.length));
      });
      response.on('error', () => undefined);
      response.on('close', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          trailers: response.trailers,
          body: Buffer.concat(parts),
          isCut: !response.complete,
        }),
      );
    });
    request.end(body);
  });
}

/** A chat request. */
export const chatBody = (more: object = {}): string =>
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }], ...more });

export const streamWithUsage = { stream: true, stream_options: { include_usage: true } };

/** Tries until it succeeds; the last failure is thrown. Waits for what comes later, not for time. */
export async function eventually<T>(attempt: () => Promise<T> | T, tries = 200): Promise<T> {
  for (let left = tries; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left <= 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
