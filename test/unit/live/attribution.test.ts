import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Activity, defaultLimits, Ledger, type Entry } from '../../../server/live/attribution/index.js';
import { attributionError } from '../../support/gateway/attributionError.js';
import { gpu8b, simulate, type Load } from '../../support/gateway/simulatedEngine.js';

const close = (actual: number, expected: number, of = expected): void =>
  assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(of)), `${actual} is not ${expected}`);

/** One request as a proxy may see it: also one without a token, or without an end. */
const request = fc.record({
  start: fc.double({ min: 0, max: 50, noNaN: true }),
  guess: fc.nat(5000),
  streams: fc.boolean(),
  gaps: fc.array(fc.record({ seconds: fc.double({ min: 0, max: 3, noNaN: true }), tokens: fc.nat(5) }), {
    maxLength: 20,
  }),
  rest: fc.double({ min: 0, max: 20, noNaN: true }),
  ends: fc.boolean(),
  outcome: fc.record(
    {
      promptTokens: fc.nat(5000),
      cachedTokens: fc.nat(6000),
      replyTokens: fc.nat(100),
      prefillSeconds: fc.double({ min: 0, max: 5, noNaN: true }),
    },
    { requiredKeys: [] },
  ),
});

type Seen = typeof request extends fc.Arbitrary<infer T> ? T : never;

/** Windows with their lengths: short, long, and without any energy. */
const windows = fc.array(
  fc.record({
    seconds: fc.double({ min: 0.001, max: 20, noNaN: true }),
    joules: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e5, noNaN: true })),
  }),
  { minLength: 1, maxLength: 30 },
);

type Happening = readonly [at: number, what: () => void];

function happeningsOf(one: Seen, ledger: Ledger, entries: Entry[]): Happening[] {
  let entry: Entry;
  let at = one.start;
  const happenings: Happening[] = [[at, () => entries.push((entry = ledger.begin(one.start, one.guess, one.streams)))]];
  for (const { seconds, tokens } of one.streams ? one.gaps : []) {
    at += seconds;
    const when = at;
    happenings.push([when, () => ledger.arrived(entry, when, tokens)]);
  }
  const end = at + one.rest;
  return one.ends ? [...happenings, [end, () => void ledger.end(entry, end, one.outcome)]] : happenings;
}

describe('attribution', () => {
  it('loses and makes no energy: requests, idle and what is pending add up to the counter', () => {
    fc.assert(
      fc.property(
        fc.array(request, { maxLength: 12 }),
        windows,
        fc.integer({ min: 2, max: 20 }),
        (requests, steps, maxWaiting) => {
          const ledger = new Ledger({ ...defaultLimits, maxWaiting });
          const entries: Entry[] = [];
          const happenings = requests.flatMap((one) => happeningsOf(one, ledger, entries));
          let counter = 0;
          let at = 0;
          const given = new Set<Entry>();
          for (const { seconds, joules } of steps) {
            const from = at;
            const to = (at += seconds);
            happenings.push([
              to,
              () => {
                ledger.add({ from, to, joules });
                counter += joules;
                for (const entry of ledger.settle(to)) given.add(entry);
                const sums = ledger.totals;
                close(sums.counterJoules, counter);
                close(sums.requestJoules + sums.idleJoules + sums.pendingJoules, counter);
              },
            ]);
          }
          happenings.sort((a, b) => a[0] - b[0]);
          for (const [, happen] of happenings) happen();
          // Patience is over: everything is shared out.
          ledger.settle(Infinity);
          const { requestJoules, idleJoules, pendingJoules } = ledger.totals;
          assert.equal(pendingJoules, 0);
          close(requestJoules + idleJoules, counter);
          assert.ok(idleJoules >= 0 && entries.every(({ account }) => account.joules >= 0));
          if (requests.length <= maxWaiting) {
            close(
              entries.reduce((sum, { account }) => sum + account.joules, 0),
              requestJoules,
              counter,
            );
            for (const { account } of entries) close(account.prefillJoules + account.decodeJoules, account.joules);
          }
          assert.ok([...given].every(({ activity }) => activity.end !== null));
        },
      ),
    );
  });

  it('gives all that is not idle to a request that is alone, edge by edge', () => {
    const ledger = new Ledger();
    for (let second = 0; second < 5; second++) ledger.add({ from: second, to: second + 1, joules: 20 });
    ledger.settle(5);
    assert.equal(ledger.idleWatts, 20);
    // 300 W from 5.25 to 7.5; the counter steps each second.
    const entry = ledger.begin(5.25, 100);
    ledger.arrived(entry, 5.5, 1);
    ledger.arrived(entry, 7.4, 40);
    ledger.end(entry, 7.5, { promptTokens: 100, replyTokens: 41 });
    ledger.add({ from: 5, to: 6, joules: 20 * 0.25 + 300 * 0.75 });
    ledger.add({ from: 6, to: 7, joules: 300 });
    assert.deepEqual(ledger.settle(7), []);
    assert.equal(entry.isSettled, false);
    ledger.add({ from: 7, to: 8, joules: 300 * 0.5 + 20 * 0.5 });
    assert.deepEqual(ledger.settle(8), [entry]);
    close(entry.account.joules, 300 * 2.25);
    close(ledger.totals.idleJoules, 5 * 20 + 20 * 0.75);
    assert.ok(entry.isSettled && entry.account.prefillJoules > 0 && entry.account.decodeJoules > 0);
  });

  it('does not settle what the counter did not see whole', () => {
    const ledger = new Ledger();
    const early = ledger.begin(0.5, 10);
    ledger.end(early, 1.5, { promptTokens: 10, replyTokens: 1 });
    ledger.add({ from: 1, to: 2, joules: 20 });
    assert.deepEqual(ledger.settle(2), [early]);
    assert.deepEqual([early.isSettled, early.isIncomplete], [false, true]);
    // The counter started anew between 3 and 3.5.
    ledger.add({ from: 2, to: 3, joules: 20 });
    const [across, after] = [2.5, 3.6].map((start) => ledger.begin(start, 10));
    ledger.end(across!, 3.6, { promptTokens: 10, replyTokens: 1 });
    ledger.end(after!, 3.7, { promptTokens: 10, replyTokens: 1 });
    ledger.add({ from: 3.5, to: 5, joules: 30 });
    ledger.settle(5);
    assert.deepEqual([across!.isSettled, after!.isSettled], [false, true]);
  });

  it('gives equal requests equal shares, and cached prompt tokens none', () => {
    const ledger = new Ledger();
    const [a, b, cached] = [0, 0, 0].map(() => ledger.begin(0.1, 3000));
    for (const entry of [a!, b!, cached!]) {
      for (let token = 0; token < 20; token++) ledger.arrived(entry, 0.5 + token / 10, 1);
      ledger.end(entry, 2.4, { promptTokens: 3000, cachedTokens: entry === cached ? 2992 : 0, replyTokens: 20 });
    }
    ledger.add({ from: 0, to: 3, joules: 900 });
    ledger.settle(3);
    close(a!.account.joules, b!.account.joules);
    close(a!.account.decodeJoules, cached!.account.decodeJoules);
    assert.ok(cached!.account.prefillJoules < a!.account.prefillJoules / 100);
  });

  it('waits for what a window may still learn, and no longer than its patience', () => {
    const ledger = new Ledger({ patienceSeconds: 10, maxWaiting: 100 });
    ledger.add({ from: 0, to: 1, joules: 10 });
    ledger.settle(1);
    const slow = ledger.begin(1.2, 100);
    const quick = ledger.begin(1.3, 100);
    ledger.arrived(quick, 1.5, 1);
    ledger.end(quick, 1.8, { promptTokens: 100, replyTokens: 5 });
    ledger.add({ from: 1, to: 2, joules: 100 });
    assert.deepEqual(ledger.settle(3), []);
    assert.equal(ledger.totals.pendingJoules, 100);
    assert.deepEqual(ledger.settle(12), [quick]);
    assert.equal(ledger.totals.pendingJoules, 0);
    assert.equal(slow.isSettled, false);
  });

  it('estimates before the counter has stepped, from what the same work took', () => {
    const ledger = new Ledger();
    const run = (start: number): Entry => {
      const entry = ledger.begin(start, 200);
      for (let token = 0; token < 50; token++) ledger.arrived(entry, start + 0.2 + token * 0.02, 1);
      ledger.end(entry, start + 1.2, { promptTokens: 200, replyTokens: 50 });
      return entry;
    };
    ledger.add({ from: 0, to: 1, joules: 20 });
    ledger.settle(1);
    const first = run(1);
    assert.equal(ledger.estimate(first, 2.2), null);
    ledger.add({ from: 1, to: 3, joules: 1.2 * 300 + 0.8 * 20 });
    ledger.settle(3);
    close(first.account.joules, 360);
    const second = run(3);
    const estimate = ledger.estimate(second, 4.2);
    close(estimate?.joules ?? 0, 360);
  });

  it('gives up the oldest that wait for a counter that is away, and counts their energy still', () => {
    const ledger = new Ledger({ patienceSeconds: 10, maxWaiting: 50 });
    ledger.add({ from: 0, to: 1, joules: 20 });
    ledger.settle(1);
    const lost = new Set<Entry>();
    for (let index = 0; index < 1000; index++) {
      const entry = ledger.begin(1 + index, 10);
      ledger.arrived(entry, 1.5 + index, 1);
      for (const each of ledger.end(entry, 1.9 + index, { promptTokens: 10, replyTokens: 1 })) lost.add(each);
      assert.ok(ledger.waiting <= 51);
    }
    ledger.add({ from: 1, to: 2000, joules: 5000 });
    ledger.settle(Infinity);
    assert.ok(lost.size >= 900);
    close(ledger.totals.requestJoules + ledger.totals.idleJoules, 5020);
  });

  it('keeps a long reply within bounds without losing tokens', () => {
    const activity = new Activity(0, 10);
    for (let token = 0; token < 20_000; token++) activity.arrived(1 + token / 100, 1);
    close(activity.within(0, 300).decodeTokens, 19_999);
    activity.forget(100);
    assert.ok(Math.abs(activity.within(100, 300).decodeTokens - 10_100) < 20);
  });

  it('is near the truth of a simulated engine that batches', () => {
    const load: Load = {
      name: 'chat',
      seconds: 120,
      rate: 4,
      busySeconds: 40,
      silentSeconds: 10,
      medianPrompt: 600,
      medianReply: 150,
      cachedShare: 0.3,
      wholeShare: 0.1,
    };
    const error = attributionError(simulate(gpu8b, load, 11), {
      stepSeconds: 1,
      jitterSeconds: 0.01,
      quantumJoules: 0.001,
    });
    assert.ok(error.requests > 300);
    assert.ok(error.medianAbsolute <= 0.15, `median ${error.medianAbsolute}`);
    assert.ok(Math.abs(error.bias) <= 0.03, `bias ${error.bias}`);
    assert.ok(error.balance <= 1e-9);
    assert.ok(Math.abs(error.idle) <= 0.05, `idle ${error.idle}`);
  });
});
