/** Asks a counter's server, within bounds of time and size. The key of the endpoint is never at hand here. */
import { timeoutsFor } from '../endpoint.js';
import { LiveError } from '../errors.js';
import { httpFailure } from '../httpFailure.js';
import { redactorFor } from '../redact.js';
import { send } from '../transport.js';
import { tryJson } from '../wire.js';

/** Where and how to ask. */
export interface CounterAddress {
  readonly url: URL;
  readonly socketPath?: string | undefined;
  /** A token for the counter's own server. */
  readonly token?: string | undefined;
  /** Limit of one reading in seconds. */
  readonly timeoutSeconds: number;
}

const meterHints: Readonly<Record<number, string>> = {
  401: 'the meter wants a token: JOULELENS_METER_TOKEN',
  403: 'the token may not read this, or the daemon may not read the device',
  404: 'nothing there; check the address of the meter',
};

/** Largest page in bytes: a node with eight GPUs and a thousand containers stays far below. */
export const maxPageBytes = 16 * 1024 * 1024;

/** The text of an answer with status 2xx. Rejects with LiveError on anything else. */
export async function fetchText(address: CounterAddress, signal?: AbortSignal): Promise<string> {
  const { url, socketPath, token, timeoutSeconds } = address;
  const response = await send({
    method: 'GET',
    url,
    socketPath,
    apiKey: token,
    accept: 'text/plain;version=0.0.4, application/json, */*;q=0.1',
    timeouts: timeoutsFor(timeoutSeconds),
    maxBytes: maxPageBytes,
    signal,
  });
  const parts: Buffer[] = [];
  await response.read((bytes) => parts.push(bytes));
  const text = Buffer.concat(parts).toString('utf8');
  if (response.status < 200 || response.status >= 300) {
    throw httpFailure(response, text.slice(0, 64 * 1024), redactorFor(token), meterHints);
  }
  return text;
}

/** The same as JSON. */
export async function fetchJson(address: CounterAddress, signal?: AbortSignal): Promise<unknown> {
  const text = await fetchText(address, signal);
  const json = tryJson(text);
  if (json === undefined) {
    throw new LiveError('notJson', address.url.href, `${address.url.href}: the meter answered, but not with JSON.`);
  }
  return json;
}
