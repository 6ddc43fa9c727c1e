import assert from 'node:assert/strict';
import { tokensOfModel } from '../../../server/core/tokens/catalog.js';
import { countConversationTokens, createTokenCache } from '../../../server/core/tokens/countConversation.js';
import type { TokenCounter } from '../../../server/core/tokens/types.js';
import type { Turn } from '../../../server/core/transcript/model.js';
import { preTokens } from '../../support/tokens/preTokens.js';
import { turns } from '../../support/tokens/turns.js';

const LLAMA = tokensOfModel('meta-llama/Llama-3.1-8B-Instruct');

/** Counts pre-tokens and notes how much it was given; stops with an AbortError after `limit` calls. */
function meteredCounter(limit = Infinity) {
  const given = { units: 0, calls: 0 };
  const counter: TokenCounter = {
    count: async (vocabulary, texts) => {
      if (++given.calls > limit) throw Object.assign(new Error('cancelled'), { name: 'AbortError' });
      given.units += texts.reduce((sum, text) => sum + text.length, 0);
      return Uint32Array.from(texts, (text) => [...preTokens(vocabulary, text)].length);
    },
  };
  return { counter, given };
}

const LONG = 'The quick brown fox jumps over the lazy dog. '.repeat(1_000);
const conversation = (...texts: readonly string[]): Turn[] =>
  turns(...texts.map((text, index) => [index % 2 ? 'assistant' : 'user', text] as const));

describe('counting a conversation', () => {
  it('counts nothing again when nothing changed', async () => {
    const { counter, given } = meteredCounter();
    const cache = createTokenCache();
    const first = await countConversationTokens({ turns: conversation(LONG, LONG) }, LLAMA, counter, cache);
    given.units = 0;
    const second = await countConversationTokens({ turns: conversation(LONG, LONG) }, LLAMA, counter, cache);
    assert.deepEqual(second.turns, first.turns);
    assert.equal(given.units, 0);
  });

  it('counts only what an edit touched: in a turn, a turn put in, a turn taken out', async () => {
    const { counter, given } = meteredCounter();
    const cache = createTokenCache();
    const edits = [
      [LONG, LONG, LONG, LONG],
      [LONG, `${LONG.slice(0, 20_000)}x${LONG.slice(20_000)}`, LONG, LONG],
      [LONG, LONG, 'new', 'turns', LONG, LONG],
      [LONG, LONG, LONG],
    ];
    for (const [round, texts] of edits.entries()) {
      given.units = 0;
      const kept = await countConversationTokens({ turns: conversation(...texts) }, LLAMA, counter, cache);
      const fresh = meteredCounter();
      const anew = await countConversationTokens(
        { turns: conversation(...texts) },
        LLAMA,
        fresh.counter,
        createTokenCache(),
      );
      assert.deepEqual(kept.turns, anew.turns);
      if (round > 0) assert.ok(given.units < 6_000, `round ${round}: ${given.units} code units counted again`);
    }
  });

  it('keeps what was counted when it is cancelled', async () => {
    const texts = Array.from({ length: 60 }, (_, index) => `${LONG}${index}`);
    const cache = createTokenCache();
    const cancelled = meteredCounter(3);
    await assert.rejects(countConversationTokens({ turns: conversation(...texts) }, LLAMA, cancelled.counter, cache), {
      name: 'AbortError',
    });
    const { counter, given } = meteredCounter();
    const fractions: number[] = [];
    await countConversationTokens({ turns: conversation(...texts) }, LLAMA, counter, cache, {
      onProgress: (fraction) => fractions.push(fraction),
    });
    const total = texts.join('').length;
    assert.ok(given.units > 0 && given.units < total - 1_900_000, `${given.units} of ${total}`);
    assert.equal(fractions.at(-1), 1);
  });

  it('starts anew for another tokenizer, and never counts below zero', async () => {
    const { counter } = meteredCounter();
    const cache = createTokenCache();
    const tools = turns(['user', ''], ['assistant', ''], ['tool', '']);
    for (const id of [
      'meta-llama/Llama-3.1-8B-Instruct',
      'Qwen/Qwen2.5-7B-Instruct',
      'deepseek-ai/DeepSeek-V3',
      'gpt-4o',
      'x',
    ]) {
      const result = await countConversationTokens({ turns: tools }, tokensOfModel(id), counter, cache);
      for (const { text, lead, end, trail } of result.turns) assert.ok(Math.min(text, lead, end, trail) >= 0, id);
      // After a tool result DeepSeek writes on without a prompt.
      if (!id.startsWith('deepseek')) assert.ok(result.pendingLead > 0, id);
    }
  });

  it('has nothing to count in an empty conversation', async () => {
    const { counter } = meteredCounter();
    const result = await countConversationTokens({ turns: [] }, LLAMA, counter, createTokenCache());
    assert.deepEqual(result.turns, []);
  });
});
