import assert from 'node:assert/strict';
import { VOCABULARIES } from '../../../server/core/tokens/catalog.js';
import { countWithin, tokensWithin } from '../../../server/core/tokens/tokensWithin.js';
import { adversarial, corpus } from '../../support/tokens/corpus.js';
import { inlineCounter } from '../../support/tokens/engines.js';
import { seededRandom } from '../../support/tokens/random.js';

describe('tokens within a range', function () {
  this.timeout(60_000);

  for (const id of VOCABULARIES) {
    it(`are those of the whole text that touch it, and as many are counted: ${id}`, async () => {
      const random = seededRandom(5);
      const long = [...corpus(21, 16_000)].join('').slice(0, 15_000);
      const texts = ['', 'a', long, '='.repeat(9000), adversarial(random, 2000)];
      for (const text of texts) {
        const { ids, starts, ends } = await inlineCounter.encode(id, text);
        for (let round = 0; round < 5; round++) {
          const edges = [random.int(text.length + 1), random.int(text.length + 1)].sort((a, b) => a - b);
          const range = round === 0 ? { start: 0, end: text.length } : { start: edges[0]!, end: edges[1]! };
          const expected = [...ids.keys()].filter((at) => ends[at]! > range.start && starts[at]! < range.end);
          const found = await tokensWithin(text, range, id, inlineCounter);
          assert.deepEqual(
            found.map((token) => [token.id, token.start, token.end]),
            expected.map((at) => [ids[at], starts[at], ends[at]]),
          );
          assert.equal(await countWithin(text, range, id, inlineCounter), expected.length);
        }
      }
    });
  }

  it('stop at the limit, and when cancelled', async () => {
    const text = 'one two three. '.repeat(2000);
    const range = { start: 10, end: text.length };
    assert.equal((await tokensWithin(text, range, 'llama-3', inlineCounter, { limit: 7 })).length, 7);
    const signal = { aborted: true };
    await assert.rejects(tokensWithin(text, range, 'llama-3', inlineCounter, { signal }), { name: 'AbortError' });
    await assert.rejects(countWithin(text, range, 'llama-3', inlineCounter, signal), { name: 'AbortError' });
  });

  it('count a selection of a megabyte without a place to cut to within a few tokens', async () => {
    const text = 'x'.repeat(1_000_000);
    const range = { start: 1000, end: 999_000 };
    const whole = (await inlineCounter.encode('llama-3', text)).ids.length;
    const found = await countWithin(text, range, 'llama-3', inlineCounter);
    assert.ok(Math.abs(found - whole * 0.998) < 0.002 * whole, `${found} of ${whole}`);
  });
});
