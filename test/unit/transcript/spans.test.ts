import assert from 'node:assert/strict';
import type { Conversation } from '../../../server/core/transcript/model.js';
import { shiftConversation } from '../../../server/core/transcript/spans.js';

const span = (start: number, end: number) => ({ start, end });

describe('shiftConversation', () => {
  it('moves every range and keeps every fact', () => {
    const before: Conversation = {
      id: 'a',
      title: 'A picture',
      span: span(0, 50),
      turns: [
        {
          index: 0,
          role: 'user',
          roleRaw: 'user',
          span: span(0, 20),
          roleSpan: span(0, 4),
          name: 'Ada',
          pieces: [{ kind: 'image', spans: [span(5, 9)], text: '', media: { detail: 'low' } }],
          reported: { input: 90, output: 3 },
        },
      ],
      model: { id: 'm', span: span(30, 31) },
      tools: { kind: 'text', spans: [span(32, 34)], text: '[]' },
      parameters: { maxTokens: 9 },
      hidden: [{ what: 'an include', span: span(40, 45) }],
      otherBranches: 2,
    };
    const after = shiftConversation(before, 100);
    const numbers = /"(start|end)":(\d+)/g;
    assert.equal(
      JSON.stringify(after),
      JSON.stringify(before).replace(numbers, (_, key: string, value: string) => `"${key}":${Number(value) + 100}`),
    );
  });
});
