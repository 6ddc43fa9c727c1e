import assert from 'node:assert/strict';
import { compare } from '../../support/tokens/compare.js';
import { corpus, shortStrings } from '../../support/tokens/corpus.js';
import { vocabulary } from '../../support/tokens/engines.js';
import { openaiOracle, tiktokenOracle, type Oracle } from '../../support/tokens/oracles.js';

/** Code units of varied text, and short strings, per vocabulary; `npm run verify:tokens` takes fifty times as much. */
const LENGTH = 200_000;
const STRINGS = 2_000;

const ORACLES: Readonly<Record<string, () => Oracle>> = {
  o200k_base: () => openaiOracle('o200k_base'),
  cl100k_base: () => openaiOracle('cl100k_base'),
  p50k_base: () => openaiOracle('p50k_base'),
  r50k_base: () => openaiOracle('gpt2'),
  'llama-3': () => tiktokenOracle('llama-3'),
  'qwen-3': () => tiktokenOracle('qwen-3'),
  'qwen-2.5': () => tiktokenOracle('qwen-2.5'),
  tekken: () => tiktokenOracle('tekken'),
  'deepseek-v3': () => tiktokenOracle('deepseek-v3'),
};

/** Texts that once differed or could: each found while comparing. */
const FIXTURES = [
  'Hello <|eot_id|> world',
  'a<|endoftext|>b <|im_end|>',
  'x\u0301\u1ac4\u0323 \u{113c2}\u{113c2}',
  '\u{105d2}\u0307',
  'e\u0323\u0301 \u1112\u1161\u11ab',
  "DON'T don'ſ 'S ''LL",
  ' \n\n /path\n/next',
  '\ud800 \udfff a\ud83d',
  '\u0085\u2028\u3000\ufeff x',
];

describe('token ids beside a reference', function () {
  this.timeout(60_000);
  for (const [id, oracle] of Object.entries(ORACLES)) {
    it(`${id}: the same on ${LENGTH / 1000} kB of varied text and ${STRINGS} hard strings`, async () => {
      const texts = [...FIXTURES, ...corpus(20_26, LENGTH), ...shortStrings(11, STRINGS)];
      const result = await compare(vocabulary(id), oracle(), texts);
      assert.deepEqual(result.differing.slice(0, 3), []);
      assert.ok(result.bytes > LENGTH);
    });
  }
});
