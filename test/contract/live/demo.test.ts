/** The demo endpoint as a client sees it, and as a process. */
import assert from 'node:assert/strict';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createDemoServer, demoModel, type Fault } from '../../../server/demo/demoServer.js';
import { chat, listModels, measure, timeoutsFor, LiveError, type ChatExchange } from '../../../server/live/index.js';

const instant = { tokensPerSecond: Infinity, firstTokenMilliseconds: 0 };
const question = [{ role: 'user', content: 'How does the batch size change the energy of inference?' }];

const ask = (url: string, maxTokens?: number): Promise<ChatExchange> =>
  chat({ endpoint: { baseUrl: url }, model: demoModel, messages: question, maxTokens }, { timeouts: timeoutsFor(5) });

const post = (url: string, body: unknown): Promise<Response> =>
  fetch(`${url}/chat/completions`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });

describe('the demo endpoint', () => {
  it('says that it is a demo, gives the same reply again, and answers what it was asked', async () => {
    const server = await createDemoServer(instant);
    const first = await ask(server.url);
    const second = await ask(server.url);
    await server.close();
    assert.match(first.text, /demo endpoint of Joule Lens.*its meter is simulated/);
    assert.match(first.text, /inference/);
    assert.equal(second.text, first.text);
    assert.equal(first.finishReason, 'stop');
  });

  it('reports simulated energy, alike in usage and comment, of a plausible size', async () => {
    const server = await createDemoServer(instant);
    const outcome = await measure({
      endpoint: { baseUrl: server.url },
      model: demoModel,
      messages: question,
      repeats: 5,
      timeoutSeconds: 5,
      keepCache: false,
    });
    await server.close();
    assert.equal(outcome.measured?.provenance, 'simulated');
    assert.match(outcome.measured.method, /^simulated by formula, nothing was measured/);
    assert.deepEqual(outcome.warnings, []);
    const perToken = outcome.measured.joules / (outcome.measured.tokensOut ?? 0);
    assert.ok(perToken > 0.03 && perToken < 1, `${perToken} J per token`);
    assert.ok((outcome.measured.ci95 ?? 0) > 0, 'runs differ by noise');
  });

  it('costs more for a longer reply', async () => {
    const server = await createDemoServer(instant);
    const joules = async (maxTokens: number): Promise<number> => {
      const { chunks } = await ask(server.url, maxTokens);
      return (chunks.at(-1) as { usage: { energy: { joules: number } } }).usage.energy.joules;
    };
    const [short, long] = [await joules(5), await joules(100)];
    await server.close();
    assert.ok(long > 3 * short, `${short} J, ${long} J`);
  });

  it('honours max_tokens and stop', async () => {
    const server = await createDemoServer(instant);
    const short = await ask(server.url, 7);
    assert.equal(short.finishReason, 'length');
    assert.equal(short.usage?.tokensOut, 7);
    const stopped = (await (await post(server.url, { messages: question, stop: ['Joule Lens'] })).json()) as {
      choices: [{ message: { content: string }; finish_reason: string }];
    };
    await server.close();
    assert.equal(stopped.choices[0].message.content, 'This is the demo endpoint of ');
    assert.equal(stopped.choices[0].finish_reason, 'stop');
  });

  it('streams at a pace of its own', async () => {
    const server = await createDemoServer({ tokensPerSecond: 100, firstTokenMilliseconds: 100 });
    const exchange = await ask(server.url, 40);
    await server.close();
    assert.ok((exchange.secondsToFirstToken ?? 0) >= 0.09, `${exchange.secondsToFirstToken} s to the first token`);
    assert.ok(exchange.seconds > 0.45 && exchange.seconds < 1.5, `${exchange.seconds} s in all`);
  });

  it('serves one model, and answers without a stream', async () => {
    const server = await createDemoServer(instant);
    assert.deepEqual(await listModels({ baseUrl: server.url }, { timeoutSeconds: 5 }), [
      { id: demoModel, ownedBy: 'joulelens-demo' },
    ]);
    const body = (await (await post(server.url, { messages: question })).json()) as {
      object: string;
      usage: { energy: { source: string } };
    };
    await server.close();
    assert.equal(body.object, 'chat.completion');
    assert.equal(body.usage.energy.source, 'simulated');
  });

  it('names what is wrong with a request', async () => {
    const server = await createDemoServer(instant);
    const says = async (body: unknown): Promise<string> => {
      const response = await post(server.url, body);
      assert.equal(response.status, 400);
      return ((await response.json()) as { error: { message: string } }).error.message;
    };
    assert.match(await says('{'), /not JSON/);
    assert.match(await says({ messages: [] }), /messages: a list/);
    assert.match(await says({ messages: [{ content: 'x' }] }), /messages\[0\]\.role/);
    assert.match(await says({ messages: question, max_tokens: 0 }), /max_tokens/);
    assert.match(
      await says({ messages: [{ role: 'user', content: 'word '.repeat(140_000) }] }),
      /maximum context length/,
    );
    assert.equal((await fetch(`${server.url}/nothing`)).status, 404);
    await server.close();
  });

  it('stops writing when the client goes away', async () => {
    const server = await createDemoServer({ tokensPerSecond: 20 });
    const cancel = new AbortController();
    const failure = chat(
      { endpoint: { baseUrl: server.url }, model: demoModel, messages: question },
      { timeouts: timeoutsFor(5), signal: cancel.signal, onText: () => cancel.abort() },
    );
    await assert.rejects(failure, { code: 'cancelled' });
    assert.match((await ask(server.url, 3)).text, /^This is/);
    await server.close();
  });

  const faults: readonly [Fault, string][] = [
    ['refuse', 'refused'],
    ['hang', 'timeout'],
    ['html', 'notJson'],
    ['cut', 'cut'],
    ['errorMidStream', 'stream'],
    ['redirect', 'redirect'],
  ];
  for (const [fault, code] of faults) {
    it(`misbehaves on demand: ${fault}`, async () => {
      const server = await createDemoServer({ ...instant, fault });
      await assert.rejects(
        chat(
          { endpoint: { baseUrl: server.url }, model: demoModel, messages: question },
          { timeouts: timeoutsFor(fault === 'hang' ? 0.3 : 5) },
        ),
        (error: unknown) => error instanceof LiveError && error.code === code,
      );
      await server.close();
    });
  }
});

describe('the demo process', () => {
  const entry = path.join(__dirname, '../../../server/demo/demoMain.js');

  async function listening(child: ChildProcess): Promise<string> {
    const gone = once(child, 'exit').then(() => assert.fail('the process ended at once'));
    gone.catch(() => undefined);
    const [line] = (await Promise.race([once(child.stdout!, 'data'), gone])) as [Buffer];
    const url = /^listening (http:\/\/127\.0\.0\.1:\d+\/v1)\n$/.exec(line.toString())?.[1];
    assert.ok(url !== undefined, line.toString());
    return url;
  }

  it('prints its address and ends when its input closes', async () => {
    const child = spawn(process.execPath, [entry, '--port', '0', '--instant']);
    const ended = once(child, 'exit');
    const { text } = await ask(await listening(child), 5);
    assert.notEqual(text, '');
    child.stdin.end();
    assert.deepEqual(await ended, [0, null]);
  });

  it('ends when the channel to its parent closes', async () => {
    const child = fork(entry, [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
    const ended = once(child, 'exit');
    await listening(child);
    child.disconnect();
    assert.deepEqual(await ended, [0, null]);
  });

  it('names a port that is taken or none', async () => {
    const server = await createDemoServer();
    const run = async (port: string): Promise<[number, string]> => {
      const child = spawn(process.execPath, [entry, '--port', port]);
      let errors = '';
      child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
      const [code] = (await once(child, 'close')) as [number];
      return [code, errors];
    };
    const [code, errors] = await run(String(server.port));
    assert.equal(code, 2);
    assert.match(errors, /^demo endpoint: listen EADDRINUSE[^\n]*\n$/);
    assert.match((await run('http'))[1], /--port http: a number from 0 to 65535/);
    await server.close();
  });
});
