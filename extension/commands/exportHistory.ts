import * as vscode from 'vscode';
import type { ExportHistoryResult } from '../../server/protocol/history.js';
import { HistoryMethod } from '../../server/protocol/history.js';
import type { CommandModule } from '../host.js';

/**
 * `Joule Lens: Export Measurement History`: as CSV or JSON, by the ending of the file that the user names. Resolves with
 * the file; undefined when dismissed. An argument is the file's URI as text, for callers that have asked by themselves.
 */
export const exportHistory: CommandModule = {
  id: 'exportHistory',
  async run(host, ...args) {
    const target = typeof args[0] === 'string' ? vscode.Uri.parse(args[0]) : await askWhere();
    if (target === undefined) {
      return undefined;
    }
    const format = target.path.toLowerCase().endsWith('.json') ? 'json' : 'csv';
    const reply = await host.server.ask<ExportHistoryResult>(HistoryMethod.exportHistory, { format });
    if (!reply.ok) {
      void vscode.window.showErrorMessage(`Joule Lens: ${reply.error}`);
      return undefined;
    }
    if (reply.value.count === 0) {
      void vscode.window.showInformationMessage('Joule Lens: there is no measurement to export yet.');
      return undefined;
    }
    try {
      await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(reply.value.text));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      void vscode.window.showErrorMessage(`Joule Lens: ${target.fsPath} could not be written: ${why}`);
      return undefined;
    }
    void offerToOpen(target, reply.value.count);
    return target;
  },
};

async function askWhere(): Promise<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return vscode.window.showSaveDialog({
    title: 'Export Measurements',
    saveLabel: 'Export',
    filters: { CSV: ['csv'], JSON: ['json'] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, 'measurements.csv') }),
  });
}

async function offerToOpen(target: vscode.Uri, count: number): Promise<void> {
  const open = 'Open';
  const text = `Joule Lens: ${count} ${count === 1 ? 'measurement' : 'measurements'} exported.`;
  if ((await vscode.window.showInformationMessage(text, open)) === open) {
    await vscode.window.showTextDocument(target);
  }
}
