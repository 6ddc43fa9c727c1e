/** Work that runs side by side and ends in its order, a bounded part of it at a time. */

export interface InOrder<T> {
  /** Takes work in; resolves when there is room for more. Rejects as soon as any of it has failed. */
  push(work: Promise<T>): Promise<void>;
  /** Resolves when all is done. */
  end(): Promise<void>;
}

/**
 * @param most how much may be under way; 0 waits for each
 * @param done what happens with each result, one after the other
 */
export function inOrder<T>(most: number, done: (result: T) => Promise<void>): InOrder<T> {
  const underWay: Promise<void>[] = [];
  let last = Promise.resolve();
  return {
    async push(work) {
      // Failures are seen where they are waited for, maybe later.
      work.catch(() => undefined);
      last = last.then(async () => done(await work));
      last.catch(() => undefined);
      underWay.push(last);
      while (underWay.length > most) await underWay.shift();
    },
    end: async () => last,
  };
}
