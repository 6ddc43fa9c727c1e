/** Files that VS Code shows but whose text it keeps from extensions, because they are too large. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { syncLimitBytes } from './statusText.js';

const transcriptEndings = [
  ...['.json', '.jsonl', '.jsonc', '.ndjson', '.md', '.markdown', '.txt', '.yaml', '.yml', '.mdc'],
  ...['.prompt', '.prompty', '.poml', '.promptl', '.baml'],
];

/** The file in the active tab where it is above the limit and might be a transcript; else null. */
export async function tooLargeFile(): Promise<{ uri: vscode.Uri; name: string; bytes: number } | null> {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (!(input instanceof vscode.TabInputText) || input.uri.scheme !== 'file') {
    return null;
  }
  const name = path.basename(input.uri.fsPath);
  if (!transcriptEndings.includes(path.extname(name).toLowerCase())) {
    return null;
  }
  try {
    const { size } = await vscode.workspace.fs.stat(input.uri);
    return size > syncLimitBytes ? { uri: input.uri, name, bytes: size } : null;
  } catch {
    // Deleted or unreadable: VS Code itself says so in the tab.
    return null;
  }
}
