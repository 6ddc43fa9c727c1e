import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { OpenText } from '../../../server/workspace/openText.js';
import { editBetween, SegmentedText } from '../../../server/core/transcript/segmentedText.js';
import { mergeEdits } from '../../../server/workspace/sourceEdits.js';

const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', '\r\n', 'é', '\u2028', '😀'), maxLength: 30 });

const opened = (content: string) => ({ uri: 'file:///a', languageId: 'json', version: 1, text: content });

describe('an open text', () => {
  it('is what the editor has after any changes, with the same lines', () => {
    const change = fc.record({ from: fc.nat(40), length: fc.nat(6), text });
    fc.assert(
      fc.property(text, fc.array(change, { maxLength: 12 }), (start, changes) => {
        const ours = new OpenText(opened(start));
        let theirs = TextDocument.create('file:///a', 'json', 1, start);
        changes.forEach(({ from, length, text: inserted }, index) => {
          // A range of lines and characters, as the editor sends it.
          const range = { start: theirs.positionAt(from), end: theirs.positionAt(from + length) };
          const before = theirs.getText();
          theirs = TextDocument.update(theirs, [{ range, text: inserted }], index + 2);
          const edit = ours.apply([{ range, text: inserted }], index + 2)!;
          const after = theirs.getText();
          assert.equal(ours.source.toString(), after);
          assert.equal(before.slice(0, edit.start), after.slice(0, edit.start));
          assert.equal(before.slice(edit.oldEnd), after.slice(edit.newEnd));
        });
        assert.equal(ours.lineCount, theirs.lineCount);
        for (let line = 0; line <= theirs.lineCount; line++) {
          for (const character of [0, 1, 5, 99]) {
            assert.equal(ours.offsetAt({ line, character }), theirs.offsetAt({ line, character }));
          }
        }
        const whole = theirs.getText();
        for (let offset = 0; offset <= whole.length; offset++) {
          const inCrlf = whole[offset - 1] === '\r' && whole[offset] === '\n';
          if (!inCrlf) assert.deepEqual(ours.positionAt(offset), theirs.positionAt(offset));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('several changes are one edit that covers them', () => {
    const ours = new OpenText(opened('one two three'));
    const at = (start: number, end: number) => ({
      start: { line: 0, character: start },
      end: { line: 0, character: end },
    });
    const edit = ours.apply(
      [
        { range: at(8, 13), text: 'four' },
        { range: at(0, 3), text: 'zero' },
      ],
      2,
    );
    assert.equal(ours.source.toString(), 'zero two four');
    assert.deepEqual(edit, { start: 0, oldEnd: 13, newEnd: 13 });
  });

  it('a replacement of everything is the edit of what differs', () => {
    const ours = new OpenText(opened('one two three'));
    assert.deepEqual(ours.apply([{ text: 'one too three' }], 2), { start: 5, oldEnd: 6, newEnd: 6 });
    assert.equal(ours.apply([{ text: 'one too three' }], 3), null);
    assert.equal(ours.version, 3);
  });

  it('merged edits say what is unchanged before and after', () => {
    const edit = fc.record({ at: fc.nat(20), length: fc.nat(5), text });
    fc.assert(
      fc.property(text, edit, edit, (start, first, second) => {
        const apply = (source: string, { at, length, text: inserted }: typeof first) => {
          const from = Math.min(at, source.length);
          const to = Math.min(from + length, source.length);
          const after = source.slice(0, from) + inserted + source.slice(to);
          return { after, edit: { start: from, oldEnd: to, newEnd: from + inserted.length } };
        };
        const one = apply(start, first);
        const two = apply(one.after, second);
        const merged = mergeEdits(one.edit, two.edit);
        assert.equal(two.after.slice(0, merged.start), start.slice(0, merged.start));
        assert.equal(two.after.slice(merged.newEnd), start.slice(merged.oldEnd));
      }),
    );
  });

  it('the edit between two texts turns one into the other', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const edit = editBetween(before, after);
        const inserted = edit ? after.slice(edit.start, edit.newEnd) : '';
        const made = edit ? before.slice(0, edit.start) + inserted + before.slice(edit.oldEnd) : before;
        assert.equal(made, after);
      }),
    );
  });

  it('a text in segments slices as the whole does', () => {
    const edit = fc.record({ at: fc.nat(30), length: fc.nat(5), text });
    fc.assert(
      fc.property(text, fc.array(edit, { maxLength: 80 }), fc.nat(40), fc.nat(40), (start, edits, a, b) => {
        let source = SegmentedText.of(start);
        let whole = start;
        for (const { at, length, text: inserted } of edits) {
          const from = Math.min(at, whole.length);
          const to = Math.min(from + length, whole.length);
          source = source.replace(from, to, inserted);
          whole = whole.slice(0, from) + inserted + whole.slice(to);
        }
        assert.equal(source.length, whole.length);
        assert.equal(source.slice(Math.min(a, b), Math.max(a, b)), whole.slice(Math.min(a, b), Math.max(a, b)));
        assert.equal(source.slice(a), whole.slice(a));
        assert.equal(source.toString(), whole);
      }),
    );
  });
});
