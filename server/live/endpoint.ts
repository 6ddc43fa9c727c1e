/** The endpoint as the user gives it, checked once. */
import { LiveError } from './errors.js';

/** An OpenAI-compatible server. */
export interface Endpoint {
  /** Base URL ending in /v1. */
  readonly baseUrl: string;
  /** Bearer key; sent to this origin only, in no log. */
  readonly apiKey?: string | undefined;
}

/** Time limits in seconds. */
export interface Timeouts {
  /** Until the connection stands. */
  readonly connectSeconds: number;
  /** Longest silence, from request to first byte and between bytes. */
  readonly idleSeconds: number;
  /** The whole request. */
  readonly totalSeconds: number;
}

/** Derives all limits from the one that the user sets: seconds for a whole request. */
export function timeoutsFor(totalSeconds: number): Timeouts {
  return { connectSeconds: Math.min(10, totalSeconds), idleSeconds: totalSeconds, totalSeconds };
}

/** `path` below the base URL: `chat/completions`. Throws LiveError `badUrl` with the remedy. */
export function endpointUrl(endpoint: Endpoint, path: string): URL {
  const url = parseBaseUrl(endpoint.baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  return url;
}

/** Checks a base URL. Throws LiveError `badUrl` with the remedy. */
export function parseBaseUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw badUrl(text, 'is not a URL; give the base URL, such as http://127.0.0.1:8000/v1.');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw badUrl(text, 'must start with http:// or https://.');
  }
  if (url.username !== '' || url.password !== '') {
    url.username = '';
    url.password = '';
    throw badUrl(url.href, 'holds a user name or password; give the key apart from the URL.');
  }
  if (/\/(chat\/)?completions\/*$/.test(url.pathname)) {
    throw badUrl(text, 'names one call; give the base URL ending in /v1.');
  }
  url.hash = '';
  return url;
}

/** Whether a key sent there can be read on the way: plain http to another machine. */
export function travelsInClear(baseUrl: string): boolean {
  const { protocol, hostname } = parseBaseUrl(baseUrl);
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function badUrl(text: string, why: string): LiveError {
  return new LiveError('badUrl', text, `Endpoint ${text} ${why}`);
}
