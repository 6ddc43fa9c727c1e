import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BlockList } from '../../../server/core/transcript/blockList.js';

/** Items of two kinds and several lengths, so that much is the same by chance. */
const items = fc.array(fc.constantFrom('a', 'b', 'aa', 'word'), { maxLength: 150 });
const splices = fc.array(fc.record({ at: fc.nat(1000), remove: fc.nat(80), items }), { maxLength: 12 });

const itemsOf = <T extends { length: number }>(list: BlockList<T>): T[] => [...list.from(0)];
const lengthOf = (list: readonly string[]): number => list.reduce((sum, { length }) => sum + length, 0);

/** An edit of a list of strings that replaces at least one item, if there is one. */
function spliced(list: BlockList<string>, plain: readonly string[], at: number, remove: number, add: string[]) {
  const first = at % Math.max(1, plain.length);
  const last = Math.min(plain.length - 1, first + remove);
  const next = plain.length === 0 ? add : [...plain.slice(0, first), ...add, ...plain.slice(last + 1)];
  return [list.splice(first, last, add), next] as const;
}

describe('a list in blocks', () => {
  it('is after any edits the list that an array would be', () => {
    fc.assert(
      fc.property(items, splices, (start, edits) => {
        let [list, plain]: readonly [BlockList<string>, readonly string[]] = [BlockList.of(start), start];
        for (const { at, remove, items: add } of edits) {
          const before = list;
          const kept = itemsOf(before);
          [list, plain] = spliced(list, plain, at, remove, add);
          assert.deepEqual(itemsOf(list), plain);
          assert.deepEqual(itemsOf(before), kept);
          assert.deepEqual([list.count, list.length], [plain.length, lengthOf(plain)]);
          const [head, tail] = BlockList.common(before, list);
          const [a, b] = [kept.join(''), plain.join('')];
          assert.ok(head + tail <= Math.min(a.length, b.length));
          assert.equal(a.slice(0, head), b.slice(0, head));
          assert.equal(a.slice(a.length - tail), b.slice(b.length - tail));
        }
        let [index, offset] = [0, 0];
        for (const item of plain) {
          for (let unit = 0; unit < item.length; unit++) {
            assert.deepEqual(list.at(offset + unit), { item, index, start: offset });
          }
          [index, offset] = [index + 1, offset + item.length];
        }
        assert.equal(list.at(offset)?.index, plain.length === 0 ? undefined : plain.length - 1);
        assert.deepEqual(itemsOf(BlockList.join([list, BlockList.of(start), list])), [...plain, ...start, ...plain]);
      }),
      { numRuns: 200 },
    );
  });

  it('has all in common but the blocks of one edit', () => {
    const many = Array.from({ length: 2000 }, (_, index) => String(index));
    const list = BlockList.of(many);
    const edited = list.splice(1000, 1000, ['new', 'items']);
    const before = lengthOf(many.slice(0, 1000));
    assert.deepEqual(BlockList.common(list, edited), [before, list.length - before - '1000'.length]);
    assert.deepEqual(BlockList.common(list, list), [list.length, 0]);
  });

  it('keeps sums of what is known, and asks for the rest', () => {
    interface Item {
      readonly length: number;
      value: number | null;
    }
    const value = (item: Item): number | null => item.value;
    const item = (): Item => ({ length: 2, value: null });
    let list = BlockList.of(Array.from({ length: 100 }, item));
    assert.equal(list.sum(value), null);
    assert.equal(list.unsummed().length, 100);
    for (const { item: each, start } of list.unsummed()) each.value = start;
    assert.equal(list.sum(value), 9900);
    assert.deepEqual(list.unsummed(), []);
    list = list.splice(50, 50, [item()]);
    assert.equal(list.sum(value), null);
    const missing = list.unsummed().filter((place) => place.item.value === null);
    assert.deepEqual([missing.length, missing[0]!.index, missing[0]!.start], [1, 50, 100]);
    missing[0]!.item.value = 7;
    assert.equal(list.sum(value), 9900 - 100 + 7);
  });
});
