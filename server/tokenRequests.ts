/** The requests about tokens: showing them, counting a selection. */
import type { CancellationToken } from 'vscode-languageserver';
import { cancelled } from './features/replies.js';
import { selectionTokens, type TokenPorts } from './features/selectionCount.js';
import { showTokens } from './features/showTokens.js';
import { checkTokens, type TokenCheckPorts } from './features/tokenCheck.js';
import { Method } from './protocol/messages.js';
import type { MeasureProgress, Reply } from './protocol/messages.js';
import type {
  CheckTokensParams,
  CheckTokensResult,
  ShownTokens,
  ShowTokensParams,
  SelectionTokens,
  TokenQuery,
} from './protocol/tokens.js';
import type { Documents } from './workspace/documents.js';
import { signalOf } from './workspace/signals.js';

/** Registers a handler whose every failure is a reply. */
export type OnAsk = <P, T>(
  method: string,
  answer: (params: P, token: CancellationToken) => Reply<T> | Promise<Reply<T>>,
) => void;

/** A count that was cancelled is no failure. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<Reply<T>>): Promise<Reply<T>> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted) return cancelled();
    throw error;
  }
}

export function serveTokens(
  onAsk: OnAsk,
  documents: Documents,
  ports: TokenPorts & TokenCheckPorts,
  report: (progress: MeasureProgress) => void,
): void {
  onAsk(Method.selectionTokens, (query: TokenQuery, token): Promise<Reply<SelectionTokens>> => {
    const signal = signalOf(token);
    return unlessAborted(signal, selectionTokens(documents.get(query.uri), query, ports, signal, token));
  });
  onAsk(Method.showTokens, (params: ShowTokensParams, token): Promise<Reply<ShownTokens>> => {
    const signal = signalOf(token);
    return unlessAborted(signal, showTokens(documents.get(params.uri), params, ports, signal, token));
  });
  onAsk(Method.checkTokens, (params: CheckTokensParams, token): Promise<Reply<CheckTokensResult>> => {
    const step = (fraction: number, message: string): void =>
      report({ token: params.progressToken, fraction, message });
    return checkTokens(documents.get(params.uri), params, ports, signalOf(token), token, step);
  });
}
