/** An answer that is an error, in one line. */
import { LiveError } from './errors.js';
import type { Redact } from './redact.js';
import type { TransportResponse } from './transport.js';
import { errorText, oneLine, tryJson } from './wire.js';

/** What a status usually means at a chat endpoint. */
const endpointHints: Readonly<Record<number, string>> = {
  401: 'the key is missing or wrong',
  403: 'the key may not use this',
  404: 'nothing there; the base URL usually ends in /v1, and the model must exist',
  405: 'nothing there; the base URL usually ends in /v1',
  413: 'the request is too large for the endpoint',
  429: 'too many requests or quota used up',
};

/** Code units of an error body that are looked at. */
const errorBodyLimit = 64 * 1024;

/** Reads a small body whole; what is over the limit is dropped. */
export async function readText(response: TransportResponse, limit = errorBodyLimit): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  await response.read((bytes) => {
    if (size < limit) {
      parts.push(bytes);
      size += bytes.length;
    }
  });
  return Buffer.concat(parts).toString('utf8').slice(0, limit);
}

/** The failure that an error status stands for. */
export function httpFailure(
  response: TransportResponse,
  body: string,
  redact: Redact,
  hints: Readonly<Record<number, string>> = endpointHints,
): LiveError {
  const { status, url, headers } = response;
  const said = isPage(headers['content-type'], body)
    ? `a web page (${pageTitle(body)})`
    : errorText(tryJson(body) ?? body);
  const endpointSays = redact(oneLine(said ?? ''));
  const retryAfterSeconds = retryAfter(headers['retry-after']);
  const parts = [
    `${url.href}: HTTP ${status}`,
    hints[status] === undefined ? '' : ` (${hints[status]})`,
    endpointSays === '' ? '' : `: ${endpointSays}`,
    retryAfterSeconds === null ? '' : `; it asks to wait ${retryAfterSeconds} s`,
  ];
  return new LiveError('http', url.href, parts.join(''), {
    status,
    ...(endpointSays === '' ? {} : { endpointSays }),
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
  });
}

/** The failure of an answer that is neither JSON nor a stream. */
export function notJson(url: string, contentType: string | undefined, body: string, redact: Redact): LiveError {
  const what = isPage(contentType, body)
    ? `a web page (${pageTitle(body)})`
    : `${contentType === undefined ? 'text' : (contentType.split(';')[0] ?? 'text')} (${oneLine(body, 60) || 'empty'})`;
  return new LiveError(
    'notJson',
    url,
    redact(
      `${url}: answered with ${what} instead of JSON or an event stream; check the base URL, it usually ends in /v1.`,
    ),
  );
}

function isPage(contentType: string | undefined, body: string): boolean {
  return /html/i.test(contentType ?? '') || /^\s*<(!doctype|html)/i.test(body);
}

function pageTitle(body: string): string {
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(body)?.[1];
  return title === undefined || title.trim() === '' ? 'HTML' : oneLine(title, 80);
}

/** Seconds from a Retry-After header in seconds; a date form is left out (it needs a clock both sides agree on). */
function retryAfter(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,6}$/.test(value.trim()) ? Number(value) : null;
}
