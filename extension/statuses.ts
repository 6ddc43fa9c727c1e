/** The latest status of each document, as the server sent it. */
import * as vscode from 'vscode';
import type { DocumentStatus } from '../server/protocol/messages.js';
import type { Server } from './client.js';

/** Statuses by document, with an event for every change. */
export interface Statuses extends vscode.Disposable {
  of(uri: vscode.Uri): DocumentStatus | undefined;
  readonly onDidChange: vscode.Event<void>;
}

/** Follows the server's notifications; forgets a document when it closes, and all of them when the server goes. */
export function followStatuses(server: Server): Statuses {
  const known = new Map<string, DocumentStatus>();
  const change = new vscode.EventEmitter<void>();
  const parts = [
    change,
    server.onStatus((status) => {
      // The same URI may be written with other escapes by the server.
      known.set(vscode.Uri.parse(status.uri).toString(), status);
      change.fire();
    }),
    server.onReset(() => {
      known.clear();
      change.fire();
    }),
    vscode.workspace.onDidCloseTextDocument((document) => {
      known.delete(document.uri.toString());
      change.fire();
    }),
  ];
  return {
    of: (uri) => known.get(uri.toString()),
    onDidChange: change.event,
    dispose: () => vscode.Disposable.from(...parts).dispose(),
  };
}
