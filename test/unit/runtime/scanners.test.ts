/** Each scanner beside the regular expression that it stands for. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { classOf } from '../../../server/runtime/bpe/charClasses.js';
import { deepseek, gpt2, gpt4, gpt4o, type Scanner } from '../../../server/runtime/bpe/scanners.js';
import { adversarial, corpus } from '../../support/tokens/corpus.js';
import { preTokens } from '../../support/tokens/preTokens.js';
import { seededRandom } from '../../support/tokens/random.js';

const SCANNERS: readonly (readonly [vocabulary: string, scan: Scanner])[] = [
  ['cl100k_base', gpt4(3)],
  ['qwen-3', gpt4(1)],
  ['o200k_base', gpt4o({ digits: 3, contractions: true })],
  ['tekken', gpt4o({ digits: 1, contractions: false })],
  ['r50k_base', gpt2],
  ['deepseek-v3', deepseek],
];

const NONE = 128;
const OF_ANY_CLASS = /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u;

/** Without what this JavaScript's Unicode knows and the references do not, and without lone surrogates. */
const known = (text: string): string =>
  [...Buffer.from(text).toString()]
    .map((char) => (char === 'ʕ' || (OF_ANY_CLASS.test(char) && classOf(char.codePointAt(0)!) === NONE) ? '' : char))
    .join('');

function scanned(scan: Scanner, text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = scan(text, at, text.length);
    assert.ok(end > at && end <= text.length, `no progress at ${at} of ${JSON.stringify(text)}`);
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

function assertSame(text: string): void {
  for (const [vocabulary, scan] of SCANNERS) {
    assert.deepEqual(scanned(scan, text), [...preTokens(vocabulary, text)], `${vocabulary}: ${JSON.stringify(text)}`);
  }
}

describe('scanners', () => {
  it('split varied text as the expressions do', () => {
    for (const text of corpus(31, 150_000)) assertSame(known(text));
  });

  it('split text that is made to break them as the expressions do', () => {
    const random = seededRandom(32);
    for (let round = 0; round < 1500; round++) assertSame(known(adversarial(random, 1 + random.int(14))));
  });

  it('split any text at all as the expressions do', () => {
    const char = fc.oneof(
      fc.constantFrom(...' \n\r\t/\'"aAzZsStT01٣²ǅʰªßİſ中のー・!?.€∑_<\u0301\u0903\u200b\u00ad\0\u0085\u3000😀𝒜𝟘'),
      fc.integer({ min: 0, max: 0x2fff }).map((code) => String.fromCodePoint(code)),
    );
    fc.assert(
      fc.property(fc.array(char, { maxLength: 12 }), (chars) => assertSame(known(chars.join('')))),
      { numRuns: 2000, seed: 5 },
    );
  });

  it('take lone surrogates for U+FFFD', () => {
    for (const [, scan] of SCANNERS) {
      for (const text of ['a\ud800b', '\udfff!', ' \ud83d ', '1\ud8002', '\ud800\n\n']) {
        const lengths = (whole: string): number[] => scanned(scan, whole).map((piece) => piece.length);
        assert.deepEqual(lengths(text), lengths(Buffer.from(text).toString()));
      }
    }
  });
});
