/** A token counter in other threads: what the language server uses, so that it answers while it counts. */
import { Worker } from 'node:worker_threads';
import type { TokenCounter } from '../core/tokens/types.js';
import { abortError, throwIfAborted } from './abort.js';
import { nextRequest, takeBatch, type CountRequest } from './countRequest.js';
import type { WorkerOptions, WorkerReply, WorkerTask } from './workerMessages.js';

/** Batches that a thread holds: one it counts, one it finds waiting. */
const QUEUE_PER_THREAD = 2;

/** Without work for this long a thread ends and gives its memory back. */
const IDLE_MILLISECONDS = 5 * 60_000;

export interface WorkerCounterOptions extends WorkerOptions {
  /** The script of `tokenWorker.ts`: `out/server/runtime/tokenWorker.js`, or `dist/tokenWorker.js` when bundled. */
  readonly workerPath: string;
  /** Threads at most; one by default. */
  readonly threads?: number;
  readonly idleMilliseconds?: number;
}

export interface WorkerCounter extends TokenCounter {
  /** Ends the threads. Counts under way are rejected with an AbortError. */
  dispose(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  /** Batches it has, by id. */
  readonly batches: Map<number, { readonly request: CountRequest; readonly first: number }>;
  idle: NodeJS.Timeout | undefined;
}

/** Threads start with the first count. One that crashes fails the counts it had; the next count starts another. */
export function createWorkerCounter(options: WorkerCounterOptions): WorkerCounter {
  const threads = new Set<Thread>();
  const requests = new Set<CountRequest>();
  let lastId = 0;

  const settle = (request: CountRequest, error?: Error): void => {
    if (!requests.delete(request)) return;
    if (error) request.reject(error);
    else request.resolve(request.counts);
  };

  const rest = (thread: Thread): void => {
    if (thread.batches.size > 0 || thread.idle) return;
    thread.worker.unref();
    thread.idle = setTimeout(() => {
      threads.delete(thread);
      void thread.worker.terminate();
    }, options.idleMilliseconds ?? IDLE_MILLISECONDS).unref();
  };

  const crashed = (thread: Thread, reason: string): void => {
    clearTimeout(thread.idle);
    if (!threads.delete(thread)) return;
    const error = new Error(`the counting thread stopped (${reason}); the next count starts it again`);
    for (const { request } of thread.batches.values()) settle(request, error);
    pump();
  };

  const receive = (thread: Thread, reply: WorkerReply): void => {
    const batch = thread.batches.get(reply.id);
    thread.batches.delete(reply.id);
    if (batch) {
      const { request, first } = batch;
      request.underWay--;
      if ('error' in reply) settle(request, new Error(reply.error));
      else {
        request.counts.set(reply.counts, first);
        if (request.underWay === 0 && request.next === request.texts.length) settle(request);
      }
    }
    pump();
    rest(thread);
  };

  const start = (): Thread => {
    const workerData: WorkerOptions = { directory: options.directory };
    const worker = new Worker(options.workerPath, { workerData, execArgv: [] });
    const thread: Thread = { worker, batches: new Map(), idle: undefined };
    worker.on('message', (reply: WorkerReply) => receive(thread, reply));
    worker.on('error', (error) => crashed(thread, error.message));
    worker.on('exit', (code) => crashed(thread, `exit code ${code}`));
    threads.add(thread);
    return thread;
  };

  /** A thread with room: an idle one, else a new one, else the one with the least to do. */
  const freeThread = (): Thread | null => {
    const [least] = [...threads].sort((a, b) => a.batches.size - b.batches.size);
    if (least && least.batches.size === 0) return least;
    if (threads.size < (options.threads ?? 1)) return start();
    return least && least.batches.size < QUEUE_PER_THREAD ? least : null;
  };

  function pump(): void {
    for (const request of requests) if (request.signal?.aborted) settle(request, abortError());
    for (let request = nextRequest(requests); request; request = nextRequest(requests)) {
      const thread = freeThread();
      if (!thread) return;
      const { first, texts } = takeBatch(request);
      const task: WorkerTask = { id: ++lastId, vocabulary: request.vocabulary, texts };
      clearTimeout(thread.idle);
      thread.idle = undefined;
      thread.batches.set(task.id, { request, first });
      request.underWay++;
      thread.worker.ref();
      thread.worker.postMessage(task);
    }
  }

  return {
    count: async (vocabulary, texts, signal) => {
      throwIfAborted(signal);
      if (texts.length === 0) return new Uint32Array(0);
      return new Promise<Uint32Array>((resolve, reject) => {
        const waiting = texts.reduce((sum, text) => sum + text.length, 0);
        const counts = new Uint32Array(texts.length);
        requests.add({ vocabulary, texts, counts, signal, next: 0, waiting, underWay: 0, resolve, reject });
        pump();
      });
    },
    dispose: async () => {
      for (const request of requests) settle(request, abortError());
      const ending = [...threads];
      threads.clear();
      for (const { idle } of ending) clearTimeout(idle);
      await Promise.all(ending.map(({ worker }) => worker.terminate()));
    },
  };
}
