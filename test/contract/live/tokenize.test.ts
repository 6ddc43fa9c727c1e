import assert from 'node:assert/strict';
import { LiveError, findTokenizer } from '../../../server/live/index.js';
import { serve, type Answer, type FixtureServer } from '../../support/fixtureServer.js';
import { llamaCppServer, plainServer, tgiServer, vllmServer } from '../../support/tokenizerServers.js';
import { vocabulary } from '../../support/tokens/engines.js';

const model = 'meta-llama/Llama-3.1-8B-Instruct';
const key = 'sk-very-secret-0123456789';
const options = { timeoutSeconds: 5 };
const messages = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Grüße 😀' },
];

describe('the tokenizer of an endpoint', function () {
  this.timeout(20_000);
  let server: FixtureServer;
  afterEach(() => server.close());

  async function find(answer: Answer, apiKey?: string) {
    server = await serve(answer);
    return findTokenizer({ baseUrl: server.url, ...(apiKey === undefined ? {} : { apiKey }) }, model, options);
  }

  async function failing(answer: Answer, apiKey = key): Promise<LiveError> {
    const error: unknown = await find(answer, apiKey).then(
      () => assert.fail('should have failed'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof LiveError, String(error));
    assert.ok(!error.message.includes('\n') && !error.message.includes(key));
    return error;
  }

  for (const [kind, engine] of [
    ['vllm', vllmServer],
    ['tgi', tgiServer],
    ['llama.cpp', llamaCppServer],
  ] as const) {
    it(`is found and counts texts and conversations: ${kind}`, async () => {
      const { tokenizer } = await find(engine());
      assert.equal(tokenizer?.kind, kind);
      assert.equal(tokenizer.url, server.url.replace('/v1', '/tokenize'));
      for (const text of ['Hello world', 'Grüße 😀\n\n', '']) {
        assert.equal(await tokenizer.countText(text), vocabulary('llama-3').count(text), text);
      }
      const counts = [await tokenizer.countMessages(messages), await tokenizer.countMessages(messages.slice(1))];
      // The default system block stays when its text goes.
      assert.equal(counts[0]! - counts[1]!, vocabulary('llama-3').count('Be brief.'));
      // Nothing of the user's goes out before a route has answered.
      const first = server.seen.findIndex(({ body }) => /Hello world/.test(body));
      assert.ok(server.seen.slice(0, first).every(({ body }) => /quick brown fox/.test(body)));
    });
  }

  it('is found below /v1 as well, with the key', async () => {
    const vllm = vllmServer({ key });
    const { tokenizer } = await find((response, request, index) => {
      const path = request.path.startsWith('/v1/tokenize') ? '/tokenize' : `/none${request.path}`;
      return vllm(response, { ...request, path }, index);
    }, key);
    assert.equal(tokenizer?.url, `${server.url}/tokenize`);
    assert.ok(server.seen.every(({ headers }) => headers.authorization === `Bearer ${key}`));
  });

  it('says which routes were tried where there is none', async () => {
    const found = await find(plainServer());
    assert.ok(found.tokenizer === null);
    assert.deepEqual(found.tried, [
      { route: `POST ${server.url.replace('/v1', '/tokenize')}`, answer: 'HTTP 404' },
      { route: `POST ${server.url}/tokenize`, answer: 'HTTP 404' },
    ]);
    await server.close();
    const page = await find((response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><title>Welcome</title>');
    });
    assert.ok(page.tokenizer === null);
    assert.equal(page.tried.length, 6);
    assert.ok(page.tried.every(({ answer }) => answer === 'no JSON'));
    await server.close();
    const other = await find((response) => void response.end('{"tokens": "many"}'));
    assert.ok(other.tokenizer === null);
    assert.match(other.tried[1]!.route, /as TGI has it$/);
  });

  it('fails in one line where the key is refused, and does not ask on', async () => {
    const error = await failing(vllmServer({ key: 'another' }));
    assert.match(error.message, /HTTP 401 \(the key is missing or wrong\): Invalid API key/);
    assert.equal(server.seen.length, 1);
  });

  it('refuses a redirect to another origin, and sends nothing there', async () => {
    const elsewhere = await serve(vllmServer());
    try {
      const error = await failing((response) => {
        response.writeHead(307, { location: elsewhere.url.replace('/v1', '/tokenize') });
        response.end();
      });
      assert.equal(error.code, 'redirect');
      assert.equal(elsewhere.seen.length, 0);
    } finally {
      await elsewhere.close();
    }
  });

  it('stops when cancelled, also in the middle of an answer', async () => {
    server = await serve((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"tok');
    });
    const abort = new AbortController();
    const asking = findTokenizer({ baseUrl: server.url }, model, { ...options, signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await assert.rejects(asking, (error: LiveError) => error.code === 'cancelled');
  });

  it('fails in one line where it is gone between two texts', async () => {
    let alive = true;
    const { tokenizer } = await find(
      vllmServer({
        intercept: (response) => {
          if (!alive) response.destroy();
          return !alive;
        },
      }),
    );
    alive = false;
    await assert.rejects(tokenizer!.countText('Hello'), (error: LiveError) => error.code === 'cut');
  });
});
