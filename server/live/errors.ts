/** What can go wrong between us and an endpoint, each as one clear line that names the URL. */

/**
 * `refused` nobody listens, `unreachable` no such host or no route, `tls` certificate or handshake, `timeout` hangs,
 * `http` an error status, `notJson` a page or other text where JSON or a stream was due, `cut` the stream ended early,
 * `stream` the endpoint reported an error in mid-stream, `redirect` refused redirect, `tooLarge` over the size bound,
 * `badUrl` and `badKey` unusable settings, `noModel` another model is served, `meter` a counter that cannot be
 * read, stands still or says nothing of energy, `cancelled` the user stopped it.
 */
export type LiveErrorCode =
  | 'refused'
  | 'unreachable'
  | 'tls'
  | 'timeout'
  | 'http'
  | 'notJson'
  | 'cut'
  | 'stream'
  | 'redirect'
  | 'tooLarge'
  | 'badUrl'
  | 'badKey'
  | 'noModel'
  | 'meter'
  | 'cancelled';

/** What is known besides the message. */
export interface LiveErrorDetails {
  /** HTTP status, for `http`. */
  readonly status?: number;
  /** Seconds that the endpoint asks to wait (Retry-After), for 429 and 503. */
  readonly retryAfterSeconds?: number;
  /** What the endpoint itself said, one line, key removed. */
  readonly endpointSays?: string;
  /** Reply text received before the failure, so that nothing is lost. */
  readonly partialText?: string;
  /** Raw payload lines received before the failure, key removed. */
  readonly raw?: readonly string[];
}

/** An endpoint's failure. `message` is one line for the user: the URL, what happened, what to do. */
export class LiveError extends Error {
  override readonly name = 'LiveError';

  constructor(
    readonly code: LiveErrorCode,
    readonly url: string,
    message: string,
    readonly details: LiveErrorDetails = {},
  ) {
    super(message);
  }
}

/** The same failure with more details. */
export function withDetails(error: LiveError, details: LiveErrorDetails): LiveError {
  return new LiveError(error.code, error.url, error.message, { ...error.details, ...details });
}

const tlsCodes = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/;

/** Translates an error of Node's network layer. `stage` says whether an answer had begun. */
export function networkError(error: unknown, url: string, stage: 'connecting' | 'reading'): LiveError {
  if (error instanceof LiveError) {
    return error;
  }
  const code = errorCode(error);
  if (tlsCodes.test(code)) {
    const what = code === 'CERT_HAS_EXPIRED' ? 'the certificate has expired' : 'the TLS connection failed';
    return new LiveError('tls', url, `${url}: ${what} (${code}); check the certificate and the URL. Nothing was sent.`);
  }
  if (stage === 'reading') {
    return new LiveError('cut', url, `${url}: the connection was cut in the middle of the answer (${code}).`);
  }
  switch (code) {
    case 'ECONNREFUSED':
      return new LiveError('refused', url, `${url}: connection refused; is the server running on that port?`);
    case 'ENOENT':
    case 'EACCES':
      return new LiveError('unreachable', url, `${url}: the socket cannot be opened (${code}).`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new LiveError('unreachable', url, `${url}: no such host (${code}); check the URL and the network.`);
    case 'ECONNRESET':
    case 'EPIPE':
    case 'HPE_INVALID_CONSTANT':
      return new LiveError(
        'cut',
        url,
        `${url}: the server closed the connection without an HTTP answer (${code}); is this an HTTP port?`,
      );
    default:
      return new LiveError('unreachable', url, `${url}: no connection (${code}).`);
  }
}

function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return errorCode(error.errors[0]);
  }
  if (error instanceof Error) {
    const code: unknown = 'code' in error ? error.code : undefined;
    return typeof code === 'string' ? code : error.message;
  }
  return String(error);
}
