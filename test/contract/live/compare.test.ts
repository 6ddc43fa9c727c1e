/** Two requests in pairs: in which order they are sent, what is kept when a comparison ends early, and what is refused. */
import assert from 'node:assert/strict';
import {
  compare,
  LiveError,
  type CompareOptions,
  type CompareOutcome,
  type EnergyReading,
  type MeasurePlan,
  type Meter,
} from '../../../server/live/index.js';
import { eventStream, replyWith, serve, type FixtureServer } from '../../support/fixtureServer.js';

const energy = (joules: number, source = 'measured', scope = 'gpu-window'): string =>
  `: energy ${JSON.stringify({ joules, source, method: 'test', scope })}\n\n`;

type Side = 'A' | 'B';

/** Whose prompt a request carries. */
const sideOf = (body: string): Side =>
  (JSON.parse(body) as { messages: { content: string }[] }).messages.at(-1)!.content.endsWith('prompt A') ? 'A' : 'B';
const order = (server: FixtureServer): string => server.seen.map(({ body }) => sideOf(body)).join('');

describe('two requests in pairs', () => {
  let server: FixtureServer;
  afterEach(() => server.close());

  /** A server that answers the n-th request (from 0, the two that go before included) with this text. */
  async function answering(text: (side: Side, index: number) => string | null): Promise<void> {
    server = await serve((response, { body }, index) => {
      const answer = text(sideOf(body), index);
      if (answer === null) {
        response.writeHead(503).end('overloaded');
        return;
      }
      response.writeHead(200, eventStream);
      response.end(replyWith(answer));
    });
  }
  const noise = [0, 3, -2, 1, -1, 2, -3, 0.5, -0.5, 1.5, -1.5, 2.5];
  const costing = (a: number, b: number): Promise<void> =>
    answering((side, index) => energy((side === 'A' ? a : b) + noise[index % noise.length]!));

  const plan = (side: Side): MeasurePlan => ({
    endpoint: { baseUrl: server.url },
    model: 'm',
    messages: [{ role: 'user', content: `prompt ${side}` }],
    repeats: 1,
    timeoutSeconds: 5,
    keepCache: false,
  });
  const run = (options: Partial<CompareOptions> = {}, signal?: AbortSignal): Promise<CompareOutcome> =>
    compare({ a: plan('A'), b: plan('B') }, { pairs: 4, stopEarly: false, ...options }, signal ? { signal } : {});

  it('go once each before, then A B, B A, and so on in whole blocks', async () => {
    await costing(50, 60);
    const { a, b, plannedPairs, stopped } = await run({ pairs: 3 });
    assert.equal(order(server), `AB${'ABBA'.repeat(2)}`);
    assert.deepEqual([plannedPairs, a.runs.length, b.runs.length, stopped], [4, 4, 4, null]);
    assert.deepEqual([a.measured?.n, b.measured?.n], [4, 4]);
    // Each sent cold.
    assert.equal(new Set(server.seen.map(({ body }) => body)).size, 10);
  });

  it('end half way only where that was asked for and the difference is clear', async () => {
    await costing(50, 500);
    const early = await run({ pairs: 12, stopEarly: true });
    assert.deepEqual([early.a.runs.length, early.alpha, early.stopped], [6, 0.01, null]);
    await server.close();
    await costing(50, 500);
    const whole = await run({ pairs: 12 });
    assert.deepEqual([whole.a.runs.length, whole.alpha], [12, 0.05]);
    await server.close();
    await costing(50, 50);
    const unclear = await run({ pairs: 12, stopEarly: true });
    assert.deepEqual([unclear.a.runs.length, unclear.alpha], [12, 0.04]);
  });

  it('keep the pairs done when one is cancelled, fails, or the time is up', async () => {
    const stop = new AbortController();
    await answering((_side, index) => {
      if (index === 7) stop.abort();
      return energy(50);
    });
    const cancelled = await run({ pairs: 6 }, stop.signal);
    assert.deepEqual(
      [cancelled.a.runs.length, cancelled.b.runs.length, cancelled.stopped?.reason],
      [2, 2, 'cancelled'],
    );
    assert.match(cancelled.warnings.join(), /Cancelled after 2 of 6 pairs/);
    await server.close();
    await answering((_side, index) => (index >= 5 ? null : energy(50)));
    const failed = await run({ pairs: 6 });
    assert.deepEqual([failed.a.runs.length, failed.stopped?.reason], [1, 'failed']);
    await server.close();
    await costing(50, 60);
    let clock = 0;
    const late = await compare(
      { a: plan('A'), b: plan('B') },
      { pairs: 6, stopEarly: false, budgetSeconds: 100 },
      { now: () => (clock += 3) },
    );
    assert.equal(late.stopped?.reason, 'budget');
    assert.ok(late.a.runs.length >= 1 && late.a.runs.length < 6);
    assert.equal(late.a.runs.length, late.b.runs.length);
  });

  it('use one meter, prepared once, and the figure with its idle power in the test', async () => {
    await answering(() => '');
    let prepared = 0;
    let run = 0;
    const meter: Meter = {
      id: 'test',
      isBeside: true,
      prepare: () => {
        prepared += 1;
        return Promise.resolve(['the counter steps seldom']);
      },
      start: () =>
        Promise.resolve({
          finish: () => {
            run += 1;
            const reading = {
              joules: 10,
              grossJoules: 50 + 100 * (run % 2) + noise[run % noise.length]!,
              idleWatts: 60,
            };
            const kind = {
              provenance: 'measured',
              scope: 'gpu-window',
              method: 'test',
              field: 'test',
              boundary: 'test',
            };
            return Promise.resolve({
              reading: { ...reading, ...kind, warnings: [] } as unknown as EnergyReading,
              warnings: [],
            });
          },
          abandon: () => undefined,
        }),
    };
    const { a, b, warnings } = await compare(
      { a: { ...plan('A'), meter }, b: { ...plan('B'), meter } },
      { pairs: 4, stopEarly: false },
    );
    assert.equal(prepared, 1);
    assert.deepEqual([a.runs.length, b.runs.length], [4, 4]);
    assert.ok(a.runs.every(({ grossJoules }) => grossJoules !== undefined));
    assert.match(warnings.join(), /steps seldom/);
  });

  it('reject where not one pair is complete', async () => {
    await answering((_side, index) => (index >= 3 ? null : energy(50)));
    await assert.rejects(run(), LiveError);
  });

  it('never set figures of two kinds against each other', async () => {
    await answering((side) => energy(50, side === 'A' ? 'measured' : 'simulated'));
    const { a, b, warnings } = await run({ pairs: 2 });
    assert.deepEqual([a.runs.length, b.runs.length, a.measured], [0, 0, null]);
    assert.match(warnings.join(), /of another kind/);
  });

  it('stop at once where no energy is reported', async () => {
    await answering(() => '');
    const { stopped, a } = await run();
    assert.equal(stopped?.reason, 'noEnergy');
    assert.equal(a.measured, null);
    assert.equal(server.seen.length, 1);
  });
});
