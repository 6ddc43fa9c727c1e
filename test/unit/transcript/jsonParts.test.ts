import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SourceEdit } from '../../../server/core/transcript/model.js';
import { JsonParts } from '../../../server/core/transcript/jsonParts.js';
import { editBetween, joinTexts, partOf, SegmentedText } from '../../../server/core/transcript/segmentedText.js';
import { decodedIn, JsonStringMap, sourceIn } from '../../../server/core/transcript/textMap.js';

/** Source of JSON strings, thick with escapes and surrogates; some runs are longer than a segment. */
const unit = fc.constantFrom(
  'a',
  'é',
  ' ',
  '\\n',
  '\\\\',
  '\\"',
  '\\u00e9',
  '\\ud83d',
  '\\ude00',
  '😀',
  'word '.repeat(500),
);
const inside = fc.array(unit, { maxLength: 60 }).map((units) => units.join(''));
/** What is typed, also what makes it no string. */
const typed = fc.constantFrom('', 'x', '\\n', '\\', '"', '\n', '\\u00', '\\ud83d', '\\ude00', 'long '.repeat(1000));
const edits = fc.array(fc.record({ at: fc.nat(1_000_000), remove: fc.nat(7), insert: typed }), { maxLength: 12 });

const places = fc.array(fc.nat(1_000_000), { maxLength: 20 });

/** The decoded inside of a JSON string; null where it is none. */
function decoded(source: string): string | null {
  try {
    return JSON.parse(`"${source}"`) as string;
  } catch {
    return null;
  }
}

describe('a JSON string in parts', () => {
  it('is after any edits what decoding the whole gives, places included', () => {
    fc.assert(
      fc.property(inside, edits, places, (start, changes, asked) => {
        let source = start;
        let parts = JsonParts.of(source)!;
        for (const { at, remove, insert } of changes) {
          const from = at % (source.length + 1);
          const to = Math.min(source.length, from + remove);
          const edited = source.slice(0, from) + insert + source.slice(to);
          const next = parts.replace(from, to, insert);
          assert.equal(next?.text.toString() ?? null, decoded(edited));
          if (!next) continue;
          [source, parts] = [edited, next];
        }
        const whole = parts.text.toString();
        const runs = whole.length === source.length ? undefined : new JsonStringMap(source).runs;
        assert.deepEqual(parts.map?.runs, runs);
        const map = runs ?? new JsonStringMap(source).runs;
        for (const place of asked) {
          const offset = place % (source.length + 1);
          assert.equal(parts.toDecoded(offset), decodedIn(map, offset));
          if (offset <= whole.length) assert.equal(parts.toSource(offset), sourceIn(map, offset));
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Where texts repeat themselves there are several edits; each leaves the same before and behind it. */
function assertEdit(before: string, after: string, edit: SourceEdit | null): void {
  if (!edit) return assert.equal(before, after);
  assert.equal(before.slice(0, edit.start), after.slice(0, edit.start));
  assert.equal(before.slice(edit.oldEnd), after.slice(edit.newEnd));
  assert.notEqual(before, after);
  assert.ok(edit.start <= Math.min(edit.oldEnd, edit.newEnd));
}

describe('an edit at the end of a part', () => {
  it('takes a backslash with what follows it in the next part', () => {
    for (const ends of ['', '\\\\\\\\\\\\\\\\']) {
      const source = `${'a'.repeat(1024 - ends.length)}${ends}${'n'.repeat(3000)}`;
      for (let at = 1000; at < 1060; at++) {
        for (const typed of ['\\', '\\\\', 'x']) {
          const next = JsonParts.of(source)!.replace(at, at, typed);
          assert.equal(next?.text.toString() ?? null, decoded(source.slice(0, at) + typed + source.slice(at)));
        }
      }
    }
  });
});

describe('places in a JSON string in parts', () => {
  it('takes a pair of escapes that stands in two parts as one character', () => {
    // Parts that end in the first half of a pair, wherever they are cut.
    const source = '\\ud83d\\ude00'.repeat(100);
    for (const lead of [0, 1, 5, 6, 7, 11]) {
      const whole = 'x'.repeat(lead) + source;
      const parts = JsonParts.of(whole)!;
      const { runs } = new JsonStringMap(whole);
      for (let offset = 0; offset <= whole.length; offset++) {
        assert.equal(parts.toDecoded(offset), decodedIn(runs, offset));
        if (offset <= parts.text.length) assert.equal(parts.toSource(offset), sourceIn(runs, offset));
      }
    }
  });
});

describe('a text in segments', () => {
  it('has the same edits, parts and joins as a string', () => {
    fc.assert(
      fc.property(inside, edits, fc.nat(1_000_000), fc.nat(1_000_000), (start, changes, a, b) => {
        let whole = start;
        let text = SegmentedText.of(whole);
        for (const { at, remove, insert } of changes) {
          const from = at % (whole.length + 1);
          const to = Math.min(whole.length, from + remove);
          const [edited, next] = [whole.slice(0, from) + insert + whole.slice(to), text.replace(from, to, insert)];
          assertEdit(whole, edited, editBetween(text, next));
          assertEdit(whole, edited, editBetween(text, edited));
          [whole, text] = [edited, next];
        }
        const [from, to] = [a % (whole.length + 1), b % (whole.length + 1)].sort((x, y) => x - y) as [number, number];
        assert.equal(partOf(text, from, to).toString(), whole.slice(from, to));
        assert.equal(joinTexts('<', text, '>').slice(0), `<${whole}>`);
      }),
      { numRuns: 300 },
    );
  });
});
