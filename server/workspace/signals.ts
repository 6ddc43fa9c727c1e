/** LSP's cancellation as an AbortSignal. */
import type { Cancellation } from './stages.js';

export function signalOf(token: Cancellation): AbortSignal {
  const abort = new AbortController();
  if (token.isCancellationRequested) abort.abort();
  token.onCancellationRequested(() => abort.abort());
  return abort.signal;
}
