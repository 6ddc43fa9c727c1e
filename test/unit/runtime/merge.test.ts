/** Merging beside the plainest way to do it, over vocabularies made at random. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Merger } from '../../../server/runtime/bpe/merge.js';
import { TokenTable } from '../../../server/runtime/bpe/tokenTable.js';
import { mergesOf } from '../../../server/runtime/bpe/tokenizer.js';

/** Letters a to d, and every token of two or more of them that `tokens` names, in that order. */
function tableOf(tokens: readonly string[]): TokenTable {
  const all = [...new Set(['a', 'b', 'c', 'd', ...tokens])];
  return new TokenTable(
    Buffer.from(all.join('')),
    Uint16Array.from(all, (token) => token.length),
  );
}

function plainly(table: TokenTable, text: string): number[] {
  const rankOf = (part: string): number => table.rankOf(Buffer.from(part), 0, part.length);
  const parts = [...text];
  for (;;) {
    let best = -1;
    let rank = Infinity;
    for (let at = 0; at + 1 < parts.length; at++) {
      const merged = rankOf(parts[at]! + parts[at + 1]!);
      if (merged >= 0 && merged < rank) {
        best = at;
        rank = merged;
      }
    }
    if (best < 0) return parts.map(rankOf);
    parts.splice(best, 2, parts[best]! + parts[best + 1]!);
  }
}

function merged(table: TokenTable, text: string): number[] {
  const merger = new Merger(mergesOf(table, table.breaksOrder()));
  const bytes = Buffer.from(text);
  merger.reserve(bytes.length);
  for (let at = 0; at < bytes.length; at++) {
    merger.starts[at] = at;
    merger.symbols[at] = table.rankOf(bytes, at, at + 1);
  }
  merger.starts[bytes.length] = bytes.length;
  const count = merger.merge(bytes, bytes.length);
  assert.equal(merger.starts[count], bytes.length);
  return [...merger.symbols.subarray(0, count)];
}

const letters = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength, maxLength }).map((all) => all.join(''));

describe('merging', () => {
  it('is that of the plainest way, for short and long pieces and tokens in any order', () => {
    const tokens = fc.array(letters(2, 6), { maxLength: 40 });
    const text = fc.oneof(
      letters(1, 40),
      letters(100, 300),
      letters(1, 3).map((unit) => unit.repeat(120)),
    );
    fc.assert(
      fc.property(tokens, text, (made, source) => {
        const table = tableOf(made);
        assert.deepEqual(merged(table, source), plainly(table, source));
      }),
      { numRuns: 600, seed: 9 },
    );
  });

  it('is used again and again without a trace of what came before', () => {
    const table = tableOf(['ab', 'ba', 'aba', 'abab', 'cd', 'dcd']);
    const merger = new Merger(mergesOf(table, table.breaksOrder()));
    const run = (text: string): number[] => {
      const bytes = Buffer.from(text);
      merger.reserve(bytes.length);
      bytes.forEach((_, at) => {
        merger.starts[at] = at;
        merger.symbols[at] = table.rankOf(bytes, at, at + 1);
      });
      merger.starts[bytes.length] = bytes.length;
      return [...merger.symbols.subarray(0, merger.merge(bytes, bytes.length))];
    };
    for (const text of ['ab'.repeat(100), 'abcd'.repeat(30), 'd', 'cd'.repeat(200), 'ab'.repeat(100)]) {
      assert.deepEqual(run(text), plainly(table, text));
    }
  });
});
