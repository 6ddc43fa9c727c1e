import * as path from 'node:path';
import * as vscode from 'vscode';
import type { CommandModule } from '../host.js';

const languageByEnding: Readonly<Record<string, string>> = {
  '.json': 'json',
  '.jsonl': 'jsonl',
  '.md': 'markdown',
  '.txt': 'plaintext',
};

const notSamples = ['README.md', 'joulelens.json'];

/** `Joule Lens: Open Sample Transcript`: a sample as an untitled copy, to change at will. An argument names the file. */
export const openSample: CommandModule = {
  id: 'openSample',
  async run(host, ...args) {
    const folder = vscode.Uri.file(host.context.asAbsolutePath('samples'));
    const entries = await vscode.workspace.fs.readDirectory(folder);
    const names = entries
      .map(([name]) => name)
      .filter((name) => path.extname(name) in languageByEnding && !notSamples.includes(name));
    const name =
      typeof args[0] === 'string' && names.includes(args[0])
        ? args[0]
        : await vscode.window.showQuickPick(names, {
            title: 'Joule Lens: Open Sample Transcript',
            placeHolder: 'It opens as an untitled copy',
          });
    if (name === undefined) {
      return;
    }
    const content = new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, name)));
    const language = languageByEnding[path.extname(name)] ?? 'plaintext';
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language, content }));
  },
};
