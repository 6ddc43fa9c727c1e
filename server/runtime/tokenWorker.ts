/** Entry of the counting thread: loads vocabularies when first asked, counts, answers. `dist/tokenWorker.js` when bundled. */
import { parentPort, workerData } from 'node:worker_threads';
import { countNow } from './countSlices.js';
import { createVocabularies } from './vocabulary.js';
import type { WorkerOptions, WorkerReply, WorkerTask } from './workerMessages.js';

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
