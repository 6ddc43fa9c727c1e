import assert from 'node:assert/strict';
import { VOCABULARIES } from '../../../server/core/tokens/catalog.js';
import { textParts } from '../../../server/runtime/longRuns.js';
import { corpus } from '../../support/tokens/corpus.js';
import { bareCount, inlineCounter, vocabulary } from '../../support/tokens/engines.js';

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

  it('a run that the engine manages whole is counted the same in parts', () => {
    // 300,000 code units are more than are handed over whole, and less than the engine's expressions can match.
    for (const id of ['llama-3', 'o200k_base', 'deepseek-v3'] as const) {
      const engine = vocabulary(id);
      for (const unit of ['a', ' ', '中', '=']) {
        const half = unit.repeat(75_000 / unit.length);
        const text = `${half}${half}${half}${half} tail\n`;
        assert.ok(
          [...textParts(id, text)].some((part) => part.merged),
          `${id} ${unit}: a long pre-token`,
        );
        const pieces = [...textParts(id, text)].map((part) => part.text);
        assert.equal(pieces.join(''), text);
        assert.equal(engine.count(text), bareCount(id, text), `${id} ${JSON.stringify(unit)}`);
      }
    }
  });

  it('varied text without a safe cut is counted the same in parts', () => {
    for (const id of VOCABULARIES) {
      const text = [...corpus(4, 300_000)].join('');
      assert.equal(vocabulary(id).count(text), bareCount(id, text), id);
    }
  });

  it('five megabytes on one line are counted, whatever they are', () => {
    for (const unit of ['x', ' ', '中']) {
      const [tokens] = inlineCounter.countSync('llama-3', [unit.repeat(5_000_000 / unit.length)]);
      assert.ok(tokens! > 10_000, unit);
    }
  });
});
