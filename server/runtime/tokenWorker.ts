/** Entry of the counting thread: loads vocabularies when first asked, counts, answers. `dist/tokenWorker.js` when bundled. */
import os from 'node:os';
import process from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';
import { countNow } from './countSlices.js';
import { createVocabularies } from './vocabulary.js';
import type { WorkerOptions, WorkerReply, WorkerTask } from './workerMessages.js';

// On Linux this is the priority of this thread alone: where cores are few, answering the editor goes first.
if (process.platform === 'linux') os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);

const vocabularies = createVocabularies((workerData as WorkerOptions).directory);

parentPort?.on('message', ({ id, vocabulary, texts }: WorkerTask) => {
  let reply: WorkerReply;
  try {
    reply = { id, counts: countNow(vocabularies(vocabulary), texts) };
  } catch (error) {
    reply = { id, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(reply);
});
