/** Waiting for a document to reach a stage (parsed, counted), with a limit and with cancellation. */

/** The part of LSP's cancellation token that waiting needs. */
export interface Cancellation {
  readonly isCancellationRequested: boolean;
  onCancellationRequested(listener: () => void): { dispose(): void };
}

interface Waiter {
  readonly reached: () => boolean;
  readonly settle: (reached: boolean) => void;
}

export class Stages {
  readonly #waiters = new Set<Waiter>();

  /** Says that something changed: whoever waits looks again. */
  changed(): void {
    for (const waiter of [...this.#waiters]) {
      if (waiter.reached()) waiter.settle(true);
    }
  }

  /** Ends every wait without its stage: the document was closed. */
  end(): void {
    for (const waiter of [...this.#waiters]) waiter.settle(false);
  }

  /**
   * Resolves with true once `reached()` holds; with false when cancelled, ended, or after `limitMilliseconds`.
   */
  until(reached: () => boolean, cancellation?: Cancellation, limitMilliseconds?: number): Promise<boolean> {
    if (reached()) return Promise.resolve(true);
    if (cancellation?.isCancellationRequested === true || limitMilliseconds === 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (value: boolean): void => {
        this.#waiters.delete(waiter);
        clearTimeout(timer);
        listening?.dispose();
        resolve(value);
      };
      const waiter: Waiter = { reached, settle };
      const timer = limitMilliseconds === undefined ? undefined : setTimeout(() => settle(false), limitMilliseconds);
      const listening = cancellation?.onCancellationRequested(() => settle(false));
      this.#waiters.add(waiter);
    });
  }
}
