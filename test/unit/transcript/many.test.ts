import assert from 'node:assert/strict';
import { adapterById } from '../../../server/core/transcript/registry.js';
import { parse } from '../../support/transcript/fixtures.js';

/** More than the arguments that a call may have, and so many that time that grows with their square would be felt. */
const MANY = 130_000;

const list = (one: string): string => Array<string>(MANY).fill(one).join(',');

const FILES: readonly (readonly [what: string, format: string, text: string, turns: number])[] = [
  ['requests of a session', 'copilot-chat', `{"requests":[${list('{"message":"a","response":[{"value":"b"}]}')}]}`, 2],
  ['rows of a data set', 'alpaca', `[${list('{"instruction":"a","output":"b"}')}]`, 2],
  ['conversations on one line', 'json-lines', `[${list('{"messages":[{"role":"user","content":"a"}]}')}]\n`, 1],
  ['messages', 'openai-chat', `{"messages":[${list('{"role":"user","content":"a"}')}]}`, 1],
];

describe('very many tiny turns', () => {
  for (const [what, format, text, turns] of FILES) {
    it(`${what}: ${format}`, () => {
      const { conversations, problems } = parse(adapterById(format)!, text);
      assert.equal(
        conversations.reduce((sum, each) => sum + each.turns.length, 0),
        MANY * turns,
      );
      assert.equal(problems.length, 0);
    });
  }

  it('parts of one reply: claude-code-log', () => {
    const event = (at: number): string =>
      `{"type":"assistant","uuid":"${at}","parentUuid":${at === 0 ? null : `"${at - 1}"`},"sessionId":"s","message":{"role":"assistant","content":[{"type":"text","text":"a"}]}}`;
    const text = Array.from({ length: MANY / 10 }, (_, at) => event(at)).join('\n');
    const { conversations } = parse(adapterById('claude-code-log')!, text);
    assert.deepEqual(
      conversations.map(({ turns }) => turns.map(({ pieces }) => pieces.length)),
      [[MANY / 10]],
    );
  });
});
