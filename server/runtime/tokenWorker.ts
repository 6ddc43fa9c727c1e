/** Entry of the counting thread: loads vocabularies when first asked, counts or encodes, answers. `dist/tokenWorker.js` when bundled. */
import os from 'node:os';
import process from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';
import { countNow } from './countSlices.js';
import { encodeWithPlaces } from './tokenBytes.js';
import { createVocabularies, inspectVocabulary } from './vocabulary.js';
import type { WorkerOptions, WorkerReply, WorkerTask } from './workerMessages.js';

// On Linux this is the priority of this thread alone: where cores are few, answering the editor goes first.
if (process.platform === 'linux') os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);

const vocabularies = createVocabularies((workerData as WorkerOptions).directory);

function answer(task: WorkerTask): WorkerReply {
  if ('inspect' in task) return { id: task.id, report: inspectVocabulary(vocabularies, task.vocabulary) };
  const engine = vocabularies(task.vocabulary);
  return 'encode' in task
    ? { id: task.id, encoded: encodeWithPlaces(engine, task.encode) }
    : { id: task.id, counts: countNow(engine, task.texts) };
}

parentPort?.on('message', (task: WorkerTask) => {
  let reply: WorkerReply;
  try {
    reply = answer(task);
  } catch (error) {
    reply = { id: task.id, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(reply);
});
