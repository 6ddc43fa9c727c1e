/** Endpoints that misbehave: one clear line naming the URL, no hang, and no key or prompt where it does not belong. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { chat, LiveError, listModels, measure, timeoutsFor, type ChatOptions } from '../../../server/live/index.js';
import { delta, event, eventStream, serve, streaming, type Answer } from '../../support/fixtureServer.js';

const key = 'sk-very-secret-0123456789';

async function ask(baseUrl: string, options: Partial<ChatOptions> = {}, apiKey = key): Promise<LiveError> {
  const error: unknown = await chat(
    { endpoint: { baseUrl, apiKey }, model: 'm', messages: [{ role: 'user', content: 'private prompt' }] },
    { timeouts: timeoutsFor(5), ...options },
  ).then(
    () => assert.fail('should have failed'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LiveError, String(error));
  assert.ok(!error.message.includes('\n'), 'one line');
  assert.ok(!JSON.stringify([error.message, error.details]).includes(key), 'no key in the error');
  return error;
}

async function askServer(answer: Answer, options: Partial<ChatOptions> = {}): Promise<LiveError> {
  const server = await serve(answer);
  try {
    const error = await ask(server.url, options);
    assert.ok(error.message.includes(server.url), 'names the URL');
    return error;
  } finally {
    await server.close();
  }
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

describe('misbehaving endpoints', () => {
  it('refuses the connection', async () => {
    const server = await serve(() => undefined);
    await server.close();
    const error = await ask(server.url);
    assert.equal(error.code, 'refused');
    assert.match(error.message, /connection refused; is the server running on that port\?/);
  });

  it('never answers', async () => {
    const error = await askServer(() => undefined, { timeouts: timeoutsFor(0.3) });
    assert.equal(error.code, 'timeout');
    assert.match(error.message, /no answer within 0\.3 s; the endpoint hangs/);
  });

  it('goes silent in mid-stream', async () => {
    const error = await askServer(
      (response) => {
        response.writeHead(200, eventStream);
        response.write(delta('half'));
      },
      { timeouts: { connectSeconds: 1, idleSeconds: 0.2, totalSeconds: 5 } },
    );
    assert.equal(error.code, 'timeout');
    assert.match(error.message, /no data for 0\.2 s/);
    assert.equal(error.details.partialText, 'half');
  });

  it('drips bytes for ever', async () => {
    const error = await askServer(
      async (response) => {
        response.writeHead(200, eventStream);
        while (!response.destroyed) {
          response.write(':\n');
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
      { timeouts: { connectSeconds: 1, idleSeconds: 0.3, totalSeconds: 0.5 } },
    );
    assert.equal(error.code, 'timeout');
    assert.match(error.message, /not complete within 0\.5 s/);
  });

  it('answers with a web page', async () => {
    const error = await askServer((response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end('<!doctype html><html><head><title>Welcome to nginx!</title></head><body>hi</body></html>');
    });
    assert.equal(error.code, 'notJson');
    assert.match(
      error.message,
      /a web page \(Welcome to nginx!\) instead of JSON or an event stream; check the base URL/,
    );
  });

  it('answers an error status with a web page', async () => {
    const error = await askServer((response) => {
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end('<html><title>502 Bad Gateway</title>');
    });
    assert.match(error.message, /HTTP 502: a web page \(502 Bad Gateway\)/);
  });

  it('answers with JSON that is no chat reply', async () => {
    const error = await askServer(json(200, { hello: 'world' }));
    assert.match(error.message, /JSON but no chat reply: \{"hello":"world"\}/);
  });

  it('is no HTTP server', async () => {
    const server = createTcpServer((socket) => socket.end('220 mail.example ESMTP\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const error = await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
    server.close();
    assert.match(error.message, /without an HTTP answer/);
  });

  it('does not know the key', async () => {
    const error = await askServer(json(401, { error: { message: `Incorrect API key provided: ${key}.` } }));
    assert.equal(error.details.status, 401);
    assert.match(error.message, /HTTP 401 \(the key is missing or wrong\): Incorrect API key provided: <key>\./);
  });

  it('asks to wait', async () => {
    const error = await askServer(json(429, { error: { message: 'Rate limit reached' } }, { 'retry-after': '17' }));
    assert.equal(error.details.retryAfterSeconds, 17);
    assert.match(
      error.message,
      /HTTP 429 \(too many requests or quota used up\): Rate limit reached; it asks to wait 17 s/,
    );
  });

  it('fails inside', async () => {
    const error = await askServer(json(500, { detail: 'CUDA error: device-side\nassert triggered' }));
    assert.match(error.message, /HTTP 500: CUDA error: device-side assert triggered/);
  });

  it('is not there', async () => {
    const error = await askServer(json(404, { error: 'page not found' }));
    assert.match(error.message, /HTTP 404 \(nothing there; the base URL usually ends in \/v1/);
  });

  it('sends far too much', async () => {
    let sent = 0;
    const error = await askServer(
      async (response) => {
        response.writeHead(200, eventStream);
        const block = Buffer.from(`: ${'x'.repeat(65_533)}\n`);
        while (!response.destroyed && sent < 100 * 1024 * 1024) {
          sent += block.length;
          await new Promise((resolve) => response.write(block, resolve));
        }
      },
      { maxBytes: 1024 * 1024 },
    );
    assert.equal(error.code, 'tooLarge');
    assert.match(error.message, /larger than 1 MiB/);
    assert.ok(sent < 50 * 1024 * 1024, `${sent} bytes were sent before it stopped`);
  });

  it('sends one endless line', async () => {
    const error = await askServer(streaming(`data: ${'x'.repeat(3 * 1024 * 1024)}`), { maxBytes: 2 * 1024 * 1024 });
    assert.equal(error.code, 'tooLarge');
  });

  for (const status of [301, 302, 307, 308]) {
    it(`redirects (${status}) to another origin: neither key nor prompt goes there`, async () => {
      const other = await serve(json(200, {}));
      const error = await askServer((response) => {
        response.writeHead(status, { location: `${other.url}/chat/completions` });
        response.end();
      });
      await other.close();
      assert.equal(error.code, 'redirect');
      assert.match(error.message, /redirects to another origin \(http:\/\/127\.0\.0\.1:\d+\); not followed/);
      assert.equal(other.seen.length, 0);
    });
  }

  it('redirects within its origin: followed with method, body and key', async () => {
    const server = await serve((response, request) => {
      if (request.path.startsWith('/v1/')) {
        response.writeHead(308, { location: '/v2/chat/completions' });
        response.end();
      } else {
        response.writeHead(200, eventStream);
        response.end(delta('there', 'stop'));
      }
    });
    const exchange = await chat(
      { endpoint: { baseUrl: server.url, apiKey: key }, model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
      { timeouts: timeoutsFor(5) },
    );
    await server.close();
    assert.equal(exchange.text, 'there');
    const [, second] = server.seen;
    assert.equal(second?.method, 'POST');
    assert.equal(second.headers.authorization, `Bearer ${key}`);
    assert.ok(second.body.includes('"Hi"'));
  });

  it('redirects in a circle', async () => {
    const error = await askServer((response) => {
      response.writeHead(307, { location: '/v1/chat/completions' });
      response.end();
    });
    assert.match(error.message, /more than 3 redirects/);
  });

  it('is given as an unusable URL', async () => {
    assert.match((await ask('localhost')).message, /Endpoint localhost is not a URL/);
    assert.match((await ask('ftp://host/v1')).message, /must start with http:\/\/ or https:\/\//);
    const withPassword = await ask('http://user:hunter2@127.0.0.1/v1');
    assert.match(withPassword.message, /holds a user name or password/);
    assert.ok(!withPassword.message.includes('hunter2'));
    assert.match((await ask('http://h/v1/chat/completions')).message, /give the base URL ending in \/v1/);
  });

  it('gets no key that a header cannot carry', async () => {
    const error = await ask('http://127.0.0.1:9/v1', {}, 'bad\nkey');
    assert.equal(error.code, 'badKey');
  });
});

describe('certificates', () => {
  const fixture = (name: string): string => path.join(__dirname, '../../../../test/fixtures/tls', name);
  const chatOnce = path.join(__dirname, '../../support/chatOnce.js');

  it('an expired one ends it before anything is sent', async () => {
    let requests = 0;
    const server = createTlsServer(
      { cert: readFileSync(fixture('expired.pem')), key: readFileSync(fixture('expired.key')) },
      (_request, response) => {
        requests++;
        response.end();
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { stdout } = await promisify(execFile)(process.execPath, [chatOnce, `https://127.0.0.1:${port}/v1`], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: fixture('authority.pem') },
    });
    await new Promise((resolve) => server.close(resolve));
    const { code, message } = JSON.parse(stdout) as { code: string; message: string };
    assert.equal(code, 'tls');
    assert.match(
      message,
      /^https:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions: the certificate has expired \(CERT_HAS_EXPIRED\)/,
    );
    assert.equal(requests, 0);
  });
});

describe('many cancelled requests', () => {
  it('leave neither sockets, timers nor listeners behind', async () => {
    const server = await serve((response, _request, index) => {
      // In turn: before the head, after it, and in mid-stream.
      if (index % 3 > 0) {
        response.writeHead(200, eventStream);
        response.write(index % 3 === 1 ? ': ping\n\n' : delta('half'));
      }
    });
    const controllers = new Set<AbortSignal>();
    const before = resources();
    for (let round = 0; round < 50; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const cancel = new AbortController();
          controllers.add(cancel.signal);
          const asked = chat(
            { endpoint: { baseUrl: server.url, apiKey: key }, model: 'm', messages: [{ role: 'user', content: 'x' }] },
            { timeouts: timeoutsFor(30), signal: cancel.signal, onText: () => cancel.abort() },
          );
          setTimeout(() => cancel.abort(), index % 5);
          await assert.rejects(asked, { code: 'cancelled' });
        }),
      );
    }
    assert.equal(controllers.size, 1000);
    for (const signal of controllers) {
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    }
    await server.close();
    // Sockets close in turns of the loop after the call.
    for (let turns = 0; turns < 100 && resources() > before; turns++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.ok(resources() <= before, `${resources()} sockets and timers, ${before} before`);
  });
});

/** What keeps this process busy. The server's own side is closed before this is asked for the last time. */
function resources(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCPSocketWrap|TCPWrap|TLSWrap|Timeout/.test(name)).length;
}

describe('the key', () => {
  it('goes into the Authorization header and nowhere else', async () => {
    const server = await serve((response) => {
      response.writeHead(200, { ...eventStream, 'x-echo': `Bearer ${key}`, 'set-cookie': 'session=abc' });
      response.end(
        `${delta(`your key is ${key}`, 'stop')}: key ${key}\n\n${event({ choices: [], usage: null, note: key })}`,
      );
    });
    const outcome = await measure({
      endpoint: { baseUrl: server.url, apiKey: key },
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      repeats: 1,
      timeoutSeconds: 5,
      keepCache: false,
    });
    await server.close();
    const [request] = server.seen;
    assert.equal(request?.headers.authorization, `Bearer ${key}`);
    assert.ok(!request.body.includes(key) && !request.path.includes(key));
    const shown = JSON.stringify(outcome);
    assert.ok(!shown.includes(key), 'no key in anything shown');
    assert.ok(!shown.includes('session=abc'), 'no cookie either');
    assert.ok(outcome.raw.some((line) => line.includes('<key>')));
  });

  it('is not sent where there is none', async () => {
    const server = await serve(json(200, { data: [{ id: 'a', owned_by: 'vllm' }] }));
    assert.deepEqual(await listModels({ baseUrl: server.url }, { timeoutSeconds: 5 }), [{ id: 'a', ownedBy: 'vllm' }]);
    await server.close();
    assert.equal(server.seen[0]?.headers.authorization, undefined);
    assert.equal(server.seen[0]?.path, '/v1/models');
  });
});
