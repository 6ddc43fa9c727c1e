import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  evenPairs,
  orderOf,
  pairedDifference,
  plannedLooks,
  twoSidedP,
  twoSidedQuantile,
} from '../../../server/core/statistics/index.js';
import { seededRandom } from '../../support/tokens/random.js';

const near = (actual: number, expected: number, tolerance: number, what = ''): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what} ${actual}, expected ${expected}`);

describe('Student’s t', () => {
  it('has the quantiles of the published tables', () => {
    // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2: upper tail probability alpha / 2.
    const table: [alpha: number, freedom: number, t: number][] = [
      [0.05, 1, 12.706],
      [0.05, 4, 2.776],
      [0.05, 9, 2.262],
      [0.05, 30, 2.042],
      [0.05, 100, 1.984],
      [0.01, 1, 63.657],
      [0.01, 10, 3.169],
      [0.1, 5, 2.015],
      [0.002, 20, 3.552],
    ];
    for (const [alpha, freedom, t] of table) near(twoSidedQuantile(alpha, freedom), t, 6e-4, `${alpha}, ${freedom}:`);
  });

  it('is the normal distribution for many degrees of freedom, and Cauchy’s for one', () => {
    near(twoSidedQuantile(0.05, 1e6), 1.959964, 1e-5);
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (t) =>
        near(twoSidedP(t, 1), 1 - (2 / Math.PI) * Math.atan(t), 1e-12),
      ),
    );
  });

  it('goes from t to p and back', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 0.999, noNaN: true }),
        fc.double({ min: 1, max: 1e4, noNaN: true }),
        (alpha, freedom) => near(twoSidedP(twoSidedQuantile(alpha, freedom), freedom), alpha, 1e-9),
      ),
    );
  });
});

describe('a comparison of pairs', () => {
  const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  const pairs = fc.array(fc.tuple(finite, finite), { minLength: 2, maxLength: 20 });

  it('has its mean inside its interval, and is real exactly where 0 is outside', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { mean, interval, isReal, p } = pairedDifference(all);
        fc.pre(interval !== null);
        assert.ok(interval![0] <= mean && mean <= interval![1]);
        if (Math.min(Math.abs(interval![0]), Math.abs(interval![1])) > 1e-6 * Math.abs(mean)) {
          assert.equal(isReal, interval![0] > 0 || interval![1] < 0);
        }
        assert.ok(p! >= 0 && p! <= 1);
      }),
    );
  });

  it('says the opposite of the sides changed, and the same of both moved', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: -1000, max: 1000 }), (all, shift) => {
        const as = pairedDifference(all);
        const opposite = pairedDifference(all.map(([a, b]) => [b, a]));
        near(opposite.mean, -as.mean, 1e-6);
        near(opposite.p ?? -1, as.p ?? -1, 1e-9);
        near(pairedDifference(all.map(([a, b]) => [a + shift, b + shift])).mean, as.mean, 1e-4);
      }),
    );
  });

  it('of one pair is a difference and no verdict', () => {
    assert.deepEqual(pairedDifference([[10, 12]]), { mean: 2, interval: null, p: null, isReal: null, n: 1 });
    assert.equal(pairedDifference([]).isReal, null);
  });

  it('gives no verdict on differences that are all the same, as nothing says what their noise is', () => {
    const same = pairedDifference(Array.from({ length: 5 }, () => [10, 12]));
    assert.deepEqual(same, { mean: 2, interval: null, p: null, isReal: null, n: 5 });
    assert.equal(pairedDifference(Array.from({ length: 5 }, () => [10, 10])).isReal, false);
  });

  it('agrees with a worked example', () => {
    // Student (1908), "The probable error of a mean": additional hours of sleep under two drugs. t = 4.0621, p = 0.002833.
    const drugs: [number, number][] = [
      [0.7, 1.9],
      [-1.6, 0.8],
      [-0.2, 1.1],
      [-1.2, 0.1],
      [-0.1, -0.1],
      [3.4, 4.4],
      [3.7, 5.5],
      [0.8, 1.6],
      [0, 4.6],
      [2, 3.4],
    ];
    const { mean, interval, p, isReal } = pairedDifference(drugs);
    near(mean, 1.58, 1e-12);
    near(p!, 0.002833, 1e-6);
    near(interval![0], 0.7001, 1e-4);
    near(interval![1], 2.4599, 1e-4);
    assert.equal(isReal, true);
  });

  it('is run A B, B A, in whole blocks, so that a steady drift cancels', () => {
    assert.deepEqual([1, 2, 3, 5, 10].map(evenPairs), [2, 2, 4, 6, 10]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.double({ min: -5, max: 5, noNaN: true }), (count, drift) => {
        const all = Array.from({ length: evenPairs(count) }, (_, pair): [number, number] => {
          const at = orderOf(pair);
          const value = (side: 'a' | 'b'): number => 50 + drift * (2 * pair + at.indexOf(side as never));
          return [value('a'), value('b')];
        });
        near(pairedDifference(all).mean, 0, 1e-9);
      }),
    );
  });

  it('may look half way where it is told to, and spends 5 % in all', () => {
    assert.deepEqual(plannedLooks(10, false), [{ pairs: 10, alpha: 0.05 }]);
    assert.deepEqual(
      plannedLooks(10, true).map(({ pairs }) => pairs),
      [6, 10],
    );
    assert.equal(plannedLooks(4, true).length, 1);
    for (const pairs of [2, 6, 8, 10, 40]) {
      near(
        plannedLooks(pairs, true).reduce((sum, { alpha }) => sum + alpha, 0),
        0.05,
        1e-12,
      );
    }
  });
});

describe('the verdict in simulation', () => {
  /** Normal noise from a seed. */
  function noiseOf(seed: number): () => number {
    const { int } = seededRandom(seed);
    const random = (): number => int(2 ** 30) / 2 ** 30;
    return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  }

  /** Share of `times` measured comparisons that are called real. B costs `effect` more; joules drift along the runs. */
  function shareReal(times: number, pairs: number, effect: number, drift: number, stopEarly: boolean): number {
    const noise = noiseOf(20260129);
    let real = 0;
    for (let each = 0; each < times; each++) {
      const start = noise();
      const all = Array.from({ length: pairs }, (_, pair): [number, number] => {
        const order = orderOf(pair);
        const value = (side: 'a' | 'b'): number =>
          50 + start + (side === 'b' ? effect : 0) + drift * (2 * pair + order.indexOf(side as never)) + noise();
        return [value('a'), value('b')];
      });
      real += plannedLooks(pairs, stopEarly).some(
        ({ pairs: seen, alpha }) => pairedDifference(all.slice(0, seen), alpha).isReal === true,
      )
        ? 1
        : 0;
    }
    return real / times;
  }

  // Standard error of a share of 0.05 over 4,000: 0.0034; four of them.
  const times = 4000;
  const tolerance = 0.014;

  for (const pairs of [2, 6, 10]) {
    it(`calls equal prompts different in 5 % of comparisons of ${pairs} pairs`, () => {
      near(shareReal(times, pairs, 0, 0, false), 0.05, tolerance);
    });
  }

  it('and in no more where it may stop half way, or where the GPU warms up meanwhile', () => {
    assert.ok(shareReal(times, 10, 0, 0, true) <= 0.05 + tolerance);
    assert.ok(shareReal(times, 10, 0, 0.3, false) <= 0.05 + tolerance);
  });

  it('peeking after every pair at 5 % would call three times as many different', () => {
    const noise = noiseOf(7);
    const comparisons = 600;
    let real = 0;
    for (let each = 0; each < comparisons; each++) {
      const all = Array.from({ length: 20 }, (): [number, number] => [noise(), noise()]);
      real += all.some((_, seen) => pairedDifference(all.slice(0, seen + 1)).isReal === true) ? 1 : 0;
    }
    assert.ok(real / comparisons > 0.15, String(real / comparisons));
  });

  it('finds a difference of two deviations nearly always, and of half a one seldom', () => {
    assert.ok(shareReal(1000, 10, 2, 0, false) > 0.95);
    assert.ok(shareReal(1000, 10, 2, 0, true) > 0.95);
    assert.ok(shareReal(1000, 10, 0.5, 0, false) < 0.35);
  });
});
