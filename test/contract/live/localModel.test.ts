/**
 * A real model behind the gateway, and a counter that steps twice a second. Its engine is installed when it is not
 * there; without a network the tests are skipped and say so.
 */
import assert from 'node:assert/strict';
import { chat } from '../../../server/live/chat.js';
import { createCounter } from '../../../server/live/counters/index.js';
import { timeoutsFor } from '../../../server/live/endpoint.js';
import { extractEnergy } from '../../../server/live/extractors/index.js';
import { requestIdHeader } from '../../../server/live/gateway/index.js';
import { ask, eventually, startTestGateway, type TestGateway } from '../../support/gateway/testGateway.js';
import { localModel, type Truth } from '../../support/localModel/server.js';
import { startLocalModel, type LocalModel } from '../../support/localModel/start.js';

const stepSeconds = 0.5;
const sonnet = 'Write a sonnet about joules.';

describe('a local model behind the gateway', function () {
  this.timeout(300_000);
  let model: LocalModel | null = null;
  let gateway: TestGateway;
  let direct: Awaited<ReturnType<typeof chat>>;

  before(async function () {
    const started = await startLocalModel(stepSeconds);
    if ('problem' in started) {
      console.log(`      skipped: ${started.problem}`);
      this.skip();
    }
    model = started;
    // Before the gateway is there: what it does not see would count as idle power.
    direct = await run(sonnet, 40, model.url);
    const made = createCounter(`prometheus:${model.url}/metrics#simulated_energy_joules_total,J`);
    assert.ok('counter' in made);
    gateway = await startTestGateway(model.url, { counter: made.counter });
    // Idle power is known before the first request.
    await eventually(async () => {
      assert.match((await ask(`${gateway.url}/metrics`)).body.toString(), /^joulelens_gateway_idle_power_watts /m);
    }, 1000);
  });

  after(async () => {
    if (model === null) return;
    await gateway.close();
    await model.close();
  });

  const truths = async (): Promise<Truth[]> =>
    JSON.parse((await ask(`${model!.url}/truth`)).body.toString()) as Truth[];
  const settled = (id: string): Promise<number> =>
    eventually(async () => {
      const record = JSON.parse((await ask(`${gateway.url}/joulelens/requests/${id}`)).body.toString()) as {
        state: string;
        energy: { joules: number };
      };
      assert.equal(record.state, 'settled');
      return record.energy.joules;
    }, 1000);
  const run = (content: string, maxTokens: number, url = gateway.url): ReturnType<typeof chat> =>
    chat(
      {
        endpoint: { baseUrl: `${url}/v1` },
        model: localModel,
        messages: [{ role: 'user', content }],
        maxTokens,
        temperature: 0,
      },
      { timeouts: timeoutsFor(120) },
    );

  it('streams as without it, and the settled figure is near the truth', async () => {
    const exchange = await run(sonnet, 40);
    const { reading } = extractEnergy(exchange);
    assert.equal(reading?.scope ?? 'request-attributed', 'request-attributed');
    const joules = await settled(String(exchange.headers[requestIdHeader.toLowerCase()]));
    const truth = (await truths()).at(-1)!;
    assert.ok(Math.abs(joules / truth.joules - 1) < 0.1, `${joules} J, in truth ${truth.joules} J`);
    assert.equal(exchange.text, direct.text);
    assert.deepEqual(exchange.usage, direct.usage);
  });

  it('shares the counter out over requests that wait for each other', async () => {
    const known = (await truths()).length;
    const exchanges = await Promise.all([run('One.', 30), run('Two.', 30)]);
    const got = await Promise.all(
      exchanges.map(({ headers }) => settled(String(headers[requestIdHeader.toLowerCase()]))),
    );
    const true2 = (await truths()).slice(known).reduce((sum, { joules }) => sum + joules, 0);
    const sum = got.reduce((total, each) => total + each, 0);
    assert.ok(Math.abs(sum / true2 - 1) < 0.1, `${sum} J, in truth ${true2} J`);
  });
});
