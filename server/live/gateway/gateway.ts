/** The gateway: a reverse proxy in front of an inference server that says what each request cost. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { defaultLimits, type LedgerLimits } from '../attribution/index.js';
import type { EnergyCounter } from '../counters/index.js';
import { Books } from './books.js';
import { watchCounter } from './counterWatch.js';
import { metricsText, type Family } from './metricsText.js';
import { forward, sendError, type Exchange, type Upstream } from './proxy.js';

/** What can be chosen. */
export interface GatewayOptions {
  readonly upstream: Upstream;
  readonly counter: EnergyCounter;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Requests kept for `GET /joulelens/requests/{id}`. */
  readonly maxRecords?: number;
  readonly limits?: LedgerLimits;
  /** Until the upstream takes a connection. */
  readonly connectSeconds?: number;
  onEvent?(event: GatewayEvent): void;
  /** How many requests run now: a simulated device follows it. */
  onLoad?(running: number): void;
}

/** What happens, for a log. No key, no header, no query, no text of a request ever stands in it. */
export type GatewayEvent =
  | ({ readonly event: 'request' } & Exchange)
  | { readonly event: 'meterFailed' | 'meterRecovered' | 'meterReset'; readonly message: string };

/** A running gateway. */
export interface Gateway {
  /** `http://127.0.0.1:8870`. */
  readonly url: string;
  /** Stops taking requests, lets those that run end for so many seconds, then ends them. */
  close(drainSeconds?: number): Promise<void>;
}

/** Requests kept by default: a few megabytes. */
const defaultMaxRecords = 10_000;
/** Idle connections to the upstream are closed before it closes them (uvicorn and llama.cpp do after 5 s). */
const idleConnectionMilliseconds = 4000;

/** Starts it. Rejects where the port is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { upstream, counter, onEvent, onLoad } = options;
  const now = (): number => performance.now() / 1000;
  const books = new Books({
    counter,
    now,
    limits: options.limits ?? defaultLimits,
    maxRecords: options.maxRecords ?? defaultMaxRecords,
    onLoad: (running) => {
      onLoad?.(running);
      if (running > 0) watch.wake();
    },
  });
  const Agent = upstream.isTls ? https.Agent : http.Agent;
  const agent = new Agent({ keepAlive: true, timeout: idleConnectionMilliseconds });
  const context = {
    upstream,
    agent,
    books,
    connectSeconds: options.connectSeconds ?? 10,
    onEnd: (exchange: Exchange) => onEvent?.({ event: 'request', ...exchange }),
  };
  let isDraining = false;

  const answer = (request: http.IncomingMessage, reply: http.ServerResponse): void => {
    if (isDraining) reply.setHeader('connection', 'close');
    const path = (request.url ?? '/').split('?', 1)[0]!;
    if (path === '/metrics' || path === '/joulelens/metrics') {
      reply.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      reply.end(metricsText([...books.families(), ...counterFamilies()]));
    } else if (path === '/joulelens/health') {
      sendJson(reply, isDraining ? 503 : 200, health());
    } else if (path.startsWith('/joulelens/')) {
      const record = books.record(/^\/joulelens\/requests\/([\w-]{1,64})$/.exec(path)?.[1] ?? '');
      if (record !== undefined && request.method === 'GET') sendJson(reply, 200, record);
      else sendError(reply, 404, 'not_found', 'No such request is known here: ids are kept for a while only.');
    } else {
      forward(request, reply, context);
    }
  };
  const server = http.createServer(answer);
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const watch = watchCounter(counter, {
    onWindow: (window) => books.addWindow(window),
    onReset: () => onEvent?.({ event: 'meterReset', message: `${counter.id}: the counter started anew` }),
    onFailure: (message) => onEvent?.({ event: 'meterFailed', message }),
    onRecovery: () => onEvent?.({ event: 'meterRecovered', message: `${counter.id}: can be read again` }),
    isBusy: () => books.isBusy,
  });

  const health = (): object => ({
    status: isDraining ? 'draining' : 'ok',
    requests: books.runningRequests,
    meter: {
      id: counter.id,
      boundary: counter.boundary,
      provenance: counter.provenance,
      up: watch.state.isUp,
      stepSeconds: watch.state.stepSeconds,
      secondsSinceStep: watch.state.lastStep === null ? null : now() - watch.state.lastStep,
    },
  });
  const counterFamilies = (): Family[] => {
    const { isUp, failures, resets, lastStep } = watch.state;
    const one = (name: string, type: Family['type'], help: string, value: number): Family => ({
      name: `joulelens_gateway_counter_${name}`,
      type,
      help,
      series: [{ labels: {}, value }],
    });
    return [
      one('up', 'gauge', 'Whether the counter can be read.', isUp ? 1 : 0),
      one('failures_total', 'counter', 'Readings that failed.', failures),
      one(
        'resets_total',
        'counter',
        'Times that the counter started anew; the energy of that window is not known.',
        resets,
      ),
      ...(lastStep === null ? [] : [one('age_seconds', 'gauge', 'Time since the counter stepped.', now() - lastStep)]),
    ];
  };

  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  let closing: Promise<void> | null = null;
  return {
    url: `http://${host}:${port}`,
    close: (drainSeconds = 0) =>
      (closing ??= (async () => {
        isDraining = true;
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        const idle = setInterval(() => server.closeIdleConnections(), 100);
        const limit = setTimeout(() => server.closeAllConnections(), drainSeconds * 1000);
        await closed;
        clearInterval(idle);
        clearTimeout(limit);
        agent.destroy();
        await watch.close();
      })()),
  };
}

function sendJson(reply: http.ServerResponse, status: number, body: object): void {
  reply.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  reply.end(JSON.stringify(body));
}
