import assert from 'node:assert/strict';
import { replyLengths, replyLengthTable, type LengthDistribution } from '../../../server/core/energy/replyLength.js';
import { isThanks, statedLimit } from '../../../server/core/energy/replyLimits.js';

const table = replyLengthTable();
const LLAMA = { modelId: 'meta-llama/Llama-3.1-8B-Instruct', ownReplies: [] };
const quantiles = (lengths: LengthDistribution) => [0.1, 0.5, 0.9].map((u) => Math.round(lengths.quantile(u)));

describe('length of the next reply', () => {
  it("is the model's published distribution of chat replies", () => {
    assert.deepEqual(quantiles(replyLengths(table, LLAMA)), [40, 327, 806]);
    const fp8 = replyLengths(table, { ...LLAMA, modelId: 'Qwen/Qwen3-235B-A22B-Instruct-2507-FP8' });
    assert.equal(Math.round(fp8.quantile(0.5)), 567);
  });

  it('is the pool of all models where none is published', () => {
    const lengths = replyLengths(table, { ...LLAMA, modelId: 'Qwen/Qwen2.5-7B-Instruct' });
    const [p10, p50, p90] = quantiles(lengths);
    assert.ok(p10! > 25 && p10! < 60 && p50! > 300 && p50! < 650 && p90! > 900 && p90! < 2500, String([p10, p50, p90]));
    assert.match(lengths.source, /pooled/);
  });

  it('rises with the probability, everywhere', () => {
    for (const modelId of [...table.rows.map((row) => row.model), 'nobody/knows']) {
      const lengths = replyLengths(table, { ...LLAMA, modelId });
      let before = 1;
      for (let u = 0.002; u < 1; u += 0.004) {
        const tokens = lengths.quantile(u);
        assert.ok(Number.isFinite(tokens) && tokens >= before * (1 - 1e-12), `${modelId} ${u} ${tokens}`);
        before = tokens;
      }
    }
  });

  it('covers a model that is left out: the pool of the others holds 80 % of its chat replies between p10 and p90', () => {
    const chat = table.rows.filter((row) => row.task === 'lm-arena-chat');
    const coverages = chat.map((left) => {
      const family = left.model.replace(/-FP8$/, '');
      const others = { ...table, rows: chat.filter((row) => row.model.replace(/-FP8$/, '') !== family) };
      const pool = replyLengths(others, { ...LLAMA, modelId: 'nobody/knows' });
      const own = replyLengths(table, { ...LLAMA, modelId: left.model });
      const points = Array.from({ length: 200 }, (_, i) => own.quantile((i + 0.5) / 200));
      return points.filter((x) => x >= pool.quantile(0.1) && x <= pool.quantile(0.9)).length / 200;
    });
    const mean = coverages.reduce((sum, each) => sum + each, 0) / coverages.length;
    assert.ok(mean > 0.74 && mean < 0.9, `mean ${mean}`);
    assert.ok(Math.min(...coverages) > 0.6, `worst ${Math.min(...coverages)}`);
  });

  it("bends towards the conversation's own replies, more with each", () => {
    const after = (n: number) =>
      replyLengths(table, { ...LLAMA, ownReplies: Array<number>(n).fill(1000) }).quantile(0.5);
    assert.ok(after(1) > 327 && after(2) > after(1) && after(8) > after(2) && after(8) < 1000);
    assert.ok(Math.abs(after(1) - Math.exp((2 / 3) * Math.log(327) + (1 / 3) * Math.log(1000))) < 1);
    assert.deepEqual(quantiles(replyLengths(table, { ...LLAMA, ownReplies: [0] })), [40, 327, 806]);
  });

  it('is cut by max_tokens and by room in the context', () => {
    assert.deepEqual(quantiles(replyLengths(table, { ...LLAMA, maxTokens: 100 })), [40, 100, 100]);
    assert.deepEqual(quantiles(replyLengths(table, { ...LLAMA, contextRoom: 10 })), [10, 10, 10]);
    assert.match(replyLengths(table, { ...LLAMA, maxTokens: 100 }).source, /max_tokens 100/);
    assert.deepEqual(quantiles(replyLengths(table, { ...LLAMA, maxTokens: 0 })), [1, 1, 1]);
  });

  it('is replaced by a length that the prompt asks for', () => {
    const asked = (lastUserText: string) => replyLengths(table, { ...LLAMA, lastUserText });
    assert.equal(Math.round(asked('Explain GPUs in two sentences.').quantile(0.5)), 55);
    assert.ok(asked('Answer with one word.').quantile(0.9) < 6);
    assert.equal(Math.round(asked('in at most 50 words please').quantile(0.95)), 68);
    assert.equal(quantiles(asked('in at most 5000 words'))[1], 327);
  });

  it('is short after thanks', () => {
    const thanks = replyLengths(table, { ...LLAMA, lastUserText: 'Great, thank you!' });
    const mean = Array.from({ length: 400 }, (_, i) => thanks.quantile((i + 0.5) / 400)).reduce((a, b) => a + b) / 400;
    assert.ok(Math.abs(mean - 52.3) < 1, String(mean));
    const other = replyLengths(table, { ...LLAMA, modelId: 'google/gemma-3-12b-it', lastUserText: 'thanks' });
    assert.ok(other.quantile(0.5) > 15 && other.quantile(0.5) < 60);
  });
});

describe('limits that a prompt states', () => {
  const limits: [prompt: string, kind: 'about' | 'atMost' | null, tokens: number][] = [
    ['Summarise this in one sentence.', 'about', 28],
    ['Explain in about 100 words', 'about', 134],
    ['Give me three bullet points on it', 'about', 76],
    ['Write a 200-word essay on heat', 'about', 267],
    ['in no more than 20 words', 'atMost', 27.6],
    ['Use at most two paragraphs', 'atMost', 217],
    ['60 words max', 'atMost', 80.8],
    ['Reply with only yes or no', 'about', 2],
    ['How many words are in a novel?', null, 0],
    ['I wrote 300 words yesterday. What is heat?', null, 0],
    ['First say it in ten words, then in 3 sentences', 'about', 82],
    ['', null, 0],
  ];
  for (const [prompt, kind, tokens] of limits) {
    it(`reads ${JSON.stringify(prompt)}`, () => {
      const limit = statedLimit(prompt);
      assert.equal(limit?.kind ?? null, kind);
      if (limit) assert.ok(Math.abs(limit.tokens - tokens) < 1, String(limit.tokens));
    });
  }

  it('comes to an end on long text', () => {
    // Were it more than linear, this would outlast the test's time by far.
    assert.equal(statedLimit('in at most about ten ten ten '.repeat(200_000)), null);
  }).timeout(20_000);

  it('knows thanks from questions', () => {
    for (const text of [
      'Thank you!',
      'thanks a lot',
      'Great, thanks!',
      'Perfect. Thank you so much for your help!',
      'merci',
    ]) {
      assert.ok(isThanks(text), text);
    }
    for (const text of [
      'Thanks, but why is it hot?',
      'What does thank you mean',
      'Write a thank you letter to my boss',
      '',
    ]) {
      assert.ok(!isThanks(text), text);
    }
  });
});
