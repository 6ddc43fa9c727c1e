import assert from 'node:assert/strict';
import { drain } from '../../../server/core/transcript/parseTranscript.js';
import { adapterById } from '../../../server/core/transcript/registry.js';
import { FIXTURES, said } from '../../support/transcript/fixtures.js';
import { assertSound } from '../../support/transcript/sound.js';

const textOf = (name: string): string => FIXTURES.find((fixture) => fixture.name === name)!.text;

describe('exports and logs', () => {
  it('chatgpt-export: every branch is a conversation of its own on request', () => {
    const text = textOf('chatgpt-export/branches/conversations-001.json');
    const all = drain(adapterById('chatgpt-export')!.parse(text, { path: '', branches: 'all' }));
    assert.deepEqual(said(all), [
      ['user: Name a river', 'assistant: The Rhône.', 'user: Longer?'],
      ['user: Name a river', 'assistant: The Elbe.'],
      ['user: Name a lake', 'assistant: Saimaa.'],
    ]);
    assert.deepEqual(
      all.conversations.map(({ id, otherBranches }) => [id, otherBranches]),
      [
        ['c-u2', undefined],
        ['c-u2~1', undefined],
        ['c-u2~2', undefined],
      ],
    );
    assertSound(text, all);
  });

  it('chatgpt-export: a graph that runs in a circle ends', () => {
    const node = (parent: string) => ({
      message: { author: { role: 'user' }, content: { parts: ['x'] }, weight: 1 },
      parent,
      children: [],
    });
    const text = JSON.stringify([{ mapping: { a: node('b'), b: node('a') }, current_node: 'a' }]);
    assert.deepEqual(said(drain(adapterById('chatgpt-export')!.parse(text))), [['user: x', 'user: x']]);
  });

  it('claude-export: the branch with the last message is shown, every one on request', () => {
    const text = textOf('claude-export/branches/conversations.json');
    const all = drain(adapterById('claude-export')!.parse(text, { path: '', branches: 'all' }));
    assert.deepEqual(
      all.conversations.map(({ id, otherBranches }) => [id, otherBranches]),
      [
        ['c1', undefined],
        ['c1~1', undefined],
        ['c1~2', undefined],
        ['c2', undefined],
        ['c2~1', undefined],
        ['c3', undefined],
      ],
    );
    assert.deepEqual(said(all)[2], [
      'user: Name a knot.',
      'assistant: A bowline.',
      'user: How is it tied?',
      'assistant: Make a loop, then go through it.',
    ]);
    assertSound(text, all);
  });

  it('claude-export: messages that follow each other in a circle end', () => {
    const message = (uuid: string, parent: string) => ({
      uuid,
      parent_message_uuid: parent,
      sender: 'human',
      text: uuid,
    });
    const text = JSON.stringify([{ chat_messages: [message('a', 'b'), message('b', 'a'), message('c', 'b')] }]);
    assert.equal(drain(adapterById('claude-export')!.parse(text)).conversations.length, 1);
  });

  it('copilot-chat: a log of changes is what it adds up to', () => {
    const adapter = adapterById('copilot-chat')!;
    const lines = [
      { kind: 0, v: { sessionId: 's', requests: [] } },
      { kind: 2, k: ['requests'], v: [{ requestId: 'r', message: { text: 'a' }, response: [{ value: 'old' }] }] },
      { kind: 1, k: ['requests', 0, 'response'], v: [{ value: 'b' }] },
      { kind: 1, k: ['requests', 7, 'response'], v: [{ value: 'nowhere' }] },
      { kind: 2, k: ['requests', 0, 'response', 'x'], v: [{ value: 'nowhere' }] },
    ];
    const text = lines.map((line) => JSON.stringify(line)).join('\n');
    const parsed = drain(adapter.parse(text));
    assert.deepEqual(said(parsed), [['user: a', 'assistant: b']]);
    assertSound(text, parsed);
  });

  it('none can be written to', () => {
    for (const { adapter } of FIXTURES) if (adapter.family === 'log-or-export') assert.equal(adapter.writable, false);
  });
});
