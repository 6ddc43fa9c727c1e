import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { JsonStringMap, decodeJsonString } from '../../../server/core/transcript/textMap.js';
import { decodedToSourceRanges, pieceRuns, sourceToDecodedRange } from '../../../server/core/transcript/textRanges.js';

/** The inside of a JSON string: raw characters and escapes, surrogate pairs in both forms. */
const inside = fc
  .array(fc.constantFrom('a', 'é', '日', '😀', '\\n', '\\"', '\\u00e9', '\\ud83d\\ude00', '\\\\', 'word ', '\\u65e5'), {
    maxLength: 30,
  })
  .map((parts) => parts.join(''));

const START = 100;
const runsOf = (source: string) =>
  pieceRuns({ spans: [{ start: START, end: START + source.length }], map: new JsonStringMap(source) });

describe('ranges between a piece and its source', () => {
  it('map a range to escapes and characters that decode to it', () => {
    fc.assert(
      fc.property(inside, fc.nat(40), fc.nat(40), (source, a, b) => {
        const points = [...decodeJsonString(source)];
        const [from, to] = [Math.min(a, b, points.length), Math.min(Math.max(a, b), points.length)];
        const start = points.slice(0, from).join('').length;
        const end = points.slice(0, to).join('').length;
        const ranges = decodedToSourceRanges(runsOf(source), { start, end });
        const written = ranges.map((range) => source.slice(range.start - START, range.end - START)).join('');
        assert.equal(decodeJsonString(written), points.slice(from, to).join(''));
        assert.ok(ranges.length <= 1, 'one string is one range');
        if (from === to) return;
        assert.deepEqual(sourceToDecodedRange(runsOf(source), ranges[0]!), { start, end });
      }),
    );
  });

  it('take an escape whole that a selection cuts', () => {
    const source = 'x\\u00e9y';
    const runs = runsOf(source);
    assert.deepEqual(sourceToDecodedRange(runs, { start: START + 3, end: START + 4 }), { start: 1, end: 2 });
    assert.deepEqual(sourceToDecodedRange(runs, { start: START, end: START + 2 }), { start: 0, end: 2 });
    assert.equal(sourceToDecodedRange(runs, { start: 0, end: START }), null);
    assert.equal(sourceToDecodedRange(runs, { start: START + source.length, end: START + 50 }), null);
  });

  it('leave out what stands between the spans of a piece', () => {
    const spans = [
      { start: 10, end: 13 },
      { start: 20, end: 24 },
      { start: 30, end: 31 },
    ];
    const runs = pieceRuns({ spans });
    assert.deepEqual(decodedToSourceRanges(runs, { start: 2, end: 8 }), [
      { start: 12, end: 13 },
      { start: 20, end: 24 },
      { start: 30, end: 31 },
    ]);
    assert.deepEqual(sourceToDecodedRange(runs, { start: 11, end: 22 }), { start: 1, end: 5 });
    assert.deepEqual(sourceToDecodedRange(runs, { start: 11, end: 18 }), { start: 1, end: 3 });
    assert.equal(sourceToDecodedRange(runs, { start: 13, end: 20 }), null);
  });
});
