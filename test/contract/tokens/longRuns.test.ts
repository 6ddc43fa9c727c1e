import assert from 'node:assert/strict';
import { VOCABULARIES } from '../../../server/core/tokens/catalog.js';
import { corpus } from '../../support/tokens/corpus.js';
import { inlineCounter, mergedCount, vocabulary } from '../../support/tokens/engines.js';

const UNITS = ['a', ' ', '\n', '=', '😀', '中', 'ก', '\u0301', '\t', '7', 'ab1 ', '\ud800'];

/** Milliseconds of processor time that `work` takes. */
function processorTime(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe('long unbroken runs', function () {
  this.timeout(120_000);

  for (const id of ['llama-3', 'o200k_base', 'deepseek-v3'] as const) {
    it(`${id}: 200 kB of anything takes about the time of prose`, () => {
      const engine = vocabulary(id);
      const prose = 'The quick brown fox jumps over the lazy dog, and then some. '.repeat(3400);
      engine.count(prose);
      const usual = processorTime(() => engine.count(prose)) / prose.length;
      for (const unit of UNITS) {
        const text = unit.repeat(200_000 / unit.length);
        const time = processorTime(() => engine.count(text)) / Buffer.byteLength(text);
        // Quadratic merging takes some thousand times as long.
        assert.ok(time < 20 * usual, `${JSON.stringify(unit)}: ${(time / usual).toFixed(1)} x`);
      }
    });
  }

  it('have the counts of another engine', () => {
    for (const id of ['llama-3', 'o200k_base', 'deepseek-v3'] as const) {
      for (const unit of ['a', ' ', '中', '=', '😀', 'ก', 'xyz']) {
        const text = unit.repeat(60_000 / unit.length);
        assert.equal(vocabulary(id).count(text), mergedCount(id, text), `${id} ${JSON.stringify(unit)}`);
      }
    }
  });

  it('are counted the same in steps', () => {
    for (const id of VOCABULARIES) {
      const text = [...corpus(4, 100_000)].join('') + 'a'.repeat(50_000) + ' '.repeat(30_000);
      const steps = [...vocabulary(id).countParts(text)];
      assert.ok(steps.length > 5);
      assert.equal(
        steps.reduce((sum, tokens) => sum + tokens, 0),
        vocabulary(id).count(text),
        id,
      );
    }
  });

  it('five megabytes on one line are counted, whatever they are', () => {
    for (const unit of ['x', ' ', '中']) {
      const [tokens] = inlineCounter.countSync('llama-3', [unit.repeat(5_000_000 / unit.length)]);
      assert.ok(tokens! > 10_000, unit);
    }
  });
});
