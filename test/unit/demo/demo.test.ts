import assert from 'node:assert/strict';
import fc from 'fast-check';
import { countTokens, splitTokens } from '../../../server/demo/demoTokens.js';
import { respond } from '../../../server/demo/responder.js';
import { simulatedMeter } from '../../../server/demo/simulatedMeter.js';

/** Letters of several scripts, digits, signs, spaces, a pair of surrogates and a lone one. */
const anyText = fc
  .array(fc.constantFrom('a', 'Zz', 'ö', 'e\u0301', '漢', '٣', '42', ' ', '\n', '-', '🙂', '\ud83d'), { maxLength: 60 })
  .map((parts) => parts.join(''));

describe('demo', () => {
  it('splits a text into pieces that give it back', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const pieces = splitTokens(text);
        assert.equal(pieces.join(''), text);
        assert.equal(countTokens(text), pieces.length);
      }),
    );
  });

  it('counts English about as a real tokenizer does', () => {
    const text = 'The quick brown fox jumps over the lazy dog, and nobody measured how many joules it took.';
    assert.ok(Math.abs(countTokens(text) - 19) <= 4, `${countTokens(text)}`);
  });

  it('replies to anything, the same each time, and not to a cache-busting mark', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.startsWith('['));
        const reply = respond(text);
        assert.match(reply, /demo endpoint of Joule Lens/);
        assert.equal(respond(text), reply);
        assert.equal(respond(`[0123abcd]\n${text}`), respond(text.trimStart()));
      }),
    );
  });

  it('meters by its formula, with noise of a few percent that follows the seed', () => {
    const figures = (seed: number): number[] => {
      const meter = simulatedMeter(seed);
      return Array.from({ length: 400 }, () => meter(100, 200).joules);
    };
    const all = figures(1);
    assert.deepEqual(figures(1), all);
    assert.notDeepEqual(figures(2), all);
    const mean = all.reduce((sum, each) => sum + each, 0) / all.length;
    const spread = Math.sqrt(all.reduce((sum, each) => sum + (each - mean) ** 2, 0) / all.length) / mean;
    // 0.3 + 100 x 0.024 + 200 x (0.0978 + 200 x 2.56e-5) = 23.3 J
    assert.ok(Math.abs(mean - 23.3) < 0.2, `${mean} J`);
    assert.ok(spread > 0.025 && spread < 0.035, `${spread}`);
  });
});
