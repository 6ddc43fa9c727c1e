/** `joulelens gateway` from words to a running proxy and its end, in this process and in one of its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { createInterface } from 'node:readline';
import { createDemoServer } from '../../../server/demo/demoServer.js';
import { runCli } from '../../support/cli.js';
import { replyWith, serve, streaming } from '../../support/fixtureServer.js';
import { ask, chatBody, streamWithUsage } from '../../support/gateway/testGateway.js';

const bin = path.resolve(__dirname, '../../../server/cli/bin.js');

describe('joulelens gateway', () => {
  const bad: [args: string[], message: RegExp][] = [
    [[], /--upstream URL is needed/],
    [['--upstream', 'http://127.0.0.1:1'], /--meter METER is needed: nvml/],
    [['--upstream', 'nowhere', '--meter', 'simulated'], /--upstream: Endpoint nowhere is not a URL/],
    [['--upstream', 'http://user:pw@h', '--meter', 'simulated'], /holds a user name or password/],
    [['--upstream', 'http://127.0.0.1:1', '--meter', 'magic'], /--meter: Meter "magic": not known; there are nvml/],
    [['--upstream', 'http://127.0.0.1:1', '--meter', 'simulated', '--listen', '0.0.0.0:0'], /add --allow-remote/],
    [['--upstream', 'http://127.0.0.1:1', '--meter', 'simulated', '--listen', 'here'], /--listen: expected HOST:PORT/],
    [['--upstream', 'http://127.0.0.1:1', '--meter', 'simulated', '--listen', '127.0.0.1:70000'], /--listen: expected/],
    [['--upstream', 'http://127.0.0.1:1', '--meter', 'simulated', 'file'], /takes no FILE/],
  ];
  for (const [args, message] of bad) {
    it(`says what is wrong with: ${args.join(' ')}`, async () => {
      const { code, stderr, stdout } = await runCli(['gateway', ...args]);
      assert.match(stderr, message);
      assert.deepEqual([code, stdout, stderr.split('\n').length], [2, '', 2]);
    });
  }

  it('says that the meter cannot be read, before it starts', async () => {
    const { code, stderr } = await runCli([
      'gateway',
      '--upstream',
      'http://127.0.0.1:1',
      '--meter',
      'zeusd:http://127.0.0.1:9',
    ]);
    assert.equal(code, 3);
    assert.match(stderr, /^joulelens: --meter: http:\/\/127.0.0.1:9\S*: connection refused/);
  });

  it('says that the port is taken', async () => {
    const taken = await serve(streaming(''));
    const listen = new URL(taken.url).host;
    const { code, stderr } = await runCli([
      'gateway',
      '--upstream',
      'http://127.0.0.1:1',
      '--meter',
      'simulated',
      '--listen',
      listen,
    ]);
    assert.deepEqual([code, stderr], [2, `joulelens: --listen ${listen}: the port is taken; choose another\n`]);
    await taken.close();
  });

  it('serves until it is told to end', async () => {
    const upstream = await serve(streaming(replyWith('')));
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const ending = new AbortController();
    const lines = createInterface(stdout)[Symbol.asyncIterator]();
    const args = [
      'gateway',
      '--upstream',
      upstream.url,
      '--meter',
      'simulated',
      '--listen',
      '0.0.0.0:0',
      '--allow-remote',
      '--json',
    ];
    const running = runCli(args, { stdout, stderr, signal: ending.signal });
    const next = async (): Promise<Record<string, unknown>> =>
      JSON.parse(String((await lines.next()).value)) as Record<string, unknown>;
    const started = await next();
    assert.deepEqual(
      [started['event'], started['upstream'], started['meter'], started['provenance']],
      ['listening', new URL(upstream.url).origin, 'simulated', 'simulated'],
    );
    assert.match(JSON.stringify(started['warnings']), /others on the network.*simulated: no figure/);
    const url = String(started['url']).replace('0.0.0.0', '127.0.0.1');
    const key = 'sk-secret';
    const answer = await ask(`${url}/v1/chat/completions`, {
      body: chatBody(streamWithUsage),
      headers: { authorization: `Bearer ${key}` },
    });
    assert.match(answer.body.toString(), /^: energy \{.*"source":"simulated"/m);
    const request = await next();
    assert.deepEqual(
      [request['event'], request['path'], request['status'], request['outcome']],
      ['request', '/v1/chat/completions', 200, 'ok'],
    );
    assert.ok(!JSON.stringify(request).includes(key));
    ending.abort();
    assert.deepEqual([(await next())['event'], (await next())['event']], ['draining', 'ended']);
    stdout.end();
    stderr.end();
    assert.equal((await running).code, 0);
    await upstream.close();
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends with code 0 on ${signal}, as a process`, async function () {
      this.timeout(60_000);
      const demo = await createDemoServer({ tokensPerSecond: Infinity, firstTokenMilliseconds: 0 });
      const child = spawn(
        process.execPath,
        [bin, 'gateway', '--upstream', demo.url, '--meter', 'simulated', '--listen', '127.0.0.1:0'],
        {
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      const first = String((await lines.next()).value);
      const url = /^joulelens gateway: (http:\S+) -> http:\S+, meter simulated \(/.exec(first)?.[1];
      assert.ok(url, first);
      assert.equal((await ask(`${url}/v1/models`)).status, 200);
      child.kill(signal);
      const [code] = (await once(child, 'exit')) as [number | null];
      assert.equal(code, 0);
      await demo.close();
    });
  }
});
