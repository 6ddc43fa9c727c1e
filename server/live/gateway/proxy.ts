/** Passes one request on and its answer back: bytes, backpressure, trailers, and the end of either side. */
import * as http from 'node:http';
import * as https from 'node:https';
import { networkError } from '../errors.js';
import { callOf } from './calls.js';
import type { Books } from './books.js';
import { requestHeaders, responseHeaders } from './headers.js';
import { MeteredCall } from './meteredCall.js';
import type { RequestOutcome } from './modelTotals.js';

/** The server behind the gateway. */
export interface Upstream {
  readonly isTls: boolean;
  readonly hostname: string;
  readonly port: number;
  /** As in a Host header. */
  readonly host: string;
  /** For messages: `http://127.0.0.1:8000`. */
  readonly origin: string;
  /** Path before every path of a client; empty, or starts with a slash and ends without one. */
  readonly basePath: string;
}

/** What a proxied request needs. */
export interface ProxyContext {
  readonly upstream: Upstream;
  readonly agent: http.Agent;
  readonly books: Books;
  readonly connectSeconds: number;
  onEnd(exchange: Exchange): void;
}

/** One exchange, for the log: no header, no query, no body. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** Null where no answer was sent. */
  readonly status: number | null;
  readonly outcome: RequestOutcome;
  /** Null for what no model worked for. */
  readonly id: string | null;
  readonly model: string;
  readonly problem: string | null;
}

/** Header of an answer with the id of the request. */
export const requestIdHeader = 'X-Joulelens-Request';

/** Longest path in the log. */
const maxLoggedPath = 200;

/** Passes a request on. Never throws; the answer says what went wrong. */
export function forward(client: http.IncomingMessage, reply: http.ServerResponse, context: ProxyContext): void {
  const { upstream, books } = context;
  const target = originForm(client.url);
  const path = target.split('?', 1)[0]!;
  const call = callOf(client.method, path);
  const metered = call === null ? null : new MeteredCall(call, books, path);
  let problem: string | null = null;
  let isOver = false;

  const end = (outcome: RequestOutcome): void => {
    if (isOver) return;
    isOver = true;
    metered?.end(outcome);
    context.onEnd({
      method: client.method ?? '',
      path: path.slice(0, maxLoggedPath),
      status: reply.headersSent ? reply.statusCode : null,
      outcome: outcome === 'ok' && reply.statusCode >= 400 ? 'error' : outcome,
      id: metered?.id ?? null,
      model: metered?.model ?? '',
      problem,
    });
  };
  const fail = (status: number, type: string, message: string, detail: string): void => {
    problem ??= detail;
    if (reply.headersSent || reply.destroyed) {
      reply.destroy();
    } else {
      sendError(reply, status, type, message);
    }
    end('error');
  };

  let outgoing: http.ClientRequest;
  try {
    outgoing = (upstream.isTls ? https : http).request({
      agent: context.agent,
      hostname: upstream.hostname,
      port: upstream.port,
      method: client.method,
      path: `${upstream.basePath}${target}`,
      headers: requestHeaders(client.rawHeaders, upstream.host, call !== null),
      setHost: false,
    });
  } catch (error) {
    // Node's client is stricter than its server: a path with bytes that no URL may have.
    fail(400, 'bad_request', 'The request line or a header holds characters that cannot be passed on.', String(error));
    return;
  }
  guardConnection(outgoing, context.connectSeconds);
  outgoing.on('error', (error) => {
    if (reply.destroyed && !reply.headersSent) {
      end('cancelled');
      return;
    }
    const detail = networkError(error, upstream.origin, 'connecting').message;
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
    const isLate = code === 'ETIMEDOUT';
    fail(
      isLate ? 504 : 502,
      isLate ? 'upstream_timeout' : 'upstream_unreachable',
      `The server behind the gateway ${isLate ? 'did not take the connection in time' : 'cannot be reached'} (${code}).`,
      detail,
    );
  });
  outgoing.on('response', (incoming) => {
    metered?.begin();
    const status = incoming.statusCode ?? 502;
    const filter = metered?.filter(status, incoming.rawHeaders) ?? null;
    const headers = responseHeaders(incoming.rawHeaders, filter?.isChanged === true);
    if (metered?.id) headers.push(requestIdHeader, metered.id);
    try {
      reply.writeHead(status, incoming.statusMessage ?? '', headers);
    } catch (error) {
      outgoing.destroy();
      fail(
        502,
        'bad_upstream',
        'The server behind the gateway answered with a head that cannot be passed on.',
        String(error),
      );
      return;
    }
    reply.flushHeaders();
    // A pump by hand: a stream between the two would cost as much again for each event.
    const flow = (bytes: Buffer): boolean => bytes.length === 0 || reply.write(bytes);
    incoming.on('data', (bytes: Buffer) => {
      if (!flow(filter === null ? bytes : filter.push(bytes))) incoming.pause();
    });
    reply.on('drain', () => incoming.resume());
    incoming.on('end', () => {
      if (filter !== null) flow(filter.end());
      const trailers = pairs(incoming.rawTrailers);
      if (trailers.length > 0) reply.addTrailers(trailers);
      reply.end();
      end('ok');
    });
    incoming.on('error', () => undefined);
    incoming.on('close', () => {
      if (incoming.complete || isOver) return;
      problem = `${upstream.origin}: the connection was cut in the middle of the answer`;
      reply.destroy();
      end('error');
    });
  });

  client.on('data', (bytes: Buffer) => {
    metered?.requestBytes(bytes);
    if (!outgoing.write(bytes)) client.pause();
  });
  outgoing.on('drain', () => client.resume());
  client.on('end', () => {
    metered?.begin();
    outgoing.end();
  });
  client.on('error', () => undefined);
  reply.on('error', () => undefined);
  reply.on('close', () => {
    // The client went away: the engine need not go on.
    if (!reply.writableFinished) {
      end('cancelled');
      outgoing.destroy();
    }
  });
}

/** An answer of the gateway itself that says what went wrong, in OpenAI's form. */
export function sendError(reply: http.ServerResponse, status: number, type: string, message: string): void {
  const body = JSON.stringify({ error: { message, type, code: status } });
  reply.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    // What is still to come of the request is not read.
    connection: 'close',
  });
  reply.end(body);
}

/** The path and query alone: a client cannot name another host. */
function originForm(url: string | undefined): string {
  const text = url ?? '/';
  if (text.startsWith('/')) return text;
  try {
    const { pathname, search } = new URL(text);
    return `${pathname}${search}`;
  } catch {
    return '/';
  }
}

function guardConnection(outgoing: http.ClientRequest, seconds: number): void {
  outgoing.on('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(
      () => outgoing.destroy(Object.assign(new Error('connection timed out'), { code: 'ETIMEDOUT' })),
      seconds * 1000,
    );
    const stop = (): void => clearTimeout(timer);
    socket.once('connect', stop);
    outgoing.once('close', stop);
  });
}

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as [string, string]] : []));
}
