/** Headers on their way through a proxy (RFC 9110, section 7.6). Raw lists keep order, case and repetitions. */

/** Names and values in turn, as Node gives and takes them. */
export type RawHeaders = readonly string[];

/** Meant for one connection only. `te` and `trailer` are told anew. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** Wrong once a body has been changed. */
const ofBody: ReadonlySet<string> = new Set([
  'content-length',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'etag',
]);

/** For the upstream: its own host, and an answer without compression where energy is to be put in. */
export function requestHeaders(raw: RawHeaders, host: string, plainAnswer: boolean): string[] {
  const isChunked = valueOf(raw, 'transfer-encoding') !== undefined;
  const dropped = (name: string): boolean =>
    name === 'host' || name === 'expect' || (plainAnswer && name === 'accept-encoding');
  return [
    'Host',
    host,
    ...without(raw, dropped),
    ...(plainAnswer ? ['Accept-Encoding', 'identity'] : []),
    ...(/\btrailers\b/i.test(valueOf(raw, 'te') ?? '') ? ['TE', 'trailers', 'Connection', 'keep-alive, TE'] : []),
    ...(isChunked ? ['Transfer-Encoding', 'chunked'] : []),
  ];
}

/** For the client. */
export function responseHeaders(raw: RawHeaders, isChanged: boolean): string[] {
  return without(raw, (name) => isChanged && ofBody.has(name));
}

/** The value of a header; the first of several. */
export function valueOf(raw: RawHeaders, name: string): string | undefined {
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]!.toLowerCase() === name) return raw[at + 1];
  }
  return undefined;
}

/** Without those of the connection, those that `Connection` names, and those that are dropped. */
function without(raw: RawHeaders, isDropped: (name: string) => boolean): string[] {
  const named = new Set<string>();
  each(raw, (name, value) => {
    if (name.toLowerCase() === 'connection') {
      for (const token of value.split(',')) named.add(token.trim().toLowerCase());
    }
  });
  const kept: string[] = [];
  each(raw, (name, value) => {
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower) && !named.has(lower) && !isDropped(lower)) kept.push(name, value);
  });
  return kept;
}

function each(raw: RawHeaders, visit: (name: string, value: string) => void): void {
  for (let at = 0; at + 1 < raw.length; at += 2) visit(raw[at]!, raw[at + 1]!);
}
