import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ContentPiece } from '../../../server/core/transcript/model.js';
import { adapterById } from '../../../server/core/transcript/registry.js';
import { decodedToSource, decodeJsonString, sourceToDecoded } from '../../../server/core/transcript/textMap.js';
import { messyText, runs } from '../../support/transcript/arbitraries.js';
import { parse } from '../../support/transcript/fixtures.js';

const contentOf = (json: string): ContentPiece =>
  parse(adapterById('openai-chat')!, `[{"role":"user","content":${json}}]`).conversations[0]!.turns[0]!.pieces[0]!;

describe('text map', () => {
  it('decodes as JSON.parse does, lone surrogates too', () => {
    fc.assert(
      fc.property(messyText, fc.boolean(), (text, ascii) => {
        const json = JSON.stringify(text);
        const escaped = ascii
          ? json.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          : json;
        assert.equal(decodeJsonString(escaped.slice(1, -1)), text);
      }),
      runs(300, 2),
    );
  });

  it('maps there and back; slices between mapped places decode to the text between', () => {
    fc.assert(
      fc.property(messyText, fc.nat(40), fc.nat(40), (text, a, b) => {
        const json = JSON.stringify(text);
        const source = `[{"role":"user","content":${json}}]`;
        const piece = contentOf(json);
        const [from, to] = [Math.min(a, b, text.length), Math.min(Math.max(a, b), text.length)];
        const [start, end] = [decodedToSource(piece, from), decodedToSource(piece, to)];
        if (JSON.parse(`"${source.slice(start, end)}"`) !== text.slice(from, to))
          assert.ok(splitsPair(text, from) || splitsPair(text, to));
        if (!splitsPair(text, from)) assert.equal(sourceToDecoded(piece, start), from);
      }),
      runs(300, 4),
    );
  });

  it('one surrogate pair written as two escapes maps as a whole', () => {
    const piece = contentOf('"a\\ud83d\\ude00b"');
    const { start } = piece.spans[0]!;
    assert.equal(piece.text, 'a😀b');
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((offset) => decodedToSource(piece, offset) - start),
      [0, 1, 1, 13, 14],
    );
    assert.deepEqual(
      [0, 1, 5, 12, 13, 14].map((offset) => sourceToDecoded(piece, start + offset)),
      [0, 1, 1, 1, 3, 4],
    );
  });

  it('no map where the text is the source', () => {
    assert.equal(contentOf('"plain é 😀"').map, undefined);
  });

  it('an escape that is none stays as it is, and is one problem', () => {
    const { conversations, problems } = parse(adapterById('openai-chat')!, '[{"role":"user","content":"a\\qb\\u12"}]');
    assert.equal(conversations[0]!.turns[0]!.pieces[0]!.text, 'a\\qb\\u12');
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['json-syntax', 'json-syntax'],
    );
  });

  it('walks the spans of a piece that is cut', () => {
    const piece: ContentPiece = {
      kind: 'text',
      spans: [
        { start: 10, end: 13 },
        { start: 20, end: 22 },
      ],
      text: 'abcde',
    };
    assert.deepEqual(
      [0, 2, 3, 4, 5].map((offset) => decodedToSource(piece, offset)),
      [10, 12, 20, 21, 22],
    );
    assert.deepEqual(
      [10, 13, 15, 20, 21, 22].map((offset) => sourceToDecoded(piece, offset)),
      [0, 3, 3, 3, 4, 5],
    );
  });
});

const splitsPair = (text: string, at: number): boolean =>
  /[\ud800-\udbff]/.test(text[at - 1] ?? '') && /[\udc00-\udfff]/.test(text[at] ?? '');
