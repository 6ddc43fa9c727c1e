import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BUILT_IN_PROFILES, loadCoreData } from '../../../server/core/data/index.js';
import { priceConversation, type PricedTurn } from '../../../server/core/energy/accounting.js';
import { resolveAssumptions } from '../../../server/core/energy/assumptions.js';
import { prepare } from '../../../server/core/energy/physics.js';
import { centralBatch, deploymentOf } from '../../../server/core/energy/assumptions.js';
import { createPredictor } from '../../../server/core/energy/predict.js';
import { allTokens, conversationRequests } from '../../../server/core/energy/requests.js';
import type { ConversationEnergy, Energy, Profile } from '../../../server/core/energy/types.js';
import type { Role } from '../../../server/core/transcript/model.js';

const data = loadCoreData();
const found = data.models.find('llama-3.1-8b');
assert.ok(found.ok);
const model = found.model;
const shared = BUILT_IN_PROFILES[0]!;

const turn = (role: Role, text: number, lead = 4, end = 1, trail = 1): PricedTurn => ({
  role,
  tokens: { text, lead, end, trail, exact: true },
});
function price(turns: readonly PricedTurn[], profile: Profile = shared, more: object = {}): ConversationEnergy {
  const assumptions = resolveAssumptions(profile, model);
  return priceConversation({ turns, pendingLead: 4, assumptions, model, lengths: data.lengths, ...more });
}

const roles = fc.constantFrom<Role>('system', 'user', 'assistant', 'tool');
const counts = fc.integer({ min: 0, max: 3000 });
const small = fc.integer({ min: 0, max: 5 });
const turnsOf = (maxLength: number) =>
  fc.array(
    fc.record({ role: roles, text: counts, lead: small, end: small, trail: small }).map(
      ({ role, text, lead, end, trail }) => turn(role, text, lead, end, trail),
    ),
    { maxLength },
  ); // prettier-ignore
const profiles = fc.constantFrom(
  ...BUILT_IN_PROFILES,
  { ...shared, name: 'no cache', prefixCache: false },
  { ...shared, name: 'fixed', batch: 32 },
);

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1e-12, Math.abs(a), Math.abs(b));
const KEYS = ['joules', 'prefillJoules', 'rereadJoules', 'decodeJoules', 'hostJoules', 'facilityJoules'] as const;
function assertSum(parts: readonly Energy[], whole: Energy): void {
  for (const key of KEYS) {
    const sum = parts.reduce((total, part) => total + part[key], 0);
    assert.ok(near(sum, whole[key]), `${key}: ${sum} against ${whole[key]}`);
  }
}

describe('accounting of a conversation', () => {
  it('adds turns up to requests and requests to the total', () => {
    fc.assert(
      fc.property(turnsOf(9), profiles, (turns, profile) => {
        const priced = price(turns, profile);
        assert.equal(priced.turns.length, turns.length);
        for (const { turns: [first, last], energy } of priced.requests) assertSum(priced.turns.slice(first, last + 1), energy); // prettier-ignore
        assertSum(priced.requests.map((each) => each.energy), priced.total.energy); // prettier-ignore
        for (const each of [...priced.turns, priced.total.energy]) {
          assert.ok(near(each.prefillJoules + each.rereadJoules + each.decodeJoules, each.joules));
        }
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('covers every turn once, in order', () => {
    fc.assert(
      fc.property(turnsOf(12), (turns) => {
        let next = 0;
        for (const { firstTurn, lastTurn } of conversationRequests(turns, 4, true)) {
          assert.equal(firstTurn, next);
          next = lastTurn + 1;
        }
        assert.equal(next, turns.length);
      }),
      { seed: 2 },
    );
  });

  it('has finite figures and an interval that contains the point', () => {
    fc.assert(
      fc.property(turnsOf(6), profiles, (turns, profile) => {
        const priced = price(turns, profile);
        const all = [...priced.turns, ...priced.requests.map((each) => each.energy), priced.total.energy];
        if (priced.next) all.push(priced.next.energy, priced.next.request);
        for (const energy of all) {
          const [lo, hi] = energy.interval90;
          assert.ok(lo <= energy.joules && energy.joules <= hi, `${lo} ${energy.joules} ${hi}`);
          for (const value of Object.values(energy).flat())
            assert.ok(Number.isFinite(value) && value >= 0, String(value));
        }
      }),
      { numRuns: 40, seed: 3 },
    );
  });

  it('splits a prefill over input turns by their tokens, re-reading on the last', () => {
    const turns = [turn('system', 94), turn('user', 194), turn('assistant', 100), turn('user', 44), turn('tool', 144)];
    const priced = price([...turns, turn('assistant', 50)], { ...shared, prefixCache: false });
    const [system, user] = priced.turns;
    assert.ok(near(system!.joules / user!.joules, allTokens(turns[0]!.tokens) / allTokens(turns[1]!.tokens)));
    assert.equal(system!.rereadJoules, 0);
    assert.equal(priced.turns[3]!.rereadJoules, 0);
    assert.ok(priced.turns[4]!.rereadJoules > 0);
    assert.ok(near(priced.turns[3]!.prefillJoules / priced.turns[4]!.prefillJoules, 50 / 150));
    assert.equal(priced.turns[5]!.prefillJoules, 0);
  });

  it('makes re-reading the difference to a prefill of the new tokens alone', () => {
    const profile = { ...shared, prefixCache: false };
    const priced = price(
      [turn('user', 500), turn('assistant', 300), turn('user', 100), turn('assistant', 10)],
      profile,
    );
    const assumptions = resolveAssumptions(profile, model);
    const physics = prepare(model.arch, deploymentOf(assumptions, centralBatch(assumptions.batch)));
    const { tokensIn, tokensOut, energy } = priced.requests[1]!;
    // user 506 + assistant 306 + user 106 + lead 4
    assert.equal(tokensIn, 506 + 306 + 106 + 4);
    const known = 506 + 4 + 301;
    const whole = physics.prefill({ tokensIn, tokensCached: 0, tokensOut }).joules;
    const fresh = physics.prefill({ tokensIn, tokensCached: known, tokensOut }).joules;
    assert.ok(near(energy.rereadJoules, whole - fresh));
    assert.ok(near(energy.prefillJoules, fresh));
  });

  it('caches all that the request before had, in blocks of 16, and never the whole prompt', () => {
    const requests = conversationRequests(
      [turn('user', 500), turn('assistant', 300), turn('user', 100), turn('assistant', 10), turn('assistant', 10, 0, 0, 0)],
      4,
      true,
    );
    assert.deepEqual(
      requests.map((each) => each.tokensCached),
      [0, 16 * Math.floor((510 + 301) / 16), 16 * Math.floor((922 + 11) / 16)],
    );
    const noNew = conversationRequests([turn('user', 31, 0, 0, 0), turn('assistant', 0, 0, 0, 0), turn('assistant', 1, 0)], 0, true);
    assert.equal(noNew[1]!.tokensIn, 31);
    assert.ok(conversationRequests([turn('assistant', 5, 16), turn('assistant', 5, 0)], 0, true).every((r) => r.tokensCached < Math.max(1, r.tokensIn)));
    assert.ok(conversationRequests([turn('user', 99), turn('assistant', 9), turn('user', 9)], 4, false).every((r) => r.tokensCached === 0));
  }); // prettier-ignore

  it('reads a reply again where the template drops its thinking', () => {
    const reply = {
      role: 'assistant' as const,
      tokens: { text: 300, thinking: 200, lead: 4, end: 1, trail: 1, exact: true },
    };
    const priced = price([turn('user', 500), reply, turn('user', 100), turn('assistant', 10)]);
    const [first, second] = priced.requests;
    assert.equal(first!.tokensOut, 301, 'thinking is decoded');
    assert.equal(second!.tokensIn, 506 + 106 + 106 + 4, 'and is gone later');
    assert.equal(second!.tokensCached, 16 * Math.floor(510 / 16), 'the cache holds up to the reply');
    assert.ok(second!.energy.rereadJoules > 0);
    const kept = price([turn('user', 500), turn('assistant', 100), turn('user', 100), turn('assistant', 10)]);
    assert.ok(near(priced.turns[2]!.prefillJoules, kept.turns[2]!.prefillJoules));
    assert.ok(
      near(priced.turns[1]!.laterJoules! / 106, priced.turns[0]!.laterJoules! / 506),
      'by the tokens that stay',
    );
  });

  it('costs no less without the prefix cache', () => {
    fc.assert(
      fc.property(turnsOf(8), (turns) => {
        const cached = price(turns).total.energy;
        const uncached = price(turns, { ...shared, prefixCache: false }).total.energy;
        assert.ok(uncached.joules >= cached.joules * (1 - 1e-12));
        assert.ok(near(uncached.decodeJoules, cached.decodeJoules));
      }),
      { numRuns: 40, seed: 4 },
    );
  });

  it('lets consecutive and leading assistant turns carry their own prefill', () => {
    const priced = price([turn('assistant', 50), turn('user', 20), turn('assistant', 30), turn('assistant', 40)]);
    assert.equal(priced.requests.length, 3);
    for (const index of [0, 3]) {
      assert.ok(priced.turns[index]!.prefillJoules > 0);
      assert.ok(priced.turns[index]!.decodeJoules > 0);
    }
    assert.equal(priced.turns[2]!.prefillJoules, 0);
    assert.equal(priced.next, null);
  });

  it('prices an empty conversation at nothing', () => {
    const priced = price([]);
    assert.deepEqual([priced.turns, priced.requests, priced.next], [[], [], null]);
    assert.equal(priced.total.energy.joules, 0);
    assert.deepEqual([...priced.total.energy.interval90], [0, 0]);
  });

  it('adds the request about to be made, its reply apart', () => {
    const priced = price([turn('user', 200), turn('assistant', 300), turn('user', 50)], shared, {
      lastUserText: 'and now?',
    });
    const pending = priced.requests[1]!;
    assert.deepEqual([pending.turns, pending.tokensOut, pending.energy.decodeJoules], [[2, 2], 0, 0]);
    assert.ok(priced.next);
    const { tokens, energy, request } = priced.next;
    assert.ok(tokens.p10 < tokens.p50 && tokens.p50 < tokens.p90);
    assert.ok(near(request.joules, energy.joules + pending.energy.joules));
    assert.equal(energy.prefillJoules, 0);
    assert.ok(energy.interval90[1] / energy.interval90[0] > 3, 'an unknown length gives a wide interval');
  });

  it('gives a request the figures that predict gives for its tokens', () => {
    const predict = createPredictor({ data });
    const priced = price([turn('user', 200), turn('assistant', 300), turn('user', 50), turn('assistant', 80)]);
    for (const { tokensIn, tokensCached, tokensOut, energy } of priced.requests) {
      const row = predict({ model: 'llama-3.1-8b', in: tokensIn, cached: tokensCached, out: tokensOut });
      assert.ok(!('error' in row));
      assert.ok(near(row.gpuJoules, energy.joules) && near(row.hostJoules, energy.hostJoules));
      assert.deepEqual([...row.interval90], [...energy.interval90]);
      assert.ok(near(row.totalJoules, energy.joules + energy.hostJoules + energy.facilityJoules));
    }
  });

  it('makes laterJoules what a longer turn adds to the later requests', () => {
    for (const prefixCache of [true, false]) {
      const profile = { ...shared, batch: 16, prefixCache };
      const at = (text: number) => price([turn('user', text), turn('assistant', 200), turn('user', 64), turn('assistant', 200)], profile);
      const before = at(1000);
      const later = before.turns[0]!.laterJoules! / 1006;
      const added = (at(1064).requests[1]!.energy.joules - before.requests[1]!.energy.joules) / 64;
      assert.ok(Math.abs(later / added - 1) < 0.05, `${later} against ${added}`);
      assert.equal(before.turns.at(-1)!.laterJoules, 0);
    }
  }); // prettier-ignore

  it('adds host and facility beside the GPU', () => {
    const { energy } = price([turn('user', 100), turn('assistant', 100)]).total;
    assert.ok(energy.hostJoules > 0);
    assert.ok(near(energy.facilityJoules, 0.15 * (energy.joules + energy.hostJoules)));
    const bare = price([turn('user', 100), turn('assistant', 100)], { ...shared, hostWattsPerGpu: 0, pue: 1 }).total
      .energy;
    assert.deepEqual([bare.hostJoules, bare.facilityJoules], [0, 0]);
  });

  it('makes a total narrower than what its requests would add up to, batch and error being common', () => {
    const { total, requests } = price(Array.from({ length: 20 }, (_, i) => turn(i % 2 ? 'assistant' : 'user', 300)));
    const sum = (end: 0 | 1) => requests.reduce((all, each) => all + each.energy.interval90[end], 0);
    assert.ok(total.energy.interval90[0] >= sum(0) * (1 - 1e-9) && total.energy.interval90[1] <= sum(1) * (1 + 1e-9));
    assert.ok(total.energy.interval90[1] > total.energy.joules * 1.3, 'errors do not average out');
  });

  it('is plain data when serialized', () => {
    const priced = price([turn('user', 100), turn('assistant', 100)]);
    const [{ joules, interval90, laterJoules }] = priced.turns as [Energy];
    const [copy] = JSON.parse(JSON.stringify(priced.turns)) as [Energy];
    assert.deepEqual([copy.joules, copy.interval90, copy.laterJoules], [joules, interval90, laterJoules]);
    assert.ok(!('laterJoules' in (JSON.parse(JSON.stringify(priced.total.energy)) as Energy)));
  });
});
