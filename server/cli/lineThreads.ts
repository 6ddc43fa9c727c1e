/** Threads that annotate lines, so that a long file uses every core. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { AnalysisSettings } from '../core/index.js';
import type { ReadOptions } from './analyse.js';
import type { AnnotatedLines } from './annotateLines.js';
import type { LineBytes } from './lines.js';

/** What a thread is told when it starts. */
export interface LineThreadData {
  readonly read: ReadOptions;
  readonly settings: AnalysisSettings;
}

/** What a thread answers to a batch. Batches are answered in the order in which they came. */
export type LineReply = { readonly annotated: AnnotatedLines } | { readonly error: string };

export interface LineThreads {
  /** Annotates a batch in the thread that has the least to do. Rejects where a thread fails, or after `end`. */
  annotate(batch: LineBytes): Promise<AnnotatedLines>;
  /** Ends the threads; what is under way is rejected. */
  end(): Promise<void>;
}

/** Beside this file when compiled, beside the bundle when shipped. */
const SCRIPT = path.join(__dirname, 'lineThread.js');

interface Waiting {
  resolve(annotated: AnnotatedLines): void;
  reject(error: Error): void;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Waiting[];
}

/** @param count threads, at least one; each starts with its first batch */
export function startLineThreads(count: number, data: LineThreadData): LineThreads {
  const threads: Thread[] = [];
  let ended = false;

  const fail = (error: Error): void => {
    for (const { waiting } of threads) for (const each of waiting.splice(0)) each.reject(error);
  };

  const start = (): Thread => {
    const worker = new Worker(SCRIPT, { workerData: data, execArgv: [] });
    const thread: Thread = { worker, waiting: [] };
    worker.on('message', (reply: LineReply) => {
      const first = thread.waiting.shift();
      if ('annotated' in reply) first?.resolve(reply.annotated);
      else first?.reject(new Error(reply.error));
    });
    worker.on('error', fail);
    worker.on('exit', (code) => {
      if (!ended) fail(new Error(`a thread that annotates lines stopped (exit code ${code})`));
    });
    threads.push(thread);
    return thread;
  };

  const leastLoaded = (): Thread => {
    const least = threads.reduce<Thread | undefined>(
      (best, each) => (best && best.waiting.length <= each.waiting.length ? best : each),
      undefined,
    );
    return least && (least.waiting.length === 0 || threads.length >= count) ? least : start();
  };

  return {
    annotate: async (batch) => {
      if (ended) throw new Error('the threads have ended');
      const thread = leastLoaded();
      return new Promise((resolve, reject) => {
        thread.waiting.push({ resolve, reject });
        // What was read is in one block of memory with what follows it, so that it cannot be given away.
        const bytes = new Uint8Array(batch.bytes);
        thread.worker.postMessage({ ...batch, bytes }, [bytes.buffer]);
      });
    },
    end: async () => {
      ended = true;
      fail(new Error('the threads have ended'));
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}
