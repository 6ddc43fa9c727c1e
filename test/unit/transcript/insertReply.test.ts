import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FormatAdapter } from '../../../server/core/transcript/model.js';
import { adapterById } from '../../../server/core/transcript/registry.js';
import { chatJson, chatLines, DIALECT_JSON, messyText, textChat, runs } from '../../support/transcript/arbitraries.js';
import { FIXTURES, parse, said } from '../../support/transcript/fixtures.js';

/** Puts a reply in; null where the adapter declines. Checks that all else stays. */
function insert(adapter: FormatAdapter, text: string, place: number, turnPlace: number, reply: string): string | null {
  const before = parse(adapter, text);
  if (before.conversations.length === 0) return null;
  const index = place % before.conversations.length;
  const conversation = before.conversations[index]!;
  const turn = turnPlace % conversation.turns.length;
  const edit = adapter.insertReply!(text, conversation, turn, reply);
  if (!edit) return null;
  const after = text.slice(0, edit.offset) + edit.insert + text.slice(edit.offset);
  const expected = said(before);
  expected[index]!.splice(turn + 1, 0, `assistant: ${adapter.id === 'text-transcript' ? reply.trim() : reply}`);
  const parsed = parse(adapter, after);
  assert.deepEqual(said(parsed), expected);
  // A turn after a tool call makes it one that was left without a result; two answers in a row, the order wrong.
  const lasting = (problems: typeof before.problems): string[] =>
    problems.map(({ code }) => code).filter((code) => !/^(?:call-without-result|role-order)$/.test(code));
  assert.deepEqual(lasting(parsed.problems), lasting(before.problems));
  return after;
}

const FORMATS = [
  ['openai-chat', chatJson],
  ['json-lines', chatLines],
  ['text-transcript', textChat],
  ...DIALECT_JSON.filter(([id]) => adapterById(id)!.insertReply),
] as const;

describe('insertReply', () => {
  for (const [id, document] of FORMATS) {
    it(`${id}: the same turns, and the new one with exactly that text`, () => {
      let inserted = 0;
      fc.assert(
        fc.property(document, fc.nat(9), fc.nat(9), messyText, (text, place, turn, reply) => {
          if (insert(adapterById(id)!, text, place, turn, reply) !== null) inserted++;
        }),
        runs(100, 19),
      );
      assert.ok(inserted > 10, `only ${inserted} insertions`);
    });
  }

  it('works after every turn of a list in every sound fixture', () => {
    const unsound =
      /broken|half|batch|lone|open-fence|mistakes|completion|response\.|requests|text-input|mixed|preferences|arena|llm-log/;
    const merging = /^(?:anthropic-messages|openai-responses)$/;
    for (const { adapter, text, name } of FIXTURES) {
      // Prompt files have a test of their own.
      if (adapter.family === 'prompt-file') continue;
      if (unsound.test(name) || !adapter.insertReply) continue;
      parse(adapter, text, name).conversations.forEach((conversation, place) => {
        conversation.turns.forEach(({ role, roleRaw }, turn) => {
          // A system prompt beside the list; a reply that would be joined to another.
          if (roleRaw === '' && role === 'system') return;
          // Text may have its system prompt where no turn can follow it.
          // Two replies in a row are one to some markups.
          if (role === 'assistant' && adapter.family === 'rendered-template') return;
          if (role === 'system' && adapter.family !== 'chat-request' && adapter.family !== 'dataset') return;
          const beside = [role, conversation.turns[turn + 1]?.role].includes('assistant');
          if (merging.test(adapter.id) && beside) return;
          assert.ok(
            insert(adapter, text, place, turn, 'Yes.\n\n"Quite" \\ so: é 😀') !== null,
            `${name} after ${turn}`,
          );
        });
      });
    }
  });

  const layout = (id: string, text: string, reply = 'Hi.'): string => insert(adapterById(id)!, text, 0, 0, reply)!;

  it('keeps the layout of JSON', () => {
    assert.equal(
      layout('openai-chat', '[\r\n\t{\r\n\t\t"role": "user",\r\n\t\t"content": "a"\r\n\t}\r\n]'),
      '[\r\n\t{\r\n\t\t"role": "user",\r\n\t\t"content": "a"\r\n\t},\r\n\t{\r\n\t\t"role": "assistant",\r\n\t\t"content": "Hi."\r\n\t}\r\n]',
    );
    assert.equal(
      layout('openai-chat', '[{"role":"user","content":"a"}]'),
      '[{"role":"user","content":"a"},{"role":"assistant","content":"Hi."}]',
    );
    assert.equal(
      layout('openai-chat', '[\n  { "role": "user", "content": "a" }, // last\n]'),
      '[\n  { "role": "user", "content": "a" },\n  { "role": "assistant", "content": "Hi." }, // last\n]',
    );
  });

  it('keeps the layout of text', () => {
    assert.equal(
      layout('text-transcript', '## User\n\na\n\n## Tool\n\nb\n'),
      '## User\n\na\n\n## Assistant\n\nHi.\n\n## Tool\n\nb\n',
    );
    assert.equal(
      layout('text-transcript', 'USER: a\nASSISTANT: b\nUSER: c'),
      'USER: a\nASSISTANT: Hi.\nASSISTANT: b\nUSER: c',
    );
    assert.equal(layout('text-transcript', 'Q: a\n\nQ: b\nA: c'), 'Q: a\n\nA: Hi.\n\nQ: b\nA: c');
  });

  it('declines what cannot be written so that it reads back', () => {
    const text = '## User\n\na\n\n## Assistant\n\nb\n';
    const [conversation] = parse(adapterById('text-transcript')!, text).conversations;
    assert.equal(adapterById('text-transcript')!.insertReply!(text, conversation!, 1, 'x\n## User\ny'), null);
    const broken = '[{"role":"user","content":"a';
    const half = parse(adapterById('openai-chat')!, broken).conversations[0]!;
    assert.equal(adapterById('openai-chat')!.insertReply!(broken, half, 0, 'x'), null);
    const lone = '{"role":"user","content":"a"}';
    const single = parse(adapterById('openai-chat')!, lone).conversations[0]!;
    assert.equal(adapterById('openai-chat')!.insertReply!(lone, single, 0, 'x'), null);
  });
});
