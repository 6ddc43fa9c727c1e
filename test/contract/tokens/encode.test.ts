import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';
import { UNSPLIT } from '../../../server/core/tokens/boundaries.js';
import { VOCABULARIES } from '../../../server/core/tokens/catalog.js';
import type { EncodedText } from '../../../server/core/tokens/types.js';
import { createWorkerCounter, type WorkerCounter } from '../../../server/runtime/workerCounter.js';
import { adversarial, corpus } from '../../support/tokens/corpus.js';
import { inlineCounter, vocabulary, vocabularyDirectory } from '../../support/tokens/engines.js';
import { seededRandom } from '../../support/tokens/random.js';

const WORKER = path.resolve(__dirname, '../../../server/runtime/tokenWorker.js');

const FIXED = [
  '',
  'Hello world',
  '  two  spaces\n\n\n\ttabs\r\n',
  'emoji 😀👩‍👩‍👧 日本語テキスト ก็ไทย',
  'lone \ud83d and \ude00 x',
  'é e\u0301 A\u030a 각 \u1100\u1161\u11a8 \u212b \u{1d15e}',
  '▁▁▁ literal ▁ blocks',
  '<|eot_id|> <think>',
  '\0\x01',
  '='.repeat(300),
];

/** What holds of the tokens of any text. */
function checkPlaces(id: string, text: string, { ids, starts, ends, bytes, byteEnds }: EncodedText): void {
  const label = `${id} on ${JSON.stringify(text).slice(0, 120)}`;
  assert.deepEqual(ids, vocabulary(id).encode(text), label);
  assert.equal(byteEnds.at(-1) ?? 0, bytes.length, label);
  const normal = vocabulary(id).normalize(text);
  const spelled = UNSPLIT.has(id) ? normal.replaceAll('▁', ' ') : normal;
  assert.equal(Buffer.from(bytes).toString('utf8'), Buffer.from(spelled).toString('utf8'), label);
  let end = 0;
  for (let index = 0; index < ids.length; index++) {
    assert.ok(
      starts[index]! <= end && ends[index]! >= end && starts[index]! < ends[index]!,
      `${label}, token ${index}`,
    );
    end = ends[index]!;
    const [from, to] = [starts[index]!, ends[index]!];
    // Never inside a surrogate pair.
    for (const at of [from, to]) {
      const inside = /[\ud800-\udbff]/.test(text[at - 1] ?? '') && /[\udc00-\udfff]/.test(text[at] ?? '');
      assert.ok(!inside, `${label}, token ${index}`);
    }
  }
  assert.equal(end, text.length, label);
}

describe('tokens with their places', function () {
  this.timeout(60_000);
  let worker: WorkerCounter;
  before(() => (worker = createWorkerCounter({ workerPath: WORKER, directory: vocabularyDirectory })));
  after(() => worker.dispose());

  for (const id of VOCABULARIES) {
    it(`cover a text without a gap and spell it: ${id}`, async () => {
      const random = seededRandom(7);
      const mixed = Array.from({ length: 300 }, () => adversarial(random, 1 + random.int(12)));
      for (const text of [...FIXED, ...mixed, ...corpus(11, 60_000)]) {
        checkPlaces(id, text, await inlineCounter.encode(id, text));
      }
    });
  }

  it('stand on whole characters, where they share one overlapping', async () => {
    const { ids, starts, ends, byteEnds } = await inlineCounter.encode('llama-3', 'a 👩‍🚀');
    assert.ok(ids.length > 4);
    const woman = [...ids.keys()].filter((index) => starts[index]! <= 2 && ends[index]! >= 4);
    assert.ok(woman.length >= 2, 'several tokens touch the first emoji');
    assert.equal(byteEnds.at(-1), Buffer.byteLength('a 👩‍🚀'));
  });

  it('stand on what was composed, where the tokenizer normalises', async () => {
    const { ids, starts, ends } = await inlineCounter.encode('qwen-3', 'cafe\u0301s!');
    const places = [...ids.keys()].map((index) => [starts[index], ends[index]]);
    assert.ok(
      places.every(([from, to]) => from !== 4 && to !== 4),
      `nothing ends inside e + accent: ${JSON.stringify(places)}`,
    );
    assert.equal(ends.at(-1), 7);
  });

  it('are the same from a thread, beside a long count, and cancellable', async () => {
    const texts = [...corpus(3, 400_000)];
    const counting = worker.count('llama-3', texts);
    for (const text of FIXED) {
      assert.deepEqual(await worker.encode('llama-3', text), await inlineCounter.encode('llama-3', text));
    }
    assert.equal((await counting).length, texts.length);
    for (const each of [worker, inlineCounter]) {
      await assert.rejects(each.encode('llama-3', 'x', { aborted: true }), { name: 'AbortError' });
      await assert.rejects(each.encode('nope', 'x'), /unknown vocabulary 'nope'/);
    }
    const signal = { aborted: false };
    const encoding = worker.encode('llama-3', 'x', signal);
    signal.aborted = true;
    await assert.rejects(encoding, { name: 'AbortError' });
  });

  it('end with the thread that had them', async () => {
    const broken = createWorkerCounter({ workerPath: WORKER, directory: os.tmpdir() });
    await assert.rejects(broken.encode('llama-3', 'x'), /cannot be read from/);
    const ending = assert.rejects(broken.encode('llama-3', 'x'), { name: 'AbortError' });
    await broken.dispose();
    await ending;
  });
});
