import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLineIndex } from '../../../server/core/transcript/lineIndex.js';
import { applyPlan, editPlan, fraction, runs } from '../../support/transcript/arbitraries.js';

const text = fc
  .array(fc.constantFrom('a', 'bc', '\n', '\r', '\r\n', '\u2028', '😀'), { maxLength: 14 })
  .map((scraps) => scraps.join(''));
const edit = fc.record({ at: fraction, remove: fc.nat(4), insert: text });

/** The plain way: split, and count. */
function positionByHand(source: string, offset: number): { line: number; character: number } {
  const starts = [0, ...[...source.matchAll(/\r\n|\n|\r/g)].map((match) => match.index + match[0].length)];
  const line = starts.filter((start) => start <= offset).length - 1;
  return { line, character: offset - starts[line]! };
}

describe('line index', () => {
  it('counts LF, CRLF and lone CR as line ends, U+2028 not', () => {
    const index = createLineIndex('a\nb\r\nc\rd\u2028e');
    assert.equal(index.lineCount, 4);
    assert.deepEqual(index.positionAt(5), { line: 2, character: 0 });
    assert.deepEqual(index.positionAt(9), { line: 3, character: 2 });
    assert.equal(index.offsetAt({ line: 1, character: 99 }), 3, 'clamped before CRLF');
    assert.equal(index.offsetAt({ line: 9, character: 0 }), 10);
    assert.deepEqual(createLineIndex('').positionAt(5), { line: 0, character: 0 });
  });

  it('positions are those of a plain count, and lead back', () => {
    fc.assert(
      fc.property(text, (source) => {
        const index = createLineIndex(source);
        for (let offset = 0; offset <= source.length; offset++) {
          const position = index.positionAt(offset);
          assert.deepEqual(position, positionByHand(source, offset));
          const inLineEnd = source[offset] === '\n' && source[offset - 1] === '\r';
          if (!inLineEnd) assert.equal(index.offsetAt(position), offset);
        }
      }),
      runs(300, 1),
    );
  });

  it('updated after edits as if made anew', () => {
    fc.assert(
      fc.property(text, fc.array(fc.oneof(edit, editPlan), { minLength: 1, maxLength: 4 }), (source, plans) => {
        let before = source;
        let index = createLineIndex(source);
        for (const plan of plans) {
          const { after, edit: made } = applyPlan(before, plan);
          index = index.updated(after, made);
          const fresh = createLineIndex(after);
          assert.equal(index.lineCount, fresh.lineCount, JSON.stringify([before, after]));
          for (let offset = 0; offset <= after.length; offset++) {
            assert.deepEqual(
              index.positionAt(offset),
              fresh.positionAt(offset),
              JSON.stringify([before, after, offset]),
            );
          }
          before = after;
        }
      }),
      runs(400, 6),
    );
  });
});
