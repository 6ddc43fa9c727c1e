/**
 * An OpenAI-compatible server around the local model, as small as llama.cpp's is large: models, tokenize, chat with and
 * without a stream, metrics. Its device is simulated: 20 W, and 80 W while the model works; the counter of it steps each
 * second, and `GET /truth` says what each request truly cost.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createSimulatedCounter } from '../../../server/live/counters/index.js';
import type { LocalEngine } from './engine.js';

/** Name of the served model. */
export const localModel = 'random-5m';

const idleWatts = 20;
const busyWatts = 80;

/** What one request cost. */
export interface Truth {
  readonly id: string;
  readonly joules: number;
  readonly seconds: number;
}

interface ChatBody {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly max_tokens?: number;
}

/** Starts it; resolves with its address. */
export async function startLocalServer(engine: LocalEngine, stepSeconds: number): Promise<string> {
  const device = createSimulatedCounter({ stepSeconds, watts: idleWatts });
  const truths: Truth[] = [];
  let requests = 0;
  let predicted = 0;
  /** One request at a time: the others wait. */
  let queue = Promise.resolve();

  const chat = async (body: ChatBody, response: ServerResponse): Promise<void> => {
    const id = `chatcmpl-${++requests}`;
    const prompt = engine.tokenize(
      `${body.messages.map(({ role, content }) => `${role}: ${content}`).join('\n')}\nassistant: `,
    );
    const envelope = { id, created: Math.floor(Date.now() / 1000), model: localModel };
    const event = (fields: object): boolean =>
      response.write(`data: ${JSON.stringify({ ...envelope, object: 'chat.completion.chunk', ...fields })}\n\n`);
    const tokens: number[] = [];
    const start = device.truth();
    device.setWatts(busyWatts);
    if (body.stream) response.writeHead(200, { 'content-type': 'text/event-stream' });
    let firstToken: number | null = null;
    for await (const token of engine.generate(prompt, body.max_tokens ?? 64)) {
      firstToken ??= device.truth().seconds;
      tokens.push(token);
      predicted++;
      if (body.stream)
        event({ choices: [{ index: 0, delta: { content: engine.detokenize([token]) || '.' }, finish_reason: null }] });
      if (response.destroyed) break;
    }
    const end = device.truth();
    device.setWatts(idleWatts);
    truths.push({ id, joules: end.joules - start.joules, seconds: end.seconds - start.seconds });
    const usage = {
      prompt_tokens: prompt.length,
      completion_tokens: tokens.length,
      total_tokens: prompt.length + tokens.length,
    };
    const timings = {
      prompt_n: prompt.length,
      prompt_ms: 1000 * ((firstToken ?? end.seconds) - start.seconds),
      predicted_n: tokens.length,
    };
    if (body.stream) {
      event({ choices: [{ index: 0, delta: {}, finish_reason: 'length' }] });
      if (body.stream_options?.include_usage) event({ choices: [], usage, timings });
      response.end('data: [DONE]\n\n');
    } else {
      const message = { role: 'assistant', content: engine.detokenize(tokens) };
      sendJson(response, {
        ...envelope,
        object: 'chat.completion',
        choices: [{ index: 0, message, finish_reason: 'length' }],
        usage,
        timings,
      });
    }
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url === '/v1/models') {
      sendJson(response, { object: 'list', data: [{ id: localModel, object: 'model', owned_by: 'llamacpp' }] });
    } else if (request.url === '/tokenize') {
      sendJson(response, { tokens: engine.tokenize((JSON.parse(await text(request)) as { content: string }).content) });
    } else if (request.url === '/v1/chat/completions') {
      const body = JSON.parse(await text(request)) as ChatBody;
      queue = queue.then(() => chat(body, response)).catch(() => void response.destroy());
      await queue;
    } else if (request.url === '/metrics') {
      const { joules } = await device.read();
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(
        `# TYPE simulated_energy_joules_total counter\nsimulated_energy_joules_total{device="simulated"} ${joules}\n` +
          `# TYPE llamacpp:tokens_predicted_total counter\nllamacpp:tokens_predicted_total ${predicted}\n`,
      );
    } else if (request.url === '/truth') {
      sendJson(response, truths);
    } else {
      response.writeHead(404).end();
    }
  };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function sendJson(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
