/** The server behind the gateway, as the user names it. */
import { parseBaseUrl } from '../endpoint.js';
import type { Upstream } from './proxy.js';

/**
 * `http://127.0.0.1:8000` and `http://127.0.0.1:8000/v1` mean the same: clients write `/v1` themselves.
 * Throws LiveError `badUrl` with the remedy.
 */
export function parseUpstream(text: string): Upstream {
  const url = parseBaseUrl(text);
  const isTls = url.protocol === 'https:';
  return {
    isTls,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    host: url.host,
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, '').replace(/\/v1$/, ''),
  };
}
