/** Series of runs: what is sent, what is kept when a series ends early, and what enters the mean. */
import assert from 'node:assert/strict';
import { createMeter, measure, resolveModel, LiveError, type MeasurePlan } from '../../../server/live/index.js';
import { delta, done, eventStream, replyWith, serve, usage, type FixtureServer } from '../../support/fixtureServer.js';

const energy = (joules: number, source = 'measured'): string =>
  `: energy ${JSON.stringify({ joules, source, method: 'test', scope: 'gpu-window' })}\n\n`;

const plan = (server: FixtureServer, more: Partial<MeasurePlan> = {}): MeasurePlan => ({
  endpoint: { baseUrl: server.url },
  model: 'm',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
  ],
  repeats: 3,
  timeoutSeconds: 5,
  keepCache: false,
  ...more,
});

/** A server whose n-th reply costs the n-th figure. */
const costing = (...joules: number[]): Promise<FixtureServer> =>
  serve((response, _request, index) => {
    response.writeHead(200, eventStream);
    response.end(replyWith(energy(joules[index] ?? 0)));
  });

interface SentBody {
  messages: { role: string; content: string }[];
  [field: string]: unknown;
}
const bodies = (server: FixtureServer): SentBody[] => server.seen.map(({ body }) => JSON.parse(body) as SentBody);

describe('a series of runs', () => {
  it('gives the mean and the 95 % t-interval', async () => {
    const server = await costing(10, 12, 14);
    const { measured, runs } = await measure(plan(server));
    await server.close();
    assert.equal(measured?.joules, 12);
    // t(0.975, 2) x s / sqrt(n) = 4.303 x 2 / sqrt(3)
    assert.ok(Math.abs((measured.ci95 ?? 0) - 4.9687) < 1e-3, `${measured.ci95}`);
    assert.equal(measured.n, 3);
    assert.equal(measured.tokensIn, 12);
    assert.deepEqual(
      runs.map((run) => run.joules),
      [10, 12, 14],
    );
  });

  it('has no interval for a single run', async () => {
    const server = await costing(10);
    const { measured } = await measure(plan(server, { repeats: 1 }));
    await server.close();
    assert.equal(measured?.ci95, null);
  });

  it('sends a streamed request with usage, and a different mark at its very start each time', async () => {
    const server = await costing(1, 2, 3);
    await measure(plan(server, { maxTokens: 64 }));
    await server.close();
    const sent = bodies(server);
    const starts = sent.map(({ messages }) => /^\[[0-9a-f]{8}\]\nBe brief\.$/.test(messages[0]!.content));
    assert.deepEqual(starts, [true, true, true]);
    assert.equal(new Set(sent.map(({ messages }) => messages[0]!.content)).size, 3);
    const [first] = sent;
    assert.equal(first?.messages[1]!.content, 'Hi');
    assert.equal(first['stream'], true);
    assert.deepEqual(first['stream_options'], { include_usage: true });
    assert.equal(first['max_tokens'], 64);
    assert.equal(first['temperature'], 0);
  });

  it('sends the prompt as it is with keepCache', async () => {
    const server = await costing(1, 2, 3);
    await measure(plan(server, { keepCache: true }));
    await server.close();
    assert.ok(bodies(server).every(({ messages }) => messages[0]!.content === 'Be brief.'));
  });

  it('leaves a warm-up out', async () => {
    const server = await costing(100, 10, 10);
    const { measured } = await measure(plan(server, { repeats: 2, warmUp: true }));
    await server.close();
    assert.equal(measured?.joules, 10);
    assert.equal(measured.n, 2);
  });

  it('learns what the endpoint rejects once, not in every run', async () => {
    const server = await serve((response, request) => {
      const refuse = request.body.includes('stream_options');
      response.writeHead(refuse ? 400 : 200, refuse ? {} : eventStream);
      response.end(refuse ? '{"error":"unknown field stream_options"}' : replyWith(energy(2)));
    });
    const { measured } = await measure(plan(server));
    await server.close();
    assert.equal(measured?.n, 3);
    assert.equal(server.seen.length, 4);
  });

  it('reports progress with figures so far', async () => {
    const server = await costing(10, 12, 14);
    const messages: string[] = [];
    const fractions: number[] = [];
    await measure(plan(server), {
      onProgress: ({ fraction, message }) => {
        messages.push(message);
        fractions.push(fraction);
      },
    });
    await server.close();
    assert.deepEqual(messages, [
      'run 1 of 3',
      'run 2 of 3 · 10 J so far',
      'run 3 of 3 · 11 J ± 13 so far',
      '3 of 3 runs done',
    ]);
    assert.deepEqual(
      fractions,
      [...fractions].sort((a, b) => a - b),
    );
  });

  it('stops after the first reply without energy and keeps it', async () => {
    const server = await serve((response) => {
      response.writeHead(200, eventStream);
      response.end(replyWith(''));
    });
    const outcome = await measure(plan(server));
    await server.close();
    assert.equal(server.seen.length, 1);
    assert.equal(outcome.measured, null);
    assert.equal(outcome.stopped?.reason, 'noEnergy');
    assert.match(outcome.stopped.message, /the other 2 runs were not sent/);
    assert.equal(outcome.reply, 'Hello, wörld 🙂');
    assert.equal(outcome.runs[0]?.tokensOut, 3);
  });

  it('keeps the runs before a failure', async () => {
    const server = await serve((response, _request, index) => {
      if (index === 2) {
        response.writeHead(500);
        response.end('{"error":{"message":"engine died"}}');
        return;
      }
      response.writeHead(200, eventStream);
      response.end(replyWith(energy(10 + index)));
    });
    const { measured, stopped } = await measure(plan(server));
    await server.close();
    assert.equal(measured?.n, 2);
    assert.equal(measured.joules, 10.5);
    assert.equal(stopped?.reason, 'failed');
    assert.match(stopped.message, /Stopped after 2 of 3 runs: http.*HTTP 500: engine died/);
  });

  it('fails where not one run was completed', async () => {
    const server = await serve((response) => {
      response.writeHead(503);
      response.end();
    });
    await assert.rejects(
      measure(plan(server)),
      (error: unknown) => error instanceof LiveError && error.code === 'http',
    );
    await server.close();
    assert.equal(server.seen.length, 1);
  });

  it('cancels in mid-stream: keeps what was done and closes the connection', async () => {
    const cancel = new AbortController();
    const server = await serve((response, _request, index) => {
      response.writeHead(200, eventStream);
      if (index < 1) {
        response.end(replyWith(energy(10)));
        return;
      }
      response.write(delta('half a rep'), () => setTimeout(() => cancel.abort(), 20));
    });
    const outcome = await measure(plan(server), { signal: cancel.signal });
    assert.equal(outcome.measured?.joules, 10);
    assert.equal(outcome.measured.n, 1);
    assert.equal(outcome.stopped?.reason, 'cancelled');
    assert.match(outcome.stopped.message, /Cancelled after 1 of 3 runs/);
    assert.equal(server.seen.length, 2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(server.aborted(), 1);
    await server.close();
  });

  it('cancels before the first reply with the code cancelled', async () => {
    const cancel = new AbortController();
    const server = await serve(() => cancel.abort());
    await assert.rejects(measure(plan(server), { signal: cancel.signal }), { code: 'cancelled' });
    await server.close();
  });

  it('sends nothing when it was cancelled before', async () => {
    const server = await costing(1);
    await assert.rejects(measure(plan(server), { signal: AbortSignal.abort() }), { code: 'cancelled' });
    await server.close();
    assert.equal(server.seen.length, 0);
  });

  it('stops before a run that the budget does not hold', async () => {
    const server = await serve((response) => {
      response.writeHead(200, eventStream);
      setTimeout(() => response.end(replyWith(energy(5))), 120);
    });
    const { measured, stopped } = await measure(plan(server, { repeats: 50, budgetSeconds: 0.5 }));
    await server.close();
    assert.ok(measured !== null && measured.n >= 1 && measured.n < 6, `${measured?.n} runs`);
    assert.equal(stopped?.reason, 'budget');
  });

  it('never mixes provenances in one mean', async () => {
    const sources = ['measured', 'estimated', 'measured'];
    const server = await serve((response, _request, index) => {
      response.writeHead(200, eventStream);
      response.end(replyWith(energy(index === 1 ? 1000 : 10, sources[index])));
    });
    const { measured, warnings } = await measure(plan(server));
    await server.close();
    assert.equal(measured?.joules, 10);
    assert.equal(measured.n, 2);
    assert.match(warnings.join(), /1 of 3 runs had another provenance/);
  });

  it('leaves a run without energy out of the mean', async () => {
    const server = await serve((response, _request, index) => {
      response.writeHead(200, eventStream);
      response.end(replyWith(index === 1 ? '' : energy(10)));
    });
    const { measured, warnings } = await measure(plan(server));
    await server.close();
    assert.equal(measured?.joules, 10);
    assert.equal(measured.n, 2);
    assert.match(warnings.join(), /1 of 3 runs reported no energy/);
  });

  it('warns when the cache served a prompt in spite of the nonce, and when usage is missing', async () => {
    const server = await serve((response, _request, index) => {
      response.writeHead(200, eventStream);
      const counted = usage(2000, 1, { prompt_tokens_details: { cached_tokens: 1984 } });
      response.end(`${delta('x', 'stop')}${index === 0 ? counted : ''}${energy(3)}${done}`);
    });
    const { warnings, measured } = await measure(plan(server, { repeats: 2 }));
    await server.close();
    assert.match(warnings.join('\n'), /1984 prompt tokens from its cache/);
    assert.match(warnings.join('\n'), /no token counts/);
    assert.equal(measured?.tokensIn, null);
  });

  it('takes the simulated meter, and calls it simulated', async () => {
    const made = createMeter('simulated');
    assert.ok('meter' in made);
    const server = await costing(1);
    const { measured } = await measure(plan(server, { repeats: 1, meter: made.meter }));
    await server.close();
    assert.equal(measured?.provenance, 'simulated');
    assert.ok(Math.abs(measured.joules - 300 * measured.seconds) < 1e-9);
  });
});

describe('the model at the endpoint', () => {
  const serving = (status: number, body: unknown): Promise<FixtureServer> =>
    serve((response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  const limits = { timeoutSeconds: 5 };

  it('is found in another case, or by its last part', async () => {
    const server = await serving(200, { data: [{ id: 'x' }, { id: 'Meta-Llama/llama-3.1-8b' }] });
    const endpoint = { baseUrl: server.url };
    assert.equal((await resolveModel(endpoint, 'meta-llama/Llama-3.1-8B', limits)).id, 'Meta-Llama/llama-3.1-8b');
    assert.equal((await resolveModel(endpoint, 'other/Llama-3.1-8B', limits)).id, 'Meta-Llama/llama-3.1-8b');
    await assert.rejects(
      resolveModel(endpoint, 'gpt-oss-20b', limits),
      /does not serve gpt-oss-20b; it serves x, Meta-Llama/,
    );
    await server.close();
  });

  it('is the only one served, with a warning', async () => {
    const server = await serving(200, { data: [{ id: 'joulelens-demo-8b' }] });
    const choice = await resolveModel({ baseUrl: server.url }, 'llama-3.1-8b', limits);
    await server.close();
    assert.equal(choice.id, 'joulelens-demo-8b');
    assert.match(choice.warning ?? '', /serves joulelens-demo-8b; the prediction is for llama-3\.1-8b/);
  });

  it('is sent as it is where the endpoint has no list', async () => {
    const server = await serving(404, { error: 'no such path' });
    assert.deepEqual(await resolveModel({ baseUrl: server.url }, 'm', limits), { id: 'm' });
    await server.close();
  });

  it('is not looked for further where the key is wrong', async () => {
    const server = await serving(401, { error: 'no' });
    await assert.rejects(resolveModel({ baseUrl: server.url }, 'm', limits), /HTTP 401/);
    await server.close();
  });
});
