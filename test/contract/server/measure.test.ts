import assert from 'node:assert/strict';
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node';
import { createDemoServer } from '../../../server/demo/demoServer.js';
import type { DemoOptions, DemoServer } from '../../../server/demo/demoServer.js';
import type {
  InsertReplyEdit,
  MeasureParams,
  MeasurePlan,
  MeasureResult,
  ProbeEndpointResult,
  Reply,
} from '../../../server/protocol/messages.js';
import { Method } from '../../../server/protocol/messages.js';
import { testDeps } from './support/deps.js';
import { eventually, startEditor } from './support/editor.js';
import type { TestEditor } from './support/editor.js';
import { chat } from './support/transcripts.js';

const uri = 'file:///ws/chat.json';
const instant: Partial<DemoOptions> = { tokensPerSecond: Infinity, firstTokenMilliseconds: 0 };

describe('measuring over a connection', () => {
  let editor: TestEditor;
  let endpoint: DemoServer;

  async function demo(options: Partial<DemoOptions> = {}): Promise<void> {
    await endpoint.close();
    endpoint = await createDemoServer({ ...instant, ...options });
  }

  const params = (more: Partial<MeasureParams> = {}): MeasureParams => ({
    uri,
    conversation: 0,
    turn: null,
    endpoint: endpoint.url,
    repeats: 1,
    timeoutSeconds: 5,
    keepCache: false,
    progressToken: 'p',
    ...more,
  });

  const measure = (more: Partial<MeasureParams> = {}): Promise<MeasureResult> =>
    editor.value<MeasureResult>(Method.measure, params(more));

  const titles = async (): Promise<string[]> =>
    (await editor.titles(uri)).filter((title) => /^(stale: )?request /.test(title));

  const failure = (reply: Reply<unknown>): { error: string; code?: string; reply?: string } => {
    assert.ok(!reply.ok);
    assert.doesNotMatch(reply.error, /\n/);
    assert.doesNotMatch(reply.error, / {4}at /);
    return reply;
  };

  beforeEach(async () => {
    endpoint = await createDemoServer(instant);
    editor = await startEditor(testDeps());
    await editor.open(uri, chat);
  });
  afterEach(async () => {
    await editor.stop();
    await endpoint.close();
  });

  it('a plan announces the request and sends nothing', async () => {
    await endpoint.close();
    const plan = await editor.value<MeasurePlan>(Method.measurePlan, { uri, conversation: 0, turn: null });
    assert.equal(plan.replyTurn, 4);
    assert.equal(plan.model, 'meta-llama/Llama-3.1-8B-Instruct');
    assert.match(plan.announcement, /^predicted [\d.]+ J \([\d.]+–[\d.]+ k?J\) for 1 request$/);
    assert.match(plan.requestHash, /^[0-9a-f]{64}$/);
    const earlier = await editor.value<MeasurePlan>(Method.measurePlan, { uri, conversation: 0, turn: 1 });
    assert.equal(earlier.replyTurn, 2);
    assert.notEqual(earlier.requestHash, plan.requestHash);
  });

  it('sets a simulated figure beside the prediction for the same tokens', async () => {
    const { measurement, raw } = await measure({ repeats: 3 });
    assert.equal(measurement.provenance, 'simulated');
    assert.equal(measurement.n, 3);
    assert.ok(measurement.ci95 !== null && measurement.ci95 >= 0);
    assert.ok(measurement.tokensIn > 20 && measurement.tokensOut > 5);
    assert.ok(measurement.predictedInterval90[0] <= measurement.predictedJoules);
    assert.ok(Math.abs(measurement.ratio - measurement.joules / measurement.predictedJoules) < 1e-9);
    assert.ok(raw.some((line) => /energy/.test(line)));
    const [title] = await titles();
    assert.match(title!, /^request simulated [\d.]+ m?J ± [\d.]+ \(n=3\) · predicted [\d.]+ m?J at the same tokens$/);
    assert.match((await editor.hover(uri, { line: 9, character: 10 }))!, /Request simulated/);
    assert.ok(editor.progress.length >= 3 && editor.progress.every(({ token }) => token === 'p'));
    await eventually(
      () => editor.lensRefreshes,
      (count) => count > 0,
      'a refresh of lenses',
    );
  });

  it('a longer reply is set beside a larger prediction', async () => {
    const short = await measure({ maxTokens: 5 });
    const long = await measure({ maxTokens: 60 });
    assert.ok(short.measurement.tokensOut < long.measurement.tokensOut);
    assert.ok(short.measurement.predictedJoules < long.measurement.predictedJoules);
  });

  it('a result is stale once its request changes, and fresh again after undo', async () => {
    await measure();
    assert.match((await titles())[0]!, /^request simulated/);
    await editor.insert(uri, { line: 4, character: 40 }, 'really ');
    assert.match((await titles())[0]!, /^stale: request simulated/);
    await editor.change(uri, {
      range: { start: { line: 4, character: 40 }, end: { line: 4, character: 47 } },
      text: '',
    });
    assert.match((await titles())[0]!, /^request simulated/);
  });

  it('a result does not care about what stands after its request', async () => {
    await measure({ turn: 2 });
    await editor.insert(uri, { line: 9, character: 40 }, 'really ');
    const [title] = await titles();
    assert.match(title!, /^request simulated/);
    const lenses = await editor.lenses(uri);
    const lens = lenses.find(({ command }) => command?.title.startsWith('request'));
    assert.equal(lens!.range.start.line, 5);
  });

  it('a conversation that ends in a reply measures that reply’s request', async () => {
    await editor.change(uri, { text: JSON.stringify({ messages: JSON.parse(chat).messages.slice(0, 3) }, null, 2) });
    const plan = await editor.value<MeasurePlan>(Method.measurePlan, { uri, conversation: 0, turn: null });
    assert.equal(plan.replyTurn, 2);
  });

  it('the reply goes in as the next turn', async () => {
    const { requestHash, measurement } = await measure();
    const edit = await editor.value<InsertReplyEdit>(Method.insertReply, { uri, conversation: 0, requestHash });
    assert.equal(edit.version, 1);
    await editor.change(uri, { range: edit.range, text: edit.newText });
    const turns = (await editor.titles(uri)).filter((title) => /^(system|user|assistant) · /.test(title));
    assert.match(turns[4]!, /^assistant · /);
    assert.match((await titles())[0]!, /^request simulated/);
    // The document as the editor now has it, put together from the edit.
    const lines = chat.split('\n');
    const at = edit.range.start;
    lines[at.line] = lines[at.line]!.slice(0, at.character) + edit.newText + lines[at.line]!.slice(at.character);
    const { messages } = JSON.parse(lines.join('\n')) as { messages: { role: string; content: string }[] };
    assert.deepEqual(messages[4], { role: 'assistant', content: measurement.reply });
    const again = failure(await editor.ask(Method.insertReply, { uri, conversation: 0, requestHash }));
    assert.equal(again.code, 'not-writable');
  });

  it('a reply is not inserted after text that has changed, or that was never measured', async () => {
    const { requestHash } = await measure();
    await editor.insert(uri, { line: 4, character: 40 }, 'really ');
    await editor.titles(uri);
    assert.equal(failure(await editor.ask(Method.insertReply, { uri, conversation: 0, requestHash })).code, 'stale');
    const other = await editor.ask(Method.insertReply, { uri, conversation: 0, requestHash: 'f'.repeat(64) });
    assert.equal(failure(other).code, 'no-measurement');
  });

  it('cancelling stops the request', async () => {
    await demo({ tokensPerSecond: 5 });
    const source = new CancellationTokenSource();
    const asked = editor.connection.sendRequest<Reply<MeasureResult>>(Method.measure, params(), source.token);
    setTimeout(() => source.cancel(), 300);
    assert.equal(failure(await asked).code, 'cancelled');
    assert.deepEqual(await titles(), []);
  });

  for (const [fault, message] of [
    ['refuse', /refused/],
    ['html', /HTML|web page|page|JSON/i],
    ['cut', /cut|ended|closed/],
    ['noEnergy', /no energy/],
    ['errorMidStream', /error|overloaded|failed/i],
    ['redirect', /redirect/],
  ] as const) {
    it(`an endpoint that does this: ${fault}, is one clear line with its URL, and figures stand`, async () => {
      const before = (await editor.titles(uri)).length;
      await demo({ fault });
      const { error, code } = failure(await editor.ask(Method.measure, params()));
      assert.match(error, message);
      assert.ok(error.includes(`127.0.0.1:${endpoint.port}`), error);
      assert.equal(code, fault === 'noEnergy' ? 'no-energy' : 'endpoint');
      assert.equal((await editor.titles(uri)).length, before);
    });
  }

  it('an endpoint that hangs is given up after the limit', async () => {
    await demo({ fault: 'hang' });
    const { error } = failure(await editor.ask(Method.measure, params({ timeoutSeconds: 0.5 })));
    assert.match(error, /0\.5 s|seconds|no answer|timed? ?out/i);
  });

  it('a reply without energy is handed on', async () => {
    await demo({ fault: 'noEnergy' });
    const { reply } = failure(await editor.ask(Method.measure, params()));
    assert.ok(reply!.length > 0);
  });

  it('an endpoint that is no URL is one clear line', async () => {
    assert.match(failure(await editor.ask(Method.measure, params({ endpoint: 'not a url' }))).error, /not a URL/);
  });

  it('a key stays out of errors and payloads', async () => {
    const apiKey = 'sk-very-secret-key-1234567890';
    const result = await measure({ apiKey });
    assert.doesNotMatch(JSON.stringify(result), /very-secret/);
    await demo({ fault: 'html' });
    assert.doesNotMatch(JSON.stringify(await editor.ask(Method.measure, params({ apiKey }))), /very-secret/);
  });

  it('an endpoint can be asked for its models', async () => {
    const { models } = await editor.value<ProbeEndpointResult>(Method.probeEndpoint, { baseUrl: endpoint.url });
    assert.ok(models.length > 0);
    await demo({ fault: 'refuse' });
    assert.match(failure(await editor.ask(Method.probeEndpoint, { baseUrl: endpoint.url })).error, /refused/);
  });
});
