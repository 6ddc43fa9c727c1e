import * as vscode from 'vscode';
import type { CommandModule } from '../host.js';

const fileName = 'joulelens.json';

const starter = `{
  "profile": "my-server",
  "model": "meta-llama/Llama-3.1-8B-Instruct",
  "profiles": {
    "my-server": {
      "description": "How our own server runs",
      "gpu": "h100-sxm",
      "engine": "vllm-0.11",
      "batch": [8, 128],
      "prefixCache": true,
      "hostWattsPerGpu": 200,
      "pue": 1.15
    }
  }
}
`;

/** `Joule Lens: Create joulelens.json`: a starter at the root of the workspace; opens the file where there is one. */
export const createSettingsFile: CommandModule = {
  id: 'createSettingsFile',
  async run() {
    const folder =
      (vscode.workspace.workspaceFolders?.length ?? 0) > 1
        ? await vscode.window.showWorkspaceFolderPick({ placeHolder: 'In which folder?' })
        : vscode.workspace.workspaceFolders?.[0];
    if (folder === undefined) {
      if (vscode.workspace.workspaceFolders === undefined) {
        void vscode.window.showInformationMessage(
          'Joule Lens: open a folder first; joulelens.json stands at its root.',
        );
      }
      return;
    }
    const uri = vscode.Uri.joinPath(folder.uri, fileName);
    if (!(await exists(uri))) {
      await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(starter));
    }
    await vscode.window.showTextDocument(uri);
  },
};

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
