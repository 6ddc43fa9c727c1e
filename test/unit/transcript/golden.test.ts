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

describe('valid chat JSON', () => {
  // JSON.parse is the referee: what it reads as content is what the adapter decodes.
  for (const { name, text } of FIXTURES.filter(
    ({ text: source, adapter }) => !/^(?:prompt-file|log-or-export)$/.test(adapter.family) && isJson(source),
  )) {
    it(`${name}: content as JSON.parse reads it`, () => {
      const adapter = FIXTURES.find((fixture) => fixture.name === name)!.adapter;
      const turns = parse(adapter, text).conversations.flatMap((conversation) => conversation.turns);
      const contents = turns.flatMap(({ pieces }) =>
        pieces.filter(({ kind }) => kind === 'text' || kind === 'toolResult').map((piece) => piece.text),
      );
      const wanted = contentsOf(JSON.parse(text));
      assert.deepEqual(contents, wanted);
    });
  }
});

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

/** Every text that a chat message of the value has, in order. */
function contentsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(contentsOf);
  if (typeof value !== 'object' || value === null) return [];
  const { messages, body, content, refusal } = value as Record<string, unknown>;
  if (messages !== undefined || body !== undefined) return contentsOf(messages ?? body);
  const parts = Array.isArray(content) ? content.map((part: { text?: string }) => part.text) : [content];
  return [...parts, refusal].filter((text) => typeof text === 'string');
}
