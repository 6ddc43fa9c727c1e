/** Writes a reply as an event stream, at the speed of a real one. */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DemoOptions } from './options.js';
import { demoModel, type DemoReply } from './reply.js';

/** Milliseconds of prefill for one prompt token. */
const prefillMilliseconds = 0.02;

/** Sends all events and ends the response. Stops quietly when the client goes away. */
export async function streamReply(
  response: ServerResponse,
  id: string,
  reply: DemoReply,
  includeUsage: boolean,
  options: DemoOptions,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const event = (fields: object): boolean =>
    response.write(`data: ${JSON.stringify({ ...envelope(id), object: 'chat.completion.chunk', ...fields })}\n\n`);
  const delta = (content: object, finishReason: string | null): boolean =>
    event({ choices: [{ index: 0, delta: content, finish_reason: finishReason }] });
  const wait = (milliseconds: number): Promise<void> | void =>
    milliseconds >= 1 ? sleep(milliseconds, undefined, { signal: gone.signal }) : undefined;

  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  try {
    const paced = Number.isFinite(options.tokensPerSecond);
    const prefill = paced ? reply.usage.prompt_tokens * prefillMilliseconds : 0;
    await wait(options.firstTokenMilliseconds + prefill);
    delta({ role: 'assistant', content: '' }, null);
    const start = performance.now();
    for (const [index, piece] of reply.pieces.entries()) {
      const isHalfWay = index === Math.ceil(reply.pieces.length / 2);
      if (isHalfWay && options.fault === 'cut') {
        await new Promise((flushed) => response.write('data: {"choices":[{"del', flushed));
        response.destroy();
        return;
      }
      if (isHalfWay && options.fault === 'errorMidStream') {
        response.end(
          `data: ${JSON.stringify({ error: { message: 'The demo was told to fail here.', code: 500 } })}\n\n`,
        );
        return;
      }
      delta({ content: piece }, null);
      // Paced by the clock, not by the sleep before, so that timers that fire late do not add up.
      await wait(paced ? start + ((index + 1) * 1000) / options.tokensPerSecond - performance.now() : 0);
    }
    delta({}, reply.finishReason);
    if (includeUsage) {
      event({ choices: [], usage: reply.usage });
    }
    if (reply.usage.energy !== undefined) {
      const { joules, ...rest } = reply.usage.energy;
      response.write(`: energy ${JSON.stringify({ energy_joules: joules, joules, ...rest })}\n\n`);
    }
    response.end('data: [DONE]\n\n');
  } catch (error) {
    if (!gone.signal.aborted) {
      throw error;
    }
  }
}

/** A reply in one piece. */
export function wholeReply(id: string, reply: DemoReply): object {
  return {
    ...envelope(id),
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: reply.pieces.join('') },
        finish_reason: reply.finishReason,
      },
    ],
    usage: reply.usage,
  };
}

function envelope(id: string): object {
  return { id, created: Math.floor(Date.now() / 1000), model: demoModel };
}
