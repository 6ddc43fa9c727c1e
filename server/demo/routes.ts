/** Answers one HTTP request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BadRequest, parseChatRequest } from './chatRequest.js';
import type { DemoOptions } from './options.js';
import { demoModel, makeReply } from './reply.js';
import type { SimulatedEnergy } from './simulatedMeter.js';
import { streamReply, wholeReply } from './stream.js';

/** Bytes of a request that are taken. */
const bodyLimit = 32 * 1024 * 1024;

/** What the routes share. */
export interface DemoState {
  readonly options: DemoOptions;
  readonly meter: (tokensIn: number, tokensOut: number) => SimulatedEnergy;
  nextId(): string;
}

/** Routes a request. Every failure is an OpenAI-shaped JSON error. */
export async function answer(request: IncomingMessage, response: ServerResponse, state: DemoState): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname.replace(/\/+$/, '');
  try {
    if (path === '/v1/models' && request.method === 'GET') {
      sendJson(response, 200, {
        object: 'list',
        data: [{ id: demoModel, object: 'model', created: 0, owned_by: 'joulelens-demo' }],
      });
    } else if (path === '/v1/chat/completions' && request.method === 'POST') {
      await chat(request, response, state);
    } else {
      throw new BadRequest(404, 'The demo serves GET /v1/models and POST /v1/chat/completions.');
    }
  } catch (error) {
    const status = error instanceof BadRequest ? error.status : 500;
    const message = error instanceof Error ? error.message : String(error);
    if (response.headersSent) {
      response.destroy();
    } else {
      sendJson(response, status, {
        error: { message, type: status === 500 ? 'server_error' : 'invalid_request_error' },
      });
    }
  }
}

async function chat(request: IncomingMessage, response: ServerResponse, state: DemoState): Promise<void> {
  const parsed = parseChatRequest(await readBody(request));
  const reply = makeReply(parsed, state.options.fault === 'noEnergy' ? null : state.meter);
  const id = state.nextId();
  if (parsed.stream) {
    await streamReply(response, id, reply, parsed.includeUsage, state.options);
  } else {
    sendJson(response, 200, wholeReply(id, reply));
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > bodyLimit) {
      throw new BadRequest(413, `The request is larger than ${bodyLimit / (1024 * 1024)} MiB.`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
