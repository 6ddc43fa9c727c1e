import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  GPT2_SPLIT,
  UNSPLIT,
  isSafeBoundary,
  safeCutOf,
  type SafeCut,
} from '../../../server/core/tokens/boundaries.js';
import { VOCABULARIES } from '../../../server/core/tokens/catalog.js';
import { preTokens } from '../../support/tokens/preTokens.js';
import { toNfc } from '../../../server/runtime/bpe/normalize.js';
import { adversarial, corpus } from '../../support/tokens/corpus.js';
import { seededRandom } from '../../support/tokens/random.js';

/** The safe cuts of a text. */
function cutsOf(text: string, isSafe: SafeCut = isSafeBoundary): number[] {
  const cuts: number[] = [];
  for (let at = 1; at < text.length; at++) {
    if (isSafe(text.charCodeAt(at - 1), text.charCodeAt(at))) cuts.push(at);
  }
  return cuts;
}

function partsOf(text: string, isSafe: SafeCut): string[] {
  const cuts = cutsOf(text, isSafe);
  return [0, ...cuts].map((start, index) => text.slice(start, cuts[index] ?? text.length));
}

/** Fails unless the pre-tokens of the parts are the pre-tokens of the whole, for every vocabulary. */
function assertSafe(text: string): void {
  for (const vocabulary of VOCABULARIES.filter((id) => !UNSPLIT.has(id))) {
    const parts = partsOf(text, safeCutOf(vocabulary));
    const whole = [...preTokens(vocabulary, text)];
    const apart = parts.flatMap((part) => [...preTokens(vocabulary, part)]);
    assert.deepEqual(apart, whole, `${vocabulary}: ${JSON.stringify(text)}`);
  }
  assert.equal(partsOf(text, isSafeBoundary).map(toNfc).join(''), toNfc(text));
}

describe('safe boundaries', () => {
  it('cut no pre-token of any encoding, in text made to break them', () => {
    const random = seededRandom(7);
    for (let round = 0; round < 300; round++) assertSafe(adversarial(random, 30));
  });

  it('cut no pre-token in prose, code and JSON, and are frequent there', () => {
    for (const text of corpus(11, 100_000)) assertSafe(text);
    assert.ok(cutsOf('To be, or not to be: that is the question.\nWhether').length >= 10);
    assert.ok(cutsOf('今天天气很好，我们出去走走。明天呢').length >= 2);
  });

  it('hold for any text at all', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 });
    fc.assert(
      fc.property(units, fc.constantFrom('\n', ' ', 'a ', '. ', 'a'), (codes, glue) =>
        assertSafe(codes.map((code) => String.fromCharCode(code)).join(glue)),
      ),
    );
  });

  it('are fewer for vocabularies that split nothing: no mark after a letter', () => {
    for (const vocabulary of VOCABULARIES) {
      const isSafe = safeCutOf(vocabulary);
      const cut = (pair: string): boolean => isSafe(pair.charCodeAt(0), pair.charCodeAt(1));
      assert.deepEqual([cut('a '), cut('ab'), cut('\n\n')], [true, false, false], vocabulary);
      assert.equal(cut('\nb'), !GPT2_SPLIT.has(vocabulary), vocabulary);
      assert.equal(cut('a\n'), GPT2_SPLIT.has(vocabulary), vocabulary);
      assert.equal(cut('a.'), !UNSPLIT.has(vocabulary), vocabulary);
    }
  });

  it('are none inside the added tokens that vocabularies keep', () => {
    for (const token of [
      '<tool_call>',
      '</tool_response>',
      '<think>',
      '<|fim_prefix|>',
      '<|repo_name|>',
      '<|file_sep|>',
    ]) {
      assert.deepEqual(cutsOf(token), [], token);
    }
  });
});
