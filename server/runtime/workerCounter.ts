/** A token counter in other threads: what the language server uses, so that it answers while it counts. */
import { Worker } from 'node:worker_threads';
import type { AbortSignalLike, TokenCounter, TokenEncoder, TokenizerInspector } from '../core/tokens/types.js';
import { abortError, throwIfAborted } from './abort.js';
import { nextRequest, takeBatch, type CountRequest } from './countRequest.js';
import type { CountTask, EncodeTask, InspectTask, WorkerOptions, WorkerReply } from './workerMessages.js';

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

export interface WorkerCounter extends TokenCounter, TokenEncoder, TokenizerInspector {
  /** Ends the threads. What is under way is rejected with an AbortError. */
  dispose(): Promise<void>;
}

/** One call of `encode` or `inspect` that a thread has. */
interface Question {
  readonly signal: AbortSignalLike | undefined;
  /** Takes the reply to it. */
  answer(reply: WorkerReply): void;
  reject(error: Error): void;
}

interface Thread {
  readonly worker: Worker;
  /** Texts it encodes and files it looks at, by id. */
  readonly questions: Map<number, Question>;
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

  const loadOf = (thread: Thread): number => thread.batches.size + thread.questions.size;

  const rest = (thread: Thread): void => {
    if (loadOf(thread) > 0 || thread.idle) return;
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
    for (const question of thread.questions.values()) question.reject(error);
    pump();
  };

  const receiveAnswer = (thread: Thread, reply: WorkerReply): void => {
    const question = thread.questions.get(reply.id);
    thread.questions.delete(reply.id);
    if (question?.signal?.aborted) question.reject(abortError());
    else if ('error' in reply) question?.reject(new Error(reply.error));
    else question?.answer(reply);
  };

  const receive = (thread: Thread, reply: WorkerReply): void => {
    receiveAnswer(thread, reply);
    const batch = thread.batches.get(reply.id);
    thread.batches.delete(reply.id);
    if (batch) {
      const { request, first } = batch;
      request.underWay--;
      if ('error' in reply) settle(request, new Error(reply.error));
      else if ('counts' in reply) {
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
    const thread: Thread = { worker, batches: new Map(), questions: new Map(), idle: undefined };
    worker.on('message', (reply: WorkerReply) => receive(thread, reply));
    worker.on('error', (error) => crashed(thread, error.message));
    worker.on('exit', (code) => crashed(thread, `exit code ${code}`));
    threads.add(thread);
    return thread;
  };

  /** An idle thread, else a new one, else the one with the least to do. */
  const leastLoaded = (): Thread => {
    const [least] = [...threads].sort((a, b) => loadOf(a) - loadOf(b));
    return least && (loadOf(least) === 0 || threads.size >= (options.threads ?? 1)) ? least : start();
  };

  /** A thread with room for a batch. */
  const freeThread = (): Thread | null => {
    const least = leastLoaded();
    return loadOf(least) < QUEUE_PER_THREAD ? least : null;
  };

  /** Gives a task to a thread, which works from now on. */
  const post = (thread: Thread, task: CountTask | EncodeTask | InspectTask): void => {
    clearTimeout(thread.idle);
    thread.idle = undefined;
    thread.worker.ref();
    thread.worker.postMessage(task);
  };

  function pump(): void {
    for (const request of requests) if (request.signal?.aborted) settle(request, abortError());
    for (let request = nextRequest(requests); request; request = nextRequest(requests)) {
      const thread = freeThread();
      if (!thread) return;
      const { first, texts } = takeBatch(request);
      const task: CountTask = { id: ++lastId, vocabulary: request.vocabulary, texts };
      thread.batches.set(task.id, { request, first });
      request.underWay++;
      post(thread, task);
    }
  }

  /** Gives a question to a thread at once, beside the batches it has. */
  const ask = <T>(
    make: (id: number) => EncodeTask | InspectTask,
    read: (reply: WorkerReply) => T | null,
    signal?: AbortSignalLike,
  ): Promise<T> => {
    const thread = leastLoaded();
    const task = make(++lastId);
    return new Promise<T>((resolve, reject) => {
      const answer = (reply: WorkerReply): void => {
        const value = read(reply);
        if (value !== null) resolve(value);
      };
      thread.questions.set(task.id, { signal, answer, reject });
      post(thread, task);
    });
  };

  return {
    // A text to encode is short and someone waits for it: it does not queue.
    encode: async (vocabulary, text, signal) => {
      throwIfAborted(signal);
      const read = (reply: WorkerReply) => ('encoded' in reply ? reply.encoded : null);
      return ask((id) => ({ id, vocabulary, encode: text }), read, signal);
    },
    inspect: (vocabulary) =>
      ask(
        (id) => ({ id, vocabulary, inspect: true }),
        (reply) => ('report' in reply ? reply.report : null),
      ),
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
      for (const { idle, questions } of ending) {
        clearTimeout(idle);
        for (const question of questions.values()) question.reject(abortError());
      }
      await Promise.all(ending.map(({ worker }) => worker.terminate()));
    },
  };
}
