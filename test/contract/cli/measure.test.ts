/** `joulelens measure` from words to figures and exit codes, against the demo endpoint and misbehaving ones. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { createDemoServer, type DemoServer, type Fault } from '../../../server/demo/demoServer.js';
import { CliError, type CliIo } from '../../../server/cli/io.js';
import { runMeasure, type MeasureServices } from '../../../server/cli/measure.js';
import type { RawMeasureOptions } from '../../../server/cli/measureOptions.js';
import type { MeasureReport } from '../../../server/cli/measureReport.js';
import { createSimulatedCounter } from '../../../server/live/index.js';
import { runCli } from '../../support/cli.js';
import { delta, done, eventStream, replyWith, serve, usage } from '../../support/fixtureServer.js';

/** A linear prediction, so that the test can tell at which tokens it was taken. */
const services: MeasureServices = {
  annotateForMeasure: (text, file, options) => {
    if (text.trim() === '') throw new CliError(`${file}: no conversation was found`);
    return {
      messages: [{ role: 'user', content: text }],
      predicted: { joules: 50, interval90: [10, 200] },
      predictAt: (tokensIn, tokensOut, tokensCached) => {
        const joules = (tokensIn - tokensCached) * 0.02 + tokensOut * 0.1;
        return { joules, interval90: [joules / 2, joules * 2] };
      },
      model: options.model ?? 'llama-3.1-8b',
    };
  },
};

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('joulelens measure', () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'joulelens-'));
    file = path.join(folder, 'chat.md');
    await writeFile(file, 'What does a turn cost?');
  });
  after(() => rm(folder, { recursive: true }));

  async function run(
    options: RawMeasureOptions,
    more: Partial<CliIo> & { readonly files?: readonly string[] } = {},
    using = services,
  ): Promise<Result> {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const io: CliIo = {
      stdin: Readable.from(['']),
      stdout,
      stderr,
      env: {},
      cwd: folder,
      signal: new AbortController().signal,
      isTerminal: false,
      ...more,
    };
    let code: number;
    try {
      code = await runMeasure({ positionals: more.files ?? ['chat.md'], options, services: using }, io);
    } catch (error) {
      assert.ok(error instanceof CliError, String(error));
      stderr.write(error.message);
      code = error.exitCode;
    }
    const text = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? '';
    return { code, stdout: text(stdout), stderr: text(stderr) };
  }

  async function withDemo<T>(use: (server: DemoServer) => Promise<T>, fault?: Fault): Promise<T> {
    const fast = { tokensPerSecond: Infinity, firstTokenMilliseconds: 0 };
    const server = await createDemoServer(fault === undefined ? fast : { ...fast, fault });
    try {
      return await use(server);
    } finally {
      await server.close();
    }
  }

  it('prints one JSON line with measured beside predicted at the same tokens', async () => {
    const { code, stdout, stderr } = await withDemo(({ url }) => run({ endpoint: url, repeats: '3', json: true }));
    assert.equal(code, 0);
    assert.equal(stderr, '');
    assert.equal(stdout.trimEnd().split('\n').length, 1);
    const report = JSON.parse(stdout) as MeasureReport;
    const { measured, predicted, runs } = report;
    assert.ok(measured !== null);
    assert.equal(measured.n, 3);
    assert.equal(measured.provenance, 'simulated');
    assert.equal(measured.scope, 'request-attributed');
    assert.equal(runs.length, 3);
    const expected = (measured.tokensIn ?? 0) * 0.02 + (measured.tokensOut ?? 0) * 0.1;
    assert.ok(Math.abs(predicted.joules - expected) < 1e-9, `${predicted.joules} J, not ${expected} J`);
    assert.ok(Math.abs(predicted.interval90[1] - 2 * expected) < 1e-9);
    assert.equal(report.ratio, measured.joules / predicted.joules);
    assert.match(report.warnings.join(), /serves joulelens-demo-8b; the prediction is for llama-3\.1-8b/);
    assert.match(report.reply, /demo endpoint/);
    assert.equal(report.endpointModel, 'joulelens-demo-8b');
  });

  it('calls a simulated figure simulated in the text for people', async () => {
    const { code, stdout } = await withDemo(({ url }) => run({ endpoint: url, repeats: '2' }));
    assert.equal(code, 0);
    assert.match(stdout, /^chat\.md · joulelens-demo-8b at http/);
    assert.match(
      stdout,
      /request simulated [\d.]+ J ± [\d.]+ \(95 %, n=2\) · predicted [\d.]+ J \([\d.]+-[\d.]+ J\) at the same tokens · ratio/,
    );
    assert.doesNotMatch(stdout, /measured [\d.]+ J/);
  });

  it('labels the simulated meter simulated, whatever the endpoint reports', async () => {
    const server = await serve((response) => {
      response.writeHead(200, eventStream);
      response.end(replyWith(': energy {"joules":9,"source":"measured"}\n\n'));
    });
    const { code, stdout } = await run({ endpoint: server.url, meter: 'simulated', repeats: '1', json: true });
    await server.close();
    assert.equal(code, 0);
    const { measured } = JSON.parse(stdout) as MeasureReport;
    assert.equal(measured?.provenance, 'simulated');
    assert.match(measured.method, /^simulated: a constant 300 W/);
  });

  it('keeps the reply and exits with 3 where no energy is reported', async () => {
    const { code, stdout, stderr } = await withDemo(({ url }) => run({ endpoint: url, json: true }), 'noEnergy');
    assert.equal(code, 3);
    assert.match(stderr, /^joulelens: http.*replied, but reported no energy/);
    const report = JSON.parse(stdout) as MeasureReport;
    assert.equal(report.measured, null);
    assert.equal(report.ratio, null);
    assert.match(report.reply, /demo endpoint/);
    assert.ok(report.predicted.joules > 0);
  });

  const faults: readonly [Fault, RegExp][] = [
    ['refuse', /connection refused/],
    ['hang', /no answer within 0\.5 s/],
    ['html', /a web page \(Demo page\) instead of JSON/],
    ['cut', /connection was cut in the middle/],
    ['errorMidStream', /error in mid-stream/],
    ['redirect', /redirects to another origin/],
  ];
  for (const [fault, message] of faults) {
    it(`names an endpoint's failure in one line and exits with 3: ${fault}`, async () => {
      const { code, stdout, stderr } = await withDemo(({ url }) => run({ endpoint: url, timeout: '0.5' }), fault);
      assert.equal(code, 3);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.match(stderr, /http:\/\/127\.0\.0\.1:\d+\/v1/);
      assert.ok(!stderr.includes('\n') && !/ at .*\.js/.test(stderr), 'one line, no stack');
    });
  }

  it('sends the key of the environment, and shows it nowhere', async () => {
    const key = 'sk-environment-key';
    const server = await serve((response, request) => {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: `bad ${request.headers.authorization}` }));
    });
    const { code, stderr, stdout } = await run({ endpoint: server.url }, { env: { JOULELENS_API_KEY: key } });
    await server.close();
    assert.equal(server.seen[0]?.headers.authorization, `Bearer ${key}`);
    assert.equal(code, 3);
    assert.match(stderr, /HTTP 401.*bad Bearer <key>/);
    assert.ok(!(stderr + stdout).includes(key));
  });

  it('prints what was done when interrupted, and exits with 130', async () => {
    const cancel = new AbortController();
    const server = await serve((response, request, index) => {
      if (request.path.endsWith('/models')) {
        response.writeHead(404);
        response.end();
        return;
      }
      response.writeHead(200, eventStream);
      if (index === 1) {
        response.end(replyWith(': energy {"joules":9,"source":"measured"}\n\n'));
      } else {
        response.write(delta('half'), () => setTimeout(() => cancel.abort(), 20));
      }
    });
    const { code, stdout, stderr } = await run({ endpoint: server.url, json: true }, { signal: cancel.signal });
    await server.close();
    assert.equal(code, 130);
    assert.match(stderr, /Cancelled after 1 of 5 runs/);
    assert.equal((JSON.parse(stdout) as MeasureReport).measured?.joules, 9);
  });

  it('falls back to the prediction before the run where the endpoint counts no tokens', async () => {
    const server = await serve((response) => {
      response.writeHead(200, eventStream);
      response.end(`${delta('x', 'stop')}: energy {"joules":9,"source":"measured"}\n\n${done}`);
    });
    const { stdout } = await run({ endpoint: server.url, repeats: '1', json: true });
    await server.close();
    const report = JSON.parse(stdout) as MeasureReport;
    assert.deepEqual(report.predicted, { joules: 50, interval90: [10, 200] });
    assert.equal(report.measured?.tokensIn, null);
    assert.match(report.warnings.join(), /no token counts/);
  });

  it('predicts at the cache state that the endpoint reports', async () => {
    const server = await serve((response) => {
      response.writeHead(200, eventStream);
      response.end(
        `${delta('x', 'stop')}${usage(1000, 10, { prompt_tokens_details: { cached_tokens: 960 } })}: energy {"joules":2,"source":"measured"}\n\n${done}`,
      );
    });
    const { stdout } = await run({ endpoint: server.url, repeats: '2', 'keep-cache': true, json: true });
    await server.close();
    const { predicted } = JSON.parse(stdout) as MeasureReport;
    assert.ok(Math.abs(predicted.joules - (40 * 0.02 + 10 * 0.1)) < 1e-9);
  });

  it('caps the reply as the command line says, else as the file does', async () => {
    const capped: MeasureServices = {
      annotateForMeasure: async (...args) => ({ ...(await services.annotateForMeasure(...args)), maxTokens: 9 }),
    };
    await withDemo(async ({ url }) => {
      const tokensOut = async (options: RawMeasureOptions): Promise<number | null | undefined> => {
        const { stdout } = await run({ endpoint: url, repeats: '1', json: true, ...options }, {}, capped);
        return (JSON.parse(stdout) as MeasureReport).measured?.tokensOut;
      };
      assert.equal(await tokensOut({}), 9);
      assert.equal(await tokensOut({ 'max-tokens': '5' }), 5);
    });
  });

  it('takes the cap on the reply from the transcript itself', async () => {
    const messages = [{ role: 'user', content: 'Tell me of tides.' }];
    await writeFile(path.join(folder, 'capped.json'), JSON.stringify({ max_tokens: 7, messages }));
    await withDemo(async ({ url }) => {
      const argv = ['measure', 'capped.json', '--endpoint', url, '--repeats', '1', '--json'];
      const { code, stdout } = await runCli(argv, { cwd: folder });
      assert.equal(code, 0);
      assert.equal((JSON.parse(stdout) as MeasureReport).measured?.tokensOut, 7);
    });
  });

  it('says what of a transcript it does not send as the file has it', async () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
    const tools = [{ type: 'function', function: { name: 'f', parameters: {} } }];
    const messages = [
      { role: 'user', content: [{ type: 'text', text: 'What is this?' }, image] },
      { role: 'assistant', content: null, tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c', content: 'a cat' },
    ];
    await writeFile(path.join(folder, 'tools.json'), JSON.stringify({ tools, messages }));
    await withDemo(async ({ url }) => {
      const argv = ['measure', 'tools.json', '--endpoint', url, '--repeats', '1', '--json'];
      const { warnings } = JSON.parse((await runCli(argv, { cwd: folder })).stdout) as MeasureReport;
      const said = warnings.filter((warning) => warning.startsWith('The request differs from the file'));
      assert.equal(said.length, 1);
      for (const part of [/tool definitions/, /images/, /plain text: tool calls/]) assert.match(said[0]!, part);
    });
  });

  it('measures with a counter beside the endpoint, in JSON and for people', async () => {
    const device = createSimulatedCounter({ watts: 40 });
    const server = await serve(async (response, request) => {
      if (request.path === '/energy_metrics') {
        response.end(JSON.stringify({ total_energy_j: (await device.read()).joules, query_time: 1 }));
        return;
      }
      if (!request.path.endsWith('/chat/completions')) {
        response.writeHead(404);
        response.end();
        return;
      }
      response.writeHead(200, eventStream);
      device.setWatts(400);
      await new Promise((resolve) => setTimeout(resolve, 100));
      device.setWatts(40);
      response.end(replyWith(''));
    });
    const meter = `trtllm:${new URL(server.url).origin}`;
    const { code, stdout } = await run({ endpoint: server.url, meter, repeats: '1', json: true });
    const { measured, predicted, ratio } = JSON.parse(stdout) as MeasureReport;
    assert.equal(code, 0);
    assert.equal(measured?.provenance, 'measured');
    assert.ok(measured.joules > 30 && measured.joules < 120, `${measured.joules}`);
    assert.ok(Math.abs((measured.idleWatts ?? 0) - 40) < 4, `${measured.idleWatts}`);
    // A prediction holds idle power while the request runs, so the gross figure is compared.
    assert.equal(ratio, (measured.grossJoules ?? 0) / predicted.joules);
    const text = (await run({ endpoint: server.url, meter, repeats: '1' })).stdout;
    await server.close();
    assert.match(text, /scope gpu-window · inside: the GPUs that the engine uses \(TensorRT-LLM\)/);
    assert.match(text, /request measured [\d.]+ J \(n=1, [\d.]+ J above idle\) · predicted/);
    assert.match(text, /idle [34]\d(\.\d+)? W/);
    assert.equal(server.seen.filter(({ path: where }) => where.endsWith('/chat/completions')).length, 4);
  });

  it('ends early where the figure is narrow enough, unless runs are asked for', async () => {
    const server = await serve((response, request) => {
      if (!request.path.endsWith('/chat/completions')) {
        response.writeHead(404);
        response.end();
        return;
      }
      response.writeHead(200, eventStream);
      response.end(replyWith(': energy {"joules":9,"source":"measured"}\n\n'));
    });
    const report = async (options: RawMeasureOptions): Promise<MeasureReport & { code: number }> => {
      const { stdout, code } = await run({ endpoint: server.url, json: true, ...options });
      return { ...(JSON.parse(stdout) as MeasureReport), code };
    };
    const early = await report({});
    assert.deepEqual([early.measured?.n, early.stopped?.reason, early.code], [3, 'precise', 0]);
    assert.equal((await report({ repeats: '5' })).measured?.n, 5);
    assert.equal((await report({ 'early-stop': '0' })).measured?.n, 5);
    assert.equal((await report({ repeats: '9', 'early-stop': '2' })).measured?.n, 3);
    await server.close();
  });

  it('draws a progress bar on a terminal only', async () => {
    await withDemo(async ({ url }) => {
      assert.equal((await run({ endpoint: url, repeats: '2' })).stderr, '');
      assert.match((await run({ endpoint: url, repeats: '2' }, { isTerminal: true })).stderr, /run 2 of 2/);
    });
  });

  const endpoint = 'http://127.0.0.1:9/v1';
  const usageErrors: readonly (readonly [
    name: string,
    options: RawMeasureOptions,
    message: RegExp,
    files?: readonly string[],
  ])[] = [
    ['no endpoint', {}, /--endpoint URL is needed/],
    ['no file', { endpoint }, /a FILE is needed/, []],
    ['two files', { endpoint }, /one FILE at a time/, ['a', 'b']],
    ['a file that is not there', { endpoint }, /nothing\.md: no such file/, ['nothing.md']],
    ['no URL', { endpoint: 'localhost:8000' }, /must start with http/],
    ['repeats 0', { endpoint, repeats: '0' }, /--repeats: expected a whole number of at least 1, got "0"/],
    ['repeats in words', { endpoint, repeats: 'five' }, /--repeats: expected a whole number/],
    ['a turn below zero', { endpoint, turn: '-1' }, /--turn: expected a whole number of at least 0/],
    ['no time', { endpoint, timeout: '0' }, /--timeout/],
    ['a time beyond timers', { endpoint, timeout: '1e9' }, /--timeout: at most/],
    [
      'a meter of no GPU',
      { endpoint, meter: 'nvml:a' },
      /--meter: Meter "nvml:a": after nvml: come the indices of GPUs, such as nvml:0,1/,
    ],
    [
      'a meter unknown',
      { endpoint, meter: 'guess' },
      /Meter "guess": not known; there are response, nvml\[:0,1\], rapl, /,
    ],
    ['a key with a line end', { endpoint }, /key holds a character/],
  ];
  for (const [name, options, message, files] of usageErrors) {
    it(`exits with 2: ${name}`, async () => {
      const env = name.startsWith('a key') ? { JOULELENS_API_KEY: 'a\nb' } : {};
      const { code, stderr, stdout } = await run(options, files === undefined ? { env } : { env, files });
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.equal(stdout, '');
    });
  }

  it('exits with 2 where the endpoint serves other models', async () => {
    const server = await serve((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data: [{ id: 'a' }, { id: 'b' }] }));
    });
    const { code, stderr } = await run({ endpoint: server.url });
    await server.close();
    assert.equal(code, 2);
    assert.match(stderr, /does not serve llama-3\.1-8b; it serves a, b/);
  });
});
