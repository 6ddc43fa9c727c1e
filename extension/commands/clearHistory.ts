import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ClearHistoryResult, HistoryReport } from '../../server/protocol/history.js';
import { HistoryMethod } from '../../server/protocol/history.js';
import type { CommandModule } from '../host.js';
import { targetArgument } from './target.js';

/**
 * `Joule Lens: Clear Measurement History`: asks first, as nothing brings it back. Resolves with the number of
 * measurements deleted, undefined when dismissed. An argument `{ uri?, confirmed: true }` is the answer of a caller that
 * has asked by itself.
 */
export const clearHistory: CommandModule = {
  id: 'clearHistory',
  async run(host, ...args) {
    const reply = await host.server.ask<HistoryReport>(HistoryMethod.history, {});
    if (!reply.ok) {
      void vscode.window.showErrorMessage(`Joule Lens: ${reply.error}`);
      return undefined;
    }
    const { entries, total, unreadable } = reply.value;
    const confirmed = (args[0] as { confirmed?: unknown } | undefined)?.confirmed === true;
    const uri =
      targetArgument(args[0]).uri ?? (confirmed ? undefined : vscode.window.activeTextEditor?.document.uri.toString());
    const ofFile = uri === undefined ? [] : entries.filter((each) => each.uri === uri);
    if (total === 0 && unreadable === 0) {
      void vscode.window.showInformationMessage('Joule Lens: there is no measurement to clear.');
      return 0;
    }
    const what = confirmed ? (uri === undefined ? 'all' : 'file') : await ask(total, unreadable, ofFile.length, uri);
    if (what === undefined) {
      return undefined;
    }
    const cleared = await host.server.ask<ClearHistoryResult>(
      HistoryMethod.clearHistory,
      what === 'file' && uri !== undefined ? { uri } : {},
    );
    if (!cleared.ok) {
      void vscode.window.showErrorMessage(`Joule Lens: ${cleared.error}`);
      return undefined;
    }
    const { deleted } = cleared.value;
    void vscode.window.showInformationMessage(`Joule Lens: ${countText(deleted)} deleted.`);
    return deleted;
  },
};

const countText = (count: number): string => `${count} ${count === 1 ? 'measurement' : 'measurements'}`;

async function ask(
  all: number,
  unreadable: number,
  ofFile: number,
  uri: string | undefined,
): Promise<'all' | 'file' | undefined> {
  const everything = `Delete All (${all})`;
  // Where the file's are all there are, a second button would do the same.
  const file =
    uri === undefined || ofFile === 0 || (ofFile === all && unreadable === 0)
      ? null
      : `Delete Those of ${path.posix.basename(vscode.Uri.parse(uri).path)} (${ofFile})`;
  const detail = [
    'Their figures and runs go from this workspace, and from the lenses. This cannot be undone; export them first to keep them.',
    ...(unreadable === 0 ? [] : [`Deleting all also deletes ${unreadable} records that cannot be read.`]),
  ].join('\n\n');
  const choice = await vscode.window.showWarningMessage(
    `Delete kept measurements?`,
    { modal: true, detail },
    everything,
    ...(file === null ? [] : [file]),
  );
  return choice === undefined ? undefined : choice === everything ? 'all' : 'file';
}
