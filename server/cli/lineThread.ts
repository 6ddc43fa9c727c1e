/** Entry of a thread that annotates lines: batches in, what they hold out, in the same order. `dist/lineThread.js` when bundled. */
import { parentPort, workerData } from 'node:worker_threads';
import { annotateLines, transferOf } from './annotateLines.js';
import type { LineReply, LineThreadData } from './lineThreads.js';
import type { LineBytes } from './lines.js';

const { read, settings } = workerData as LineThreadData;
/** An interrupt ends the whole thread. */
const { signal } = new AbortController();

async function answer(batch: LineBytes): Promise<LineReply> {
  try {
    return { annotated: await annotateLines(batch, read, settings, signal) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

let last = Promise.resolve();
parentPort?.on('message', (batch: LineBytes) => {
  last = last.then(async () => {
    const reply = await answer(batch);
    parentPort?.postMessage(reply, 'annotated' in reply ? transferOf(reply.annotated) : []);
  });
});
