/** Conversations that somebody waits for are counted before the others, and all are counted in the end. */
import assert from 'node:assert/strict';
import { BUILT_IN_PROFILES } from '../../../server/core/data/index.js';
import { createJouleService, type AnalysisSettings } from '../../../server/core/index.js';

const NAMES = ['zero', 'one', 'two', 'three', 'four', 'five'];
const settings: AnalysisSettings = { profile: BUILT_IN_PROFILES[0]!, model: 'llama-3.1-8b' };

/** The conversations in the order in which their texts are counted, and their tokens. */
async function counted(wanted?: () => number | undefined) {
  const order: string[] = [];
  const counter = {
    count(_: string, texts: readonly string[]) {
      for (const name of NAMES) if (texts.includes(name)) order.push(name);
      return Promise.resolve(Uint32Array.from(texts, ({ length }) => length));
    },
  };
  const rows = NAMES.map((content) => JSON.stringify({ messages: [{ role: 'user', content }] }));
  const analysis = createJouleService({ counter }).openDocument({ path: 'rows.jsonl' }, rows.join('\n'));
  for (const _slice of analysis.parseSlices());
  const fractions: number[] = [];
  await analysis.count(settings, undefined, (fraction) => fractions.push(fraction), undefined, wanted);
  return { order, fractions, tokens: NAMES.map((_, index) => analysis.figures(index)!.tokens.turns[0]!.text) };
}

describe('conversations that are waited for', () => {
  it('are counted next, once, and leave the others their order', async () => {
    const plain = await counted();
    assert.deepEqual(plain.order, NAMES);
    const asked = [4, 4, 99, 3, undefined, 0, 1];
    const { order, tokens, fractions } = await counted(() => asked.shift());
    assert.deepEqual(order, ['four', 'three', 'zero', 'one', 'two', 'five']);
    assert.deepEqual(tokens, plain.tokens);
    assert.deepEqual(
      fractions,
      [...fractions].sort((a, b) => a - b),
    );
    assert.equal(fractions.at(-1), 1);
  });
});
