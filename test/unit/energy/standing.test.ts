import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BUILT_IN_PROFILES } from '../../../server/core/data/index.js';
import { priceConversation } from '../../../server/core/energy/accounting.js';
import { resolveAssumptions } from '../../../server/core/energy/assumptions.js';
import { createCatalogue } from '../../../server/core/energy/catalogue.js';
import { createPricer } from '../../../server/core/energy/pricer.js';
import { priceStanding } from '../../../server/core/energy/standing.js';
import { loadCoreData } from '../../../server/core/data/index.js';
import type { Profile } from '../../../server/core/energy/types.js';

const catalogue = createCatalogue();
const modelOf = (id: string) => {
  const match = catalogue.find(id);
  assert.ok(match.ok);
  return match.model;
};
const pricerOf = (id: string, profile: Profile) =>
  createPricer(resolveAssumptions(profile, modelOf(id), { longestSequence: 20_000 }), modelOf(id));

const near = (a: number, b: number): void =>
  assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(1e-12, Math.abs(a), Math.abs(b)), `${a} ~ ${b}`);

const models = fc.constantFrom('llama-3.1-8b', 'llama-3.1-70b', 'qwen3-30b-a3b', 'gpt-oss-120b', 'deepseek-v3');
const profiles = fc.constantFrom(...BUILT_IN_PROFILES);

describe('a standing prompt', () => {
  it('costs in proportion to the requests that carry it, interval and host included', () => {
    fc.assert(
      fc.property(models, profiles, fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 2, max: 5000 }), (...of) => {
        const [id, profile, tokens, requests] = of;
        const pricer = pricerOf(id, profile);
        const one = priceStanding(pricer, tokens, 1);
        const many = priceStanding(pricer, tokens, requests);
        for (const [each, all] of [
          [one.energy, many.energy],
          ...(one.cached && many.cached ? [[one.cached, many.cached] as const] : []),
        ] as const) {
          near(all.joules, requests * each.joules);
          near(all.interval90[0], requests * each.interval90[0]);
          near(all.interval90[1], requests * each.interval90[1]);
          near(all.hostJoules, requests * each.hostJoules);
          near(all.facilityJoules, requests * each.facilityJoules);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('costs no more with a warm prefix cache, and has that figure only where the profile has one', () => {
    fc.assert(
      fc.property(models, profiles, fc.integer({ min: 1, max: 20_000 }), (id, profile, tokens) => {
        const { energy, cached } = priceStanding(pricerOf(id, profile), tokens);
        assert.equal(cached !== null, profile.prefixCache);
        assert.ok(energy.joules > 0 && energy.interval90[0] <= energy.joules && energy.joules <= energy.interval90[1]);
        if (!cached) return;
        assert.ok(cached.joules > 0 && cached.joules <= energy.joules, `${cached.joules} > ${energy.joules}`);
        if (tokens < 16) near(cached.joules, energy.joules);
      }),
      { numRuns: 100 },
    );
  });

  it('costs what a conversation of it alone costs, a thousand times', () => {
    const pricer = pricerOf('llama-3.1-8b', BUILT_IN_PROFILES[0]!);
    const tokens = { text: 800, lead: 5, end: 1, trail: 0, exact: true };
    const { total } = priceConversation({
      turns: [{ role: 'system', tokens }],
      pendingLead: 0,
      assumptions: pricer.assumptions,
      model: pricer.model,
      pricer,
      lengths: loadCoreData().lengths,
    });
    const standing = priceStanding(pricer, 806);
    near(standing.energy.joules, 1000 * total.energy.joules);
    near(standing.energy.interval90[1], 1000 * total.energy.interval90[1]);
    near(standing.energy.hostJoules, 1000 * total.energy.hostJoules);
  });
});
