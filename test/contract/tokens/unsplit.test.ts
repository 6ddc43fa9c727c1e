import assert from 'node:assert/strict';
import { UNSPLIT, safeCutOf } from '../../../server/core/tokens/boundaries.js';
import { compare } from '../../support/tokens/compare.js';
import { corpus, shortStrings } from '../../support/tokens/corpus.js';
import { vocabulary } from '../../support/tokens/engines.js';
import { RECORDED, recordedIds } from '../../support/tokens/recorded.js';
import { unsplitOracle } from '../../support/tokens/unsplitOracle.js';

/** The reference is quadratic. */
const LONGEST = 600;

/** Texts that once differed or could. */
const FIXTURES = [
  'x \u2581\u2581 y',
  '  \u2581\u2581\u2581\u2581',
  '\u2581'.repeat(33) + 'a',
  ' '.repeat(70) + 'b',
  '\n'.repeat(40) + 'x',
  'a\r\n\r\nb\t\t c',
  '<table><b>x</b></table> <s>[toxicity]',
  '<unused3> <mask> <end_of_turn>',
  '\ud800 \u{1f9d1}\u{1f3ff}\u200d\u{1f680}',
];

const wellFormed = (text: string): string => Buffer.from(text).toString();

function* texts(): Generator<string, void> {
  yield* FIXTURES;
  for (const text of corpus(20_26, 200_000)) {
    const whole = [...text];
    for (let at = 0; at < whole.length; at += LONGEST) yield whole.slice(at, at + LONGEST).join('');
  }
  yield* shortStrings(11, 2_000);
}

describe('vocabularies that merge without splitting', function () {
  this.timeout(60_000);
  for (const id of RECORDED) {
    it(`${id}: the ids that SentencePiece itself gave`, () => {
      const recorded = recordedIds(id);
      assert.ok(recorded.length > 500);
      for (const [text, ids] of recorded) {
        assert.deepEqual([...vocabulary(id).encode(text)], ids, JSON.stringify(text));
      }
    });
  }

  for (const id of UNSPLIT) {
    it(`${id}: the ids of plain merging, on 200 kB of varied text and 2000 hard strings`, async () => {
      const result = await compare(vocabulary(id), unsplitOracle(id), texts());
      assert.deepEqual(result.differing.slice(0, 3), []);
      assert.ok(result.bytes > 200_000);
    });

    it(`${id}: counted apart at every safe cut, the ids of the whole`, () => {
      const isSafe = safeCutOf(id);
      const engine = vocabulary(id);
      let cuts = 0;
      for (const text of [...corpus(5, 60_000), ...shortStrings(3, 500)].map(wellFormed)) {
        const apart: number[] = [];
        for (let at = 0, start = 0; at < text.length; at++) {
          const ends = at + 1 === text.length || isSafe(text.charCodeAt(at), text.charCodeAt(at + 1));
          if (!ends) continue;
          for (const token of engine.encode(text.slice(start, at + 1))) apart.push(token);
          start = at + 1;
          cuts++;
        }
        assert.deepEqual(apart, [...engine.encode(text)], JSON.stringify(text).slice(0, 200));
      }
      assert.ok(cuts > 3_000);
    });

    it(`${id}: a megabyte without a cut takes about the time of prose`, () => {
      const time = (text: string): number => {
        const before = process.cpuUsage();
        vocabulary(id).count(text);
        const { user, system } = process.cpuUsage(before);
        return user + system;
      };
      const prose = 'The quick brown fox jumps over the lazy dog, and then some. '.repeat(3_400);
      time(prose);
      const usual = time(prose) * 5;
      for (const unit of ['a', ' ', '=', '中', 'ก']) assert.ok(time(unit.repeat(1_000_000)) < 20 * usual, unit);
    });
  }
});
