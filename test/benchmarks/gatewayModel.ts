/** A real model behind the gateway; its simulated device has a counter that steps each second, and knows the truth. */
import { createCounter } from '../../server/live/counters/index.js';
import { requestIdHeader } from '../../server/live/gateway/index.js';
import { ask, chatBody, eventually, startTestGateway, streamWithUsage } from '../support/gateway/testGateway.js';
import { localModel, type Truth } from '../support/localModel/server.js';
import { startLocalModel } from '../support/localModel/start.js';
import type { Row } from './figures.js';
import { seeded } from './transcripts.js';

const stepSeconds = 1;
const runs = 8;
/** Length that a request is to have in seconds: little more than a step, where naive readings fail. */
const wantedSeconds = 1.5;

export async function gatewayModel(): Promise<Row[]> {
  const model = await startLocalModel(stepSeconds);
  if ('problem' in model) {
    // Not kept: the figure is owed.
    return [
      {
        what: 'a real model behind the gateway',
        figure: model.problem,
        ratio: { actual: Infinity, limit: 0.02, of: 'error' },
      },
    ];
  }
  const made = createCounter(`prometheus:${model.url}/metrics#simulated_energy_joules_total,J`);
  if ('problem' in made) throw new Error(made.problem);
  const gateway = await startTestGateway(model.url, { counter: made.counter });
  try {
    const text = async (path: string): Promise<string> => (await ask(`${gateway.url}${path}`)).body.toString();
    const truths = async (): Promise<Truth[]> =>
      JSON.parse((await ask(`${model.url}/truth`)).body.toString()) as Truth[];
    const shown = async (): Promise<number> =>
      Number(/^simulated_energy_joules_total\S* (\S+)/m.exec((await ask(`${model.url}/metrics`)).body.toString())![1]);
    const random = seeded(23);
    const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const run = async (index: number, tokens: number): Promise<{ id: string; naive: number }> => {
      const words = Array.from({ length: 5 + Math.floor(random() * 30) }, () => 'energy').join(' ');
      const before = await shown();
      const answer = await ask(`${gateway.url}/v1/chat/completions`, {
        body: chatBody({
          model: localModel,
          messages: [{ role: 'user', content: `${index}: ${words}` }],
          max_tokens: tokens,
          ...streamWithUsage,
        }),
      });
      return { id: String(answer.headers[requestIdHeader.toLowerCase()]), naive: (await shown()) - before };
    };
    await eventually(async () => {
      if (!/^joulelens_gateway_idle_power_watts /m.test(await text('/metrics')))
        throw new Error('idle power is not known');
    }, 1000);
    // Idle power from some windows, as a gateway has it that has stood there for a while.
    await pause(6 * stepSeconds);
    await run(-2, 20);
    await run(-1, 40);
    const trial = (await truths()).at(-1)!;
    const tokens = Math.max(10, Math.min(2000, Math.round((40 * wantedSeconds) / trial.seconds)));
    const done: { id: string; naive: number }[] = [];
    for (let index = 0; index < runs; index++) {
      await pause(0.5 + random() * 1.5);
      done.push(await run(index, tokens));
    }
    const true8 = (await truths()).slice(-runs);
    const settled = await Promise.all(
      done.map(({ id }) =>
        eventually(async () => {
          const record = JSON.parse(await text(`/joulelens/requests/${id}`)) as {
            state: string;
            energy: { joules: number };
          };
          if (record.state !== 'settled') throw new Error(`${id} is ${record.state}`);
          return record.energy.joules;
        }, 2000),
      ),
    );
    const errors = settled.map((joules, index) => joules / true8[index]!.joules - 1);
    const naive = done.map((each, index) => each.naive / true8[index]!.joules - 1);
    const seconds = true8.map((each) => each.seconds);
    const list = (values: readonly number[]): string =>
      values.map((value) => `${value < 0 ? '' : '+'}${(100 * value).toFixed(1)}`).join(' ');
    const what = `a real model, ${runs} requests of ${Math.min(...seconds).toFixed(1)}-${Math.max(...seconds).toFixed(1)} s, counter steps each second`;
    return [
      {
        what: `${what}: edge-aligned error`,
        figure: `${list(errors)} %`,
        ratio: { actual: Math.max(...errors.map(Math.abs)), limit: 0.02, of: 'worst error' },
      },
      { what: 'the same, counter read before and after', figure: `${list(naive)} %` },
    ];
  } finally {
    await gateway.close();
    await model.close();
  }
}
