/** Entry of a thread that annotates lines: batches in, what they hold out, in the same order. `dist/lineThread.js` when bundled. */
import { parentPort, workerData } from 'node:worker_threads';
import { annotateLines, type LineBatch } from './annotateLines.js';
import type { LineReply, LineThreadData } from './lineThreads.js';

const { read, settings } = workerData as LineThreadData;
/** An interrupt ends the whole thread. */
const { signal } = new AbortController();

async function answer(batch: LineBatch): Promise<LineReply> {
  try {
    return { annotated: await annotateLines(batch, read, settings, signal) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

let last = Promise.resolve();
parentPort?.on('message', (batch: LineBatch) => {
  last = last.then(async () => parentPort?.postMessage(await answer(batch)));
});
