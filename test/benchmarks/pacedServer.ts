/** An inference server that is paced and nothing else, as a process: `FIRST_MS TOKENS_PER_SECOND TOKENS`. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const [firstMs = 0, perSecond = Infinity, tokens = 1] = process.argv.slice(2).map(Number);
const piece = `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content: ' token' }, finish_reason: null }] })}\n\n`;
const end = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 100, completion_tokens: tokens } })}\n\ndata: [DONE]\n\n`;

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const start = performance.now() + firstMs;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    let sent = 0;
    const next = (): void => {
      // By the clock, so that timers that fire late do not add up.
      while (sent < tokens && performance.now() >= start + (sent * 1000) / perSecond - 0.5) {
        response.write(piece);
        sent++;
      }
      if (sent >= tokens) response.end(end);
      else setTimeout(next, Math.max(0, start + (sent * 1000) / perSecond - performance.now()));
    };
    setTimeout(next, firstMs);
  });
});
process.once('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () =>
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
);
