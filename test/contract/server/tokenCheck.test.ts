import assert from 'node:assert/strict';
import { CancellationTokenSource } from 'vscode-languageserver-protocol';
import { createDemoServer } from '../../../server/demo/demoServer.js';
import { Method } from '../../../server/protocol/messages.js';
import type { Reply } from '../../../server/protocol/messages.js';
import type { CheckTokensParams, CheckTokensResult } from '../../../server/protocol/tokens.js';
import { serve, type Answer, type FixtureServer } from '../../support/fixtureServer.js';
import { llamaCppServer, plainServer, tgiServer, vllmServer } from '../../support/tokenizerServers.js';
import { testDeps } from './support/deps.js';
import { startEditor, type TestEditor } from './support/editor.js';
import { chat } from './support/transcripts.js';

const uri = 'file:///t/chat.json';
const key = 'sk-very-secret-0123456789';

describe('verifying token counts over a connection', function () {
  this.timeout(20_000);
  let editor: TestEditor;
  let endpoint: FixtureServer;

  beforeEach(async () => {
    editor = await startEditor(testDeps());
    await editor.open(uri, chat);
  });
  afterEach(async () => {
    await editor.stop();
    await endpoint.close();
  });

  const params = (more: Partial<CheckTokensParams> = {}): CheckTokensParams => ({
    uri,
    conversation: 0,
    endpoint: endpoint.url,
    timeoutSeconds: 5,
    progressToken: 'p',
    ...more,
  });

  async function check(answer: Answer, more: Partial<CheckTokensParams> = {}): Promise<CheckTokensResult> {
    endpoint = await serve(answer);
    return editor.value<CheckTokensResult>(Method.checkTokens, params(more));
  }

  async function failing(answer: Answer, more: Partial<CheckTokensParams> = {}) {
    endpoint = await serve(answer);
    const reply = await editor.ask<CheckTokensResult>(Method.checkTokens, params(more));
    assert.ok(!reply.ok);
    assert.ok(!reply.error.includes('\n') && !reply.error.includes(key));
    return reply;
  }

  for (const [title, engine] of [
    ['vLLM', vllmServer],
    ['TGI', tgiServer],
    ['llama.cpp', llamaCppServer],
  ] as const) {
    it(`equal counts are exact, by turn and for the whole prompt: ${title}`, async () => {
      const result = await check(engine());
      assert.equal(result.outcome, 'equal');
      assert.equal(result.turns.length, 4);
      assert.ok(result.turns.every(({ here, there }) => here === there && here > 0));
      assert.equal(result.prompt.here, result.prompt.there);
      assert.equal(
        result.headline,
        `Exact: 4 turns and the whole prompt of ${result.prompt.here} tokens as ${title} counts.`,
      );
      assert.match(result.markdown, /\| Turn 3 +\| assistant +\| +\d+ \| +\d+ \| +0 \|/);
      assert.match(result.markdown, /Llama 3 \\\(exact\\\)/);
      assert.ok(editor.progress.some(({ message }) => message === 'turn 3 of 4'));
    });
  }

  it('a difference is said at its turn', async () => {
    const result = await check(vllmServer({ change: (text) => text.replace('no longer collapse', 'no longer') }));
    assert.equal(result.outcome, 'differs');
    const [, , third] = result.turns;
    assert.ok(third!.there! < third!.here);
    // The prompt of the request to come holds that reply.
    assert.ok(result.prompt.there! < result.prompt.here);
    assert.equal(
      result.headline,
      `Differs at turn 3: ${third!.here} here beside ${third!.there} (vLLM). ` +
        `The whole prompt: ${result.prompt.here} here beside ${result.prompt.there}.`,
    );
    assert.match(result.markdown, new RegExp(`Turn 3 .* \\+${third!.here - third!.there!} \\|`));
  });

  it('a template that differs shows in the whole prompt alone', async () => {
    const result = await check(llamaCppServer({ change: (text) => text.replace(/Cutting Knowledge Date.*\n/, '') }));
    assert.equal(result.outcome, 'differs');
    assert.ok(result.turns.every(({ here, there }) => here === there));
    assert.match(result.headline, /^The whole prompt differs: .*The text of 4 turns is counted alike\.$/);
  });

  it('what the endpoint refuses is not compared, and never called exact', async () => {
    const refuse = (body: string): boolean => /messages|bubbles form/.test(body);
    const result = await check(
      vllmServer({
        intercept: (response, { path, body }) => {
          if (path !== '/tokenize' || !refuse(body)) return false;
          response.writeHead(400, { 'content-type': 'application/json' });
          response.end('{"error": {"message": "longer than the model allows"}}');
          return true;
        },
      }),
    );
    assert.equal(result.outcome, 'partial');
    assert.equal(result.headline, 'Exact: 3 turns as vLLM counts. Not compared: 1 turn and the whole prompt.');
    assert.match(result.markdown, /Turn 3 was not compared\. .*longer than the model allows/);
    const none = await (async () => {
      await endpoint.close();
      return check(
        vllmServer({
          intercept: (response, { path, body }) => {
            if (path !== '/tokenize' || /quick brown/.test(body)) return false;
            response.writeHead(500).end();
            return true;
          },
        }),
      );
    })();
    assert.equal(none.outcome, 'nothing');
    assert.doesNotMatch(none.headline + none.markdown, /Exact|Equal/);
  });

  it('tool definitions are not sent, so the whole prompt is not compared', async () => {
    const withTools = chat.replace(
      '"messages"',
      '"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],\n  "messages"',
    );
    await editor.change(uri, { text: withTools });
    const result = await check(vllmServer());
    assert.equal(result.outcome, 'partial');
    assert.equal(result.prompt.there, null);
    assert.match(result.markdown, /The whole prompt was not compared\. .*tool definitions/);
    assert.ok(endpoint.seen.every(({ body }) => !body.includes('"messages"')));
  });

  it('a stand-in that happens to agree is not called exact', async () => {
    await editor.change(uri, { text: chat.replace('meta-llama/Llama-3.1-8B-Instruct', 'SmolLM3-3B') });
    await editor.configure(() => ({ model: 'mistralai/Ministral-8B-Instruct-2410' }));
    const result = await check(vllmServer());
    assert.doesNotMatch(result.headline, /Exact/);
  });

  it('an endpoint without the route is said to have none, with what was tried; so is the demo endpoint', async () => {
    const reply = await failing(plainServer());
    assert.equal(reply.code, 'no-tokenizer');
    assert.ok(
      reply.error.startsWith(`${endpoint.url} has no tokenizer route, so nothing was compared. Tried POST http`),
    );
    assert.match(reply.error, /\/tokenize: HTTP 404; POST .*\/v1\/tokenize: HTTP 404\.$/);
    const demo = await createDemoServer({ tokensPerSecond: Infinity, firstTokenMilliseconds: 0 });
    try {
      const without = await editor.ask(Method.checkTokens, params({ endpoint: demo.url }));
      assert.ok(!without.ok && without.code === 'no-tokenizer');
    } finally {
      await demo.close();
    }
  });

  it('the key goes along and into no message; a wrong one is one line', async () => {
    const result = await check(vllmServer({ key }), { apiKey: key });
    assert.equal(result.outcome, 'equal');
    assert.ok(!JSON.stringify(result).includes(key));
    await endpoint.close();
    const reply = await failing(vllmServer({ key: 'another' }), { apiKey: key });
    assert.equal(reply.code, 'endpoint');
    assert.match(reply.error, /HTTP 401/);
  });

  it('a redirect to another origin is refused, and nothing is sent there', async () => {
    const elsewhere = await serve(vllmServer());
    try {
      const reply = await failing((response, { path }) => {
        response.writeHead(308, { location: `${elsewhere.url.replace('/v1', '')}${path}` });
        response.end();
      });
      assert.match(reply.error, /redirects to another origin/);
      assert.equal(elsewhere.seen.length, 0);
    } finally {
      await elsewhere.close();
    }
  });

  it('stops when cancelled', async () => {
    let asked = (): void => undefined;
    const hanging = new Promise<void>((resolve) => (asked = resolve));
    endpoint = await serve(
      vllmServer({
        intercept: (_, { body }) => {
          if (!/kettle/.test(body)) return false;
          asked();
          return true;
        },
      }),
    );
    const source = new CancellationTokenSource();
    const asking = editor.connection.sendRequest<Reply<CheckTokensResult>>(
      Method.checkTokens,
      params({ timeoutSeconds: 15 }),
      source.token,
    );
    await hanging;
    source.cancel();
    const reply = await asking;
    assert.ok(!reply.ok && reply.code === 'cancelled', JSON.stringify(reply));
  });

  it('needs a conversation', async () => {
    await editor.open('file:///t/notes.json', '{"a": 1}');
    const reply = await failing(vllmServer(), { uri: 'file:///t/notes.json' });
    assert.equal(reply.code, 'no-transcript');
    assert.equal(endpoint.seen.length, 0);
  });
});
