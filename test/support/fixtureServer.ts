/** A real HTTP server on loopback that answers as a test says, and remembers what it was asked. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FixtureServer {
  /** Base URL ending in /v1. */
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** Responses whose client went away before the end. */
  readonly aborted: () => number;
  close(): Promise<void>;
}

export type Answer = (response: ServerResponse, request: SeenRequest, index: number) => void | Promise<void>;

export async function serve(answer: Answer): Promise<FixtureServer> {
  const seen: SeenRequest[] = [];
  let aborted = 0;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const one = { method, path, headers, body: Buffer.concat(parts).toString('utf8') };
      seen.push(one);
      response.on('close', () => (aborted += response.writableFinished ? 0 : 1));
      void answer(response, one, seen.length - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    seen,
    aborted: () => aborted,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Headers of an event stream. */
export const eventStream = { 'content-type': 'text/event-stream' };

/** A `data:` event. */
export const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

export const delta = (content: string, finish: string | null = null): string =>
  event({
    id: 'c',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { content }, finish_reason: finish }],
  });

export const usage = (tokensIn = 12, tokensOut = 3, extra: object = {}): string =>
  event({ choices: [], usage: { prompt_tokens: tokensIn, completion_tokens: tokensOut, ...extra } });

export const done = 'data: [DONE]\n\n';

/** A whole reply of three pieces, with `tail` between the usage and the end. */
export const replyWith = (tail: string): string =>
  `${delta('Hel')}${delta('lo, wörld')}${delta(' 🙂', 'stop')}${usage()}${tail}${done}`;

/** The text that `replyWith` sends. */
export const replyText = 'Hello, wörld 🙂';

/** Writes bytes in pieces of at most `size`, each in a packet of its own as far as the kernel goes along. */
export async function writePieces(response: ServerResponse, bytes: Buffer, size: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += size) {
    await new Promise((resolve) => response.write(bytes.subarray(at, at + size), resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Answers with one event stream. */
export const streaming =
  (text: string): Answer =>
  (response) => {
    response.writeHead(200, eventStream);
    response.end(text);
  };
