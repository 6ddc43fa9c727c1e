/** What a cancelled count rejects with. */
import type { AbortSignalLike } from '../core/tokens/types.js';

export function abortError(): Error {
  const error = new Error('the count was cancelled');
  error.name = 'AbortError';
  return error;
}

/** Throws an AbortError where `signal` has fired. */
export function throwIfAborted(signal?: AbortSignalLike): void {
  if (signal?.aborted) throw abortError();
}
