import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createWorkerCounter, type WorkerCounter } from '../../../server/runtime/workerCounter.js';
import { corpus } from '../../support/tokens/corpus.js';
import { inlineCounter, vocabularyDirectory } from '../../support/tokens/engines.js';

const WORKER = path.resolve(__dirname, '../../../server/runtime/tokenWorker.js');

describe('token counters', function () {
  this.timeout(30_000);
  let counter: WorkerCounter;
  before(() => (counter = createWorkerCounter({ workerPath: WORKER, directory: vocabularyDirectory })));
  after(() => counter.dispose());

  /** About two megabytes, in texts of every length. */
  const texts = [...corpus(1, 700_000), [...corpus(2, 700_000)].join(''), '', '='.repeat(700_000)];

  it('count the same in a thread, in this one, and at once', async () => {
    const [inThread, inline] = await Promise.all([
      counter.count('llama-3', texts),
      inlineCounter.count('llama-3', texts),
    ]);
    assert.deepEqual(inThread, inline);
    assert.deepEqual(inlineCounter.countSync('llama-3', texts), inline);
    assert.equal(inline[texts.indexOf('')], 0);
  });

  it('leave their owner free, and take a short request before the rest of a long one', async () => {
    await counter.count('llama-3', ['warm']);
    let ticks = 0;
    const clock = setInterval(() => (ticks += 1), 2);
    let finished = false;
    const long = counter.count('llama-3', [...texts, ...texts, ...texts].slice(0, -1)).then(() => (finished = true));
    await counter.count('llama-3', ['short']);
    assert.equal(finished, false);
    await long;
    clearInterval(clock);
    // Counted here at a stretch, it would leave the clock one tick or two.
    assert.ok(ticks > 20, `the clock ticked ${ticks} times`);
  });

  it('stop when cancelled, with an AbortError, before and while they count', async () => {
    for (const each of [counter, inlineCounter]) {
      await assert.rejects(each.count('llama-3', ['x'], { aborted: true }), { name: 'AbortError' });
      const signal = { aborted: false };
      setTimeout(() => (signal.aborted = true), 20);
      await assert.rejects(each.count('llama-3', [...texts, ...texts], signal), { name: 'AbortError' });
      assert.equal((await each.count('llama-3', ['hello world']))[0], 2);
    }
  });

  it('name a vocabulary that is not there, and go on', async () => {
    for (const each of [counter, inlineCounter]) {
      await assert.rejects(each.count('nope', ['x']), /unknown vocabulary 'nope'; there are llama-3/);
    }
    const empty = createWorkerCounter({ workerPath: WORKER, directory: os.tmpdir() });
    await assert.rejects(
      empty.count('llama-3', ['x']),
      /'llama-3' cannot be read from .*llama-3\.bpe\.br \(ENOENT.*reinstall/,
    );
    await empty.dispose();
    assert.equal((await counter.count('llama-3', ['hello world']))[0], 2);
  });

  it('say so when a thread stops, and start another for the next count', async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-worker-'));
    const workerPath = path.join(directory, 'worker.cjs');
    fs.writeFileSync(
      workerPath,
      `const { parentPort } = require('node:worker_threads');
       parentPort.on('message', ({ id, texts }) => {
         if (texts[0] === 'crash') throw new Error('out of luck');
         parentPort.postMessage({ id, counts: Uint32Array.from(texts, (text) => text.length) });
       });`,
    );
    const fragile = createWorkerCounter({ workerPath, directory });
    try {
      await assert.rejects(fragile.count('llama-3', ['crash']), /counting thread stopped \(out of luck\)/);
      assert.deepEqual([...(await fragile.count('llama-3', ['four']))], [4]);
    } finally {
      await fragile.dispose();
      fs.rmSync(directory, { recursive: true });
    }
  });

  it('give the memory of an idle thread back, and count again afterwards', async () => {
    const brief = createWorkerCounter({ workerPath: WORKER, directory: vocabularyDirectory, idleMilliseconds: 10 });
    await brief.count('llama-3', ['a']);
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal((await brief.count('llama-3', ['hello world']))[0], 2);
    const cancelled = assert.rejects(brief.count('llama-3', texts), { name: 'AbortError' });
    await brief.dispose();
    await cancelled;
  });
});
