import assert from 'node:assert/strict';
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node';
import { createPredictor } from '../../../server/core/energy/predict.js';
import { BUILT_IN_PROFILES } from '../../../server/core/data/index.js';
import { createDemoServer } from '../../../server/demo/demoServer.js';
import type { CalibrateParams, CalibrateResult, CalibrationPlans } from '../../../server/protocol/calibration.js';
import { Method } from '../../../server/protocol/messages.js';
import type { Reply } from '../../../server/protocol/messages.js';
import { readConfigFile } from '../../../server/settings/configFile.js';
import { delta, done, eventStream, serve, usage } from '../../support/fixtureServer.js';
import { testDeps } from './support/deps.js';
import { startEditor } from './support/editor.js';
import type { TestEditor } from './support/editor.js';
import { chat } from './support/transcripts.js';

const uri = 'file:///ws/chat.json';
const solo = BUILT_IN_PROFILES[1]!;

/** Joules of an endpoint that costs 1.5 times the predicted prefill and 1.2 times the decode. */
function trueJoules(tokensIn: number, tokensOut: number, batch: number): number {
  const row = createPredictor({ profile: { ...solo, batch } })({ model: 'llama-3.1-8b', in: tokensIn, out: tokensOut });
  assert.ok(!('error' in row));
  return 1.5 * row.prefillJoules + 1.2 * row.decodeJoules;
}

interface Shape {
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly text: string;
}

/** An endpoint that reports energy: `energyOf` gives the object of its comment, null for none. */
function endpointOf(energyOf: (shape: Shape, atOnce: number) => object | null, model = 'llama-3.1-8b') {
  let open = 0;
  let most = 0;
  return serve((response, request) => {
    if (request.path.endsWith('/models')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data: [{ id: model }] }));
      return;
    }
    const body = JSON.parse(request.body) as { messages: { content: string }[]; max_tokens: number };
    const text = body.messages[0]!.content;
    const shape = { text, tokensIn: text.split(' ').length + 10, tokensOut: body.max_tokens };
    most = Math.max(most, ++open);
    // Requests that are sent together are answered together.
    setTimeout(() => {
      const energy = energyOf(shape, most);
      open--;
      if (open === 0) most = 0;
      response.writeHead(200, eventStream);
      const comment = energy === null ? '' : `: energy ${JSON.stringify(energy)}\n\n`;
      response.end(`${delta('x', 'stop')}${usage(shape.tokensIn, shape.tokensOut)}${comment}${done}`);
    }, 15);
  });
}

describe('calibrating an endpoint over a connection', () => {
  let editor: TestEditor;
  beforeEach(async () => {
    editor = await startEditor(testDeps(), { settings: () => ({ profile: 'solo-server' }) });
    await editor.open(uri, chat);
  });
  afterEach(() => editor.stop());

  const params = (endpoint: string, more: Partial<CalibrateParams> = {}): CalibrateParams => ({
    uri,
    size: 'quick',
    endpoint,
    timeoutSeconds: 5,
    progressToken: 'p',
    ...more,
  });
  const failure = (reply: Reply<unknown>): { error: string; code?: string } => {
    assert.ok(!reply.ok);
    assert.doesNotMatch(reply.error, /\n/);
    return reply;
  };

  it('announces what would be sent, by size, and sends nothing', async () => {
    const { plans, model, profile, name } = await editor.value<CalibrationPlans>(Method.calibrationPlans, { uri });
    assert.deepEqual([model, profile], ['meta-llama/Llama-3.1-8B-Instruct', 'solo-server']);
    assert.equal(name, 'calibrated-llama-3.1-8b-instruct');
    assert.deepEqual(plans.map(({ size }) => size), ['quick', 'standard', 'thorough']); // prettier-ignore
    for (const plan of plans) {
      assert.match(
        plan.announcement,
        /^\d+ requests, [\d,.]+ tokens in, up to [\d,.]+ out; predicted about [\d.]+ k?J and \d+ minutes?$/,
      );
    }
    assert.ok(plans[0]!.requests < plans[1]!.requests && plans[1]!.requests < plans[2]!.requests);
    assert.equal(plans[0]!.concurrency, 1);
    assert.ok(plans[1]!.concurrency > 1);
  });

  it('fits the endpoint, shows the error on runs held back, and hands over a profile that joulelens.json takes', async () => {
    let n = 0;
    const server = await endpointOf(({ tokensIn, tokensOut }) => ({ joules: trueJoules(tokensIn, tokensOut, 1) * (1 + 0.02 * Math.sin(n++)), source: 'measured', scope: 'gpu-window', method: 'counter' })); // prettier-ignore
    const result = await editor.value<CalibrateResult>(Method.calibrate, params(server.url));
    await server.close();
    assert.equal(result.simulated, false);
    assert.equal(result.stopped, null);
    assert.match(
      result.headline,
      /^Calibrated on \d+ measurements of \d+ shapes of request: on runs held back the error is [\d.]+ %/,
    );
    assert.match(result.markdown, /\| calibrated \| \d+ \|/);
    const calibration = (result.profile as { calibration: { factors: Record<string, { factor: number }> } })
      .calibration;
    const decode = calibration.factors['engine']!.factor * calibration.factors['decode']!.factor;
    const prefill = calibration.factors['engine']!.factor * calibration.factors['prefill']!.factor;
    assert.ok(Math.abs(decode - 1.2) < 0.06 && Math.abs(prefill - 1.5) < 0.12, `${decode} ${prefill}`);
    assert.ok(!JSON.stringify(result.profile).includes('127.0.0.1'));
    assert.ok(editor.progress.length > result.requests / 2);
    // No two prompts are alike, so that no cache helps.
    const prompts = server.seen.filter(({ path }) => path.endsWith('completions')).map(({ body }) => body);
    assert.equal(new Set(prompts).size, prompts.length);

    const before = '{\n  // ours\n  "model": "llama-3.1-8b"\n}\n';
    const merge = { text: before, name: 'mine', profile: result.profile };
    const { text } = await editor.value<{ text: string }>(Method.mergeProfile, merge);
    const { config, problems } = readConfigFile(text);
    assert.deepEqual(problems, []);
    assert.ok(text.includes('// ours') && config.profiles[0]!.calibration !== undefined);
    const refused = failure(await editor.ask(Method.mergeProfile, { ...merge, text: '{"name": 1}' }));
    assert.match(refused.error, /^joulelens\.json has "name"/);

    await editor.configure(() => ({ profile: 'mine', profiles: { mine: result.profile } }));
    assert.match(
      (await editor.hover(uri, { line: 3, character: 40 }))!,
      /calibrated on \d+ measurements of this endpoint \\?\(±/,
    );
  });

  it('sends requests at once where each has a share of its own, and not where the figure is all that the GPUs drew', async () => {
    const shared = await endpointOf(({ tokensIn, tokensOut }, atOnce) => ({ joules: trueJoules(tokensIn, tokensOut, atOnce), source: 'measured', scope: 'request-attributed' })); // prettier-ignore
    const own = await editor.value<CalibrateResult>(Method.calibrate, params(shared.url, { size: 'standard' }));
    await shared.close();
    const { batch } = (own.profile as { calibration: { measured: { batch: [number, number] } } }).calibration.measured;
    assert.ok(batch[0] < 1.5 && batch[1] > 5, JSON.stringify(batch));
    const window = await endpointOf(({ tokensIn, tokensOut }) => ({ joules: trueJoules(tokensIn, tokensOut, 1), source: 'measured', scope: 'gpu-window' })); // prettier-ignore
    const alone = await editor.value<CalibrateResult>(Method.calibrate, params(window.url, { size: 'standard' }));
    await window.close();
    assert.match(alone.markdown, /Requests at once were left out: the endpoint's figure \(scope gpu-window\)/);
    const measured = (alone.profile as { calibration: { measured: { batch: [number, number] } } }).calibration.measured;
    assert.deepEqual(measured.batch, [1, 1]);
  });

  it('runs through everything on a simulated meter, says so, and gives nothing to save', async () => {
    const demo = await createDemoServer({ tokensPerSecond: Infinity, firstTokenMilliseconds: 0 });
    const result = await editor.value<CalibrateResult>(Method.calibrate, params(demo.url));
    await demo.close();
    assert.equal(result.simulated, true);
    assert.equal(result.profile, null);
    assert.match(result.headline, /^Simulated, nothing was measured or saved\./);
    assert.match(
      result.markdown,
      /^# Simulated: trial of a calibration\n\n\*\*The meter of this endpoint is simulated: nothing below was measured/,
    );
  });

  it('takes the meter of the settings: what the endpoint says is not used then', async () => {
    const server = await endpointOf(() => ({ joules: 5, source: 'measured', scope: 'gpu-window' }));
    const result = await editor.value<CalibrateResult>(Method.calibrate, params(server.url, { meter: 'simulated' }));
    assert.deepEqual([result.simulated, result.profile], [true, null]);
    const sent = server.seen.length;
    const { error } = failure(await editor.ask(Method.calibrate, params(server.url, { meter: 'guess' })));
    assert.match(error, /Meter "guess": not known/);
    assert.ok(server.seen.filter(({ path }) => path.endsWith('completions')).length <= sent);
    await server.close();
  });

  it('refuses figures that are no measurements, after one request', async () => {
    for (const [energy, says] of [
      [{ joules: 5, source: 'estimated' }, /estimated by the provider/],
      [{ joules: 5, source: 'measured', scope: 'node-window' }, /more than the GPUs/],
      [null, /reported no energy/],
    ] as const) {
      const server = await endpointOf(() => energy);
      const { error } = failure(await editor.ask(Method.calibrate, params(server.url)));
      await server.close();
      assert.match(error, says);
      assert.ok(error.includes('127.0.0.1'), error);
      assert.ok(server.seen.length <= 2, String(server.seen.length));
    }
  });

  it('is for the model that the endpoint serves, where the catalogue knows it', async () => {
    const server = await endpointOf(() => ({ joules: 5, source: 'measured', scope: 'gpu-window' }), 'Qwen/Qwen3-8B');
    const result = await editor.value<CalibrateResult>(Method.calibrate, params(server.url, { endpointModel: 'Qwen/Qwen3-8B' })); // prettier-ignore
    await server.close();
    assert.deepEqual((result.profile as { calibration: { models: string[] } }).calibration.models, ['Qwen/Qwen3-8B']);
  });

  it('keeps what was done when it is cancelled, and sends no more', async () => {
    const source = new CancellationTokenSource();
    let answered = 0;
    const server = await endpointOf(({ tokensIn, tokensOut }) => {
      if (++answered === 12) source.cancel();
      return { joules: trueJoules(tokensIn, tokensOut, 1), source: 'measured', scope: 'gpu-window' };
    });
    const reply = await editor.connection.sendRequest<Reply<CalibrateResult>>(
      Method.calibrate,
      params(server.url),
      source.token,
    );
    const sent = server.seen.length;
    assert.ok(reply.ok, JSON.stringify(reply));
    assert.match(reply.value.stopped!, /^Cancelled after \d+ of \d+ requests\.$/);
    assert.ok(reply.value.requests >= 8 && reply.value.requests <= 12);
    await server.close();
    assert.equal(server.seen.length, sent);
  });

  it('names an endpoint that cannot be reached in one line', async () => {
    const demo = await createDemoServer({ fault: 'refuse' });
    const { error, code } = failure(await editor.ask(Method.calibrate, params(demo.url)));
    assert.match(error, /refused/);
    assert.equal(code, 'endpoint');
    await demo.close();
  });
});
