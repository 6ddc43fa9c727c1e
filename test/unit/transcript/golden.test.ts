import assert from 'node:assert/strict';
import fs from 'node:fs';
import { FORMATS } from '../../../server/core/transcript/registry.js';
import { FIXTURES, parse, plain } from '../../support/transcript/fixtures.js';

describe('transcript fixtures', () => {
  for (const { name, text, adapter, expectedFile } of FIXTURES) {
    it(`${name}: roles, ranges, decoded texts and problems`, () => {
      const found = plain(text, parse(adapter, text, name));
      // UPDATE_GOLDEN=1 writes the files, to be read before they are committed.
      if (process.env['UPDATE_GOLDEN']) fs.writeFileSync(expectedFile, JSON.stringify(found, null, 1) + '\n');
      assert.deepEqual(found, JSON.parse(fs.readFileSync(expectedFile, 'utf8')));
    });
  }

  it('every adapter has five fixtures or more', () => {
    for (const { id } of FORMATS) {
      assert.ok(FIXTURES.filter(({ adapter }) => adapter.id === id).length >= 5, id);
    }
  });
});

describe('valid JSON', () => {
  // JSON.parse is the referee: what it reads as content is what the adapter decodes, nothing added and nothing lost.
  for (const { name, text, adapter } of FIXTURES.filter(
    ({ text: source, adapter: { family } }) => !/^(?:prompt-file|log-or-export)$/.test(family) && isJson(source),
  )) {
    it(`${name}: content as JSON.parse reads it`, () => {
      const value: unknown = JSON.parse(text);
      const pieces = parse(adapter, text, name).conversations.flatMap(({ turns }) =>
        turns.flatMap((turn) => turn.pieces),
      );
      const isText = (kind: string): boolean => kind !== 'image' && kind !== 'audio';
      const decoded = new Set(pieces.filter(({ kind }) => isText(kind)).map((piece) => piece.text));
      const known = new Set<string>();
      collect(value, known);
      for (const each of decoded) {
        const isKnown = known.has(each) || (isJson(each) && known.has(JSON.stringify(JSON.parse(each))));
        const isPart = adapter.id === 'tagged-text' || name.includes('tagged');
        assert.ok(isKnown || (isPart && [...known].some((whole) => whole.includes(each))), `not in the file: ${each}`);
      }
      if (/mistakes|tagged/.test(name)) return;
      for (const each of contentsOf(value)) assert.ok(decoded.has(each), `lost: ${each}`);
    });
  }
});

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

/** Every string of a value, and every object and list as JSON. */
function collect(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') into.add(value);
  if (typeof value !== 'object' || value === null) return;
  into.add(JSON.stringify(value));
  for (const inner of Object.values(value)) collect(inner, into);
}

/** Keys whose strings are content wherever they stand, and keys below which nothing is. */
const CONTENT_KEYS =
  /^(?:content|text|refusal|thinking|value|instruction|instructions|completion|arguments|stdout|code)$/;
const OTHER_KEYS = /^(?:prediction|tools|metadata|error|response_format|citations|args|input_schema)$/;
const LIST_KEYS = /^(?:data|history)$/;

/** Every string that is content for certain, by its key alone. Summaries of reasoning give way to its text. */
function contentsOf(value: unknown, isList = false): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => (typeof item === 'string' && isList ? [item] : contentsOf(item, isList)));
  }
  if (typeof value !== 'object' || value === null) return [];
  // A part that is no text, wherever it has its file.
  if ('type' in value && /image|audio|video/.test(String(value.type))) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (OTHER_KEYS.test(key)) return [];
    if (typeof inner === 'string') return CONTENT_KEYS.test(key) && inner !== '' ? [inner] : [];
    return contentsOf(inner, LIST_KEYS.test(key));
  });
}
