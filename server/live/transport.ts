/** A thin HTTP client on node:http/https: it gives trailers, exact arrival of bytes, and control over every limit. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { Timeouts } from './endpoint.js';
import { LiveError, networkError } from './errors.js';
import { watchdog } from './watchdog.js';

/** Default bound of a response in bytes. */
export const defaultMaxBytes = 64 * 1024 * 1024;

/** Redirects followed within one origin. */
const maxRedirects = 3;

/** One request. */
export interface TransportRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** A Unix socket to connect to in place of the URL's host; the URL gives the path. */
  readonly socketPath?: string | undefined;
  readonly apiKey?: string | undefined;
  /** Sent as JSON. */
  readonly body?: string;
  /** Accept header. */
  readonly accept: string;
  readonly timeouts: Timeouts;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Header values by lower-case name; repeated headers are joined with `, `. */
export type Headers = Readonly<Record<string, string>>;

/** An answer whose head has arrived. */
export interface TransportResponse {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  /**
   * Reads to the end of the stream, handing each piece of bytes over as it arrives. Resolves with the trailers.
   * Rejects with LiveError; what was handed over before stays valid. Must be called, once.
   */
  read(onBytes: (bytes: Buffer) => void): Promise<Headers>;
}

/** Sends one request. Rejects with LiveError. Follows redirects within the origin only, keeping the method. */
export async function send(request: TransportRequest): Promise<TransportResponse> {
  for (let redirects = 0, url = request.url; ; redirects++) {
    const response = await sendOnce({ ...request, url });
    const target = redirectTarget(response, request.method);
    if (target === null) {
      return response;
    }
    await response.read(() => undefined);
    if (target.origin !== request.url.origin) {
      throw new LiveError(
        'redirect',
        request.url.href,
        `${request.url.href}: redirects to another origin (${target.origin}); not followed, nothing was sent there. If that is right, set the endpoint to it.`,
      );
    }
    if (redirects >= maxRedirects) {
      throw new LiveError('redirect', request.url.href, `${request.url.href}: more than ${maxRedirects} redirects.`);
    }
    url = target;
  }
}

/** Where to go on; null where the response is no redirect that keeps the request as it is. */
function redirectTarget(response: TransportResponse, method: string): URL | null {
  const location = response.headers['location'];
  const isRedirect = [301, 302, 303, 307, 308].includes(response.status) && location !== undefined;
  if (!isRedirect) {
    return null;
  }
  let target: URL;
  try {
    target = new URL(location, response.url);
  } catch {
    throw new LiveError('redirect', response.url.href, `${response.url.href}: redirects to an unreadable address.`);
  }
  const keepsMethod = method === 'GET' || response.status === 307 || response.status === 308;
  // Another origin is refused by the caller whatever the status; within the origin a POST is never turned into a GET.
  return keepsMethod || target.origin !== response.url.origin ? target : null;
}

function sendOnce(request: TransportRequest): Promise<TransportResponse> {
  const { url, signal } = request;
  const place = url.href;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(cancelled(place));
      return;
    }
    let settled = false;
    let message: http.IncomingMessage | null = null;
    let failReading: ((error: LiveError) => void) | null = null;

    const finish = (): void => {
      guard.stop();
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: LiveError): void => {
      finish();
      if (!settled) {
        settled = true;
        reject(error);
      }
      failReading?.(error);
      message?.destroy();
      outgoing?.destroy();
    };
    const onAbort = (): void => fail(cancelled(place));
    const guard = watchdog(request.timeouts, place, fail);
    signal?.addEventListener('abort', onAbort, { once: true });

    let outgoing: http.ClientRequest | null = null;
    try {
      outgoing = open(request);
    } catch (error) {
      fail(openingError(error, place));
      return;
    }
    outgoing.on('socket', (socket) => {
      const ready = url.protocol === 'https:' ? 'secureConnect' : 'connect';
      if (socket.connecting) {
        socket.once(ready, guard.connected);
      } else {
        guard.connected();
      }
    });
    outgoing.on('error', (error) => fail(networkError(error, place, message === null ? 'connecting' : 'reading')));
    outgoing.on('response', (incoming) => {
      message = incoming;
      settled = true;
      guard.connected();
      guard.alive();
      // The error may come before anyone reads; without a listener it would end the process.
      let early: LiveError | null = null;
      failReading = (error) => (early ??= error);
      incoming.on('error', (error) => fail(networkError(error, place, 'reading')));
      resolve({
        url,
        status: incoming.statusCode ?? 0,
        headers: flatten(incoming.headers),
        read: (onBytes) =>
          new Promise((done, failed) => {
            if (early !== null) {
              failed(early);
              return;
            }
            failReading = failed;
            const limit = request.maxBytes ?? defaultMaxBytes;
            let received = 0;
            incoming.on('data', (bytes: Buffer) => {
              guard.alive();
              received += bytes.length;
              if (received > limit) {
                fail(tooLarge(place, limit));
                return;
              }
              try {
                onBytes(bytes);
              } catch (error) {
                fail(networkError(error, place, 'reading'));
              }
            });
            incoming.on('end', () => {
              finish();
              done(flatten(incoming.trailers));
            });
            incoming.on('close', () => {
              if (!incoming.complete) {
                fail(networkError(Object.assign(new Error(), { code: 'ECONNRESET' }), place, 'reading'));
              }
            });
          }),
      });
    });
  });
}

function open(request: TransportRequest): http.ClientRequest {
  const { url, body, apiKey } = request;
  const client = url.protocol === 'https:' ? https : http;
  const outgoing = client.request(url, {
    method: request.method,
    ...(request.socketPath === undefined ? {} : { socketPath: request.socketPath }),
    // A fresh connection each time: repeats start alike, and nothing lingers after a run.
    agent: false,
    headers: {
      accept: request.accept,
      // Compressed event streams are buffered by some proxies.
      'accept-encoding': 'identity',
      'user-agent': 'joulelens',
      te: 'trailers',
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      ...(apiKey === undefined || apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
    },
  });
  outgoing.end(body);
  return outgoing;
}

function openingError(error: unknown, place: string): LiveError {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_INVALID_CHAR') {
    return new LiveError('badKey', place, `${place}: the key holds a character that no HTTP header can carry.`);
  }
  return networkError(error, place, 'connecting');
}

function flatten(headers: http.IncomingHttpHeaders): Headers {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

function cancelled(place: string): LiveError {
  return new LiveError('cancelled', place, `${place}: cancelled.`);
}

function tooLarge(place: string, limit: number): LiveError {
  return new LiveError(
    'tooLarge',
    place,
    `${place}: the answer is larger than ${Math.round(limit / (1024 * 1024))} MiB; reading stopped.`,
  );
}
