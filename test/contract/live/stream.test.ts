/** Streams as they come over real networks: cut anywhere, ended early, half-finished. */
import assert from 'node:assert/strict';
import { chat, LiveError, timeoutsFor, type ChatExchange, type ChatOptions } from '../../../server/live/index.js';
import {
  delta,
  done,
  event,
  eventStream,
  replyText,
  replyWith,
  serve,
  streaming,
  usage,
  writePieces,
  type Answer,
} from '../../support/fixtureServer.js';

const energy = ': energy {"joules":4.5,"source":"measured","method":"zähler ⚡"}\n\n';

async function chatAgainst(answer: Answer, options: Partial<ChatOptions> = {}): Promise<ChatExchange> {
  const server = await serve(answer);
  try {
    return await chat(
      { endpoint: { baseUrl: server.url }, model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
      { timeouts: timeoutsFor(5), ...options },
    );
  } finally {
    await server.close();
  }
}

async function failureOf(promise: Promise<unknown>): Promise<LiveError> {
  const error: unknown = await promise.then(
    () => assert.fail('should have failed'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LiveError, String(error));
  assert.ok(!error.message.includes('\n'), 'one line');
  return error;
}

describe('event streams', () => {
  for (const size of [1, 2, 7]) {
    it(`arrives in pieces of ${size} bytes, also inside comments and characters`, async () => {
      const exchange = await chatAgainst(async (response) => {
        response.writeHead(200, eventStream);
        await writePieces(response, Buffer.from(replyWith(energy)), size);
        response.end();
      });
      assert.equal(exchange.text, replyText);
      assert.deepEqual(exchange.comments, [energy.slice(2).trim()]);
      assert.deepEqual(exchange.usage, { tokensIn: 12, tokensOut: 3, tokensCached: null });
    });
  }

  it('takes CRLF line ends, in pieces that part CR from LF', async () => {
    const exchange = await chatAgainst(async (response) => {
      response.writeHead(200, eventStream);
      await writePieces(response, Buffer.from(replyWith(energy).replaceAll('\n', '\r\n')), 1);
      response.end();
    });
    assert.equal(exchange.text, replyText);
    assert.equal(exchange.comments.length, 1);
  });

  it('reads on after [DONE] to the end of the stream', async () => {
    const exchange = await chatAgainst(streaming(`${replyWith('')}${energy}`));
    assert.equal(exchange.comments.length, 1);
  });

  it('takes a last event without its empty line', async () => {
    const exchange = await chatAgainst(streaming(`${delta('x', 'stop')}${usage().trimEnd()}`));
    assert.deepEqual(exchange.usage, { tokensIn: 12, tokensOut: 3, tokensCached: null });
  });

  it('keeps reasoning apart, and times the first token by it', async () => {
    const reasoning = event({ choices: [{ delta: { reasoning_content: 'Hm.' }, finish_reason: null }] });
    const exchange = await chatAgainst(streaming(`${reasoning}${delta('Yes', 'stop')}${usage()}${done}`));
    assert.equal(exchange.reasoning, 'Hm.');
    assert.equal(exchange.text, 'Yes');
    assert.ok(exchange.secondsToFirstToken !== null && exchange.secondsToFirstToken <= exchange.seconds);
  });

  it('does not take a heartbeat for the first token', async () => {
    const exchange = await chatAgainst(async (response) => {
      response.writeHead(200, eventStream);
      response.write(`: ping\n\n${delta('')}`);
      await new Promise((resolve) => setTimeout(resolve, 120));
      response.end(`${delta('x', 'stop')}${usage()}${done}`);
    });
    assert.ok((exchange.secondsToFirstToken ?? 0) >= 0.1, `${exchange.secondsToFirstToken}`);
    assert.deepEqual(exchange.comments, ['ping']);
  });

  it('lets a reply without usage pass, with no token counts made up', async () => {
    const exchange = await chatAgainst(streaming(`${delta('x', 'stop')}${done}`));
    assert.equal(exchange.usage, null);
  });

  it('names a stream that ends before the reply does, and keeps the text so far', async () => {
    const error = await failureOf(chatAgainst(streaming(delta('half a'))));
    assert.equal(error.code, 'cut');
    assert.match(error.message, /chat\/completions: the stream ended before the reply was complete/);
    assert.equal(error.details.partialText, 'half a');
  });

  it('names a connection that breaks in mid-event, and keeps the text so far', async () => {
    const error = await failureOf(
      chatAgainst(async (response) => {
        response.writeHead(200, eventStream);
        await writePieces(response, Buffer.from(`${delta('half a')}data: {"choices":[{"del`), 4096);
        response.destroy();
      }),
    );
    assert.equal(error.code, 'cut');
    assert.match(error.message, /connection was cut in the middle of the answer/);
    assert.equal(error.details.partialText, 'half a');
    assert.ok(error.details.raw?.some((line) => line.includes('half a')));
  });

  it('takes a reply whose connection breaks after [DONE]', async () => {
    const exchange = await chatAgainst(async (response) => {
      response.writeHead(200, eventStream);
      await writePieces(response, Buffer.from(replyWith(energy)), 4096);
      response.destroy();
    });
    assert.equal(exchange.text, replyText);
    assert.equal(exchange.comments.length, 1);
  });

  it('names an error that the endpoint reports in mid-stream', async () => {
    const error = await failureOf(
      chatAgainst(streaming(`${delta('half a')}${event({ error: { message: 'out of memory', code: 500 } })}`)),
    );
    assert.equal(error.code, 'stream');
    assert.match(error.message, /reported an error in mid-stream: out of memory/);
    assert.equal(error.details.partialText, 'half a');
  });

  it('names an event that is not JSON', async () => {
    const error = await failureOf(chatAgainst(streaming(`${delta('x')}data: <oops>\n\n${done}`)));
    assert.match(error.message, /an event that is not JSON of a chat reply: <oops>/);
  });

  it('survives bytes that are not UTF-8', async () => {
    const exchange = await chatAgainst((response) => {
      response.writeHead(200, eventStream);
      response.write(
        Buffer.concat([Buffer.from(delta('a?b', 'stop').replace('?', '\u0000')).map((byte) => byte || 0xff)]),
      );
      response.end(`${usage()}${done}`);
    });
    assert.equal(exchange.text, 'a\uFFFDb');
  });

  it('streams the text to the caller as it comes', async () => {
    const pieces: string[] = [];
    await chatAgainst(streaming(replyWith('')), { onText: (text) => pieces.push(text) });
    assert.deepEqual(pieces, ['Hel', 'lo, wörld', ' 🙂']);
  });

  it('keeps the raw payload of a long stream bounded, start and end', async () => {
    const exchange = await chatAgainst(streaming(`${delta('word ').repeat(5000)}${replyWith(energy)}`));
    assert.equal(exchange.text.length, 25_000 + replyText.length);
    assert.ok(exchange.raw.length < 1100, `${exchange.raw.length} lines`);
    assert.ok(exchange.raw.some((line) => /lines left out/.test(line)));
    assert.ok(exchange.raw.at(-1) === 'data: [DONE]');
    assert.ok(exchange.raw[0]?.startsWith('POST http://'));
  });
});

describe('rejected parameters', () => {
  const rejecting =
    (field: string, message: string): Answer =>
    (response, request) => {
      const body = JSON.parse(request.body) as Record<string, unknown>;
      if (field in body) {
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error: { message } }));
        return;
      }
      response.writeHead(200, eventStream);
      response.end(replyWith(''));
    };

  it('asks once more without stream_options', async () => {
    const exchange = await chatAgainst(rejecting('stream_options', 'stream_options is not supported'));
    assert.equal(exchange.text, replyText);
    assert.match(exchange.warnings.join(), /rejected stream_options/);
  });

  it('asks once more with max_completion_tokens', async () => {
    const server = await serve(rejecting('max_tokens', "Use 'max_completion_tokens' instead of 'max_tokens'."));
    const exchange = await chat(
      { endpoint: { baseUrl: server.url }, model: 'm', messages: [{ role: 'user', content: 'Hi' }], maxTokens: 7 },
      { timeouts: timeoutsFor(5) },
    );
    await server.close();
    assert.equal(exchange.text, replyText);
    assert.equal((JSON.parse(server.seen[1]!.body) as { max_completion_tokens: number }).max_completion_tokens, 7);
  });

  it('does not ask again for other errors', async () => {
    const server = await serve((response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end('{"error":{"message":"This model has a maximum context length of 10 tokens"}}');
    });
    const error = await failureOf(
      chat(
        { endpoint: { baseUrl: server.url }, model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
        { timeouts: timeoutsFor(5) },
      ),
    );
    await server.close();
    assert.equal(server.seen.length, 1);
    assert.match(error.message, /HTTP 400: This model has a maximum context length/);
  });
});
