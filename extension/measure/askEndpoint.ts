/** Asking the server for something that an endpoint has to answer: with progress, and a cancel that cancels. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { Reply } from '../../server/protocol/messages.js';
import type { Host } from '../host.js';
import type { Endpoint } from './endpoint.js';

/**
 * @param title what is under way, for the notification
 * @param params of the method, beside the endpoint, its key and model, and the token of the progress
 * @param announcement shown before the first progress
 */
export function askEndpoint<T>(
  host: Host,
  endpoint: Endpoint,
  { title, announcement }: { readonly title: string; readonly announcement?: string },
  method: string,
  params: object,
): Thenable<Reply<T>> {
  const progressToken = randomUUID();
  const shortTitle = title.replace(/^Joule Lens: /, '');
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      if (announcement !== undefined) progress.report({ message: announcement });
      let shown = 0;
      const following = host.server.onMeasureProgress((step) => {
        if (step.token === progressToken) {
          progress.report({ message: step.message, increment: Math.max(0, (step.fraction - shown) * 100) });
          shown = Math.max(shown, step.fraction);
          host.panel.running({ title: shortTitle, fraction: step.fraction, message: step.message });
        }
      });
      try {
        return await host.server.ask<T>(
          method,
          {
            ...params,
            endpoint: endpoint.url,
            progressToken,
            ...(endpoint.apiKey === undefined ? {} : { apiKey: endpoint.apiKey }),
            ...(endpoint.model === undefined ? {} : { endpointModel: endpoint.model }),
          },
          token,
        );
      } finally {
        following.dispose();
        host.panel.running(null);
      }
    },
  );
}
