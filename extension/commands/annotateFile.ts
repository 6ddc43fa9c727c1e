import * as path from 'node:path';
import * as vscode from 'vscode';
import type { CommandModule } from '../host.js';
import { tooLargeFile } from '../largeFile.js';
import { targetArgument } from './target.js';

/** `Joule Lens: Annotate File in Terminal`: the command line on a file on disk, for what the editor cannot hold. */
export const annotateFile: CommandModule = {
  id: 'annotateFile',
  async run(host, ...args) {
    const named = targetArgument(args[0]).uri;
    const uri =
      named === undefined
        ? ((await tooLargeFile())?.uri ?? vscode.window.activeTextEditor?.document.uri)
        : vscode.Uri.parse(named);
    if (uri?.scheme !== 'file') {
      void vscode.window.showInformationMessage(
        'Joule Lens: open a file on disk first; this one has no file to annotate.',
      );
      return;
    }
    const commandLine = host.context.asAbsolutePath(path.join('dist', 'joulelens.js'));
    const task = new vscode.Task(
      { type: 'joulelens' },
      vscode.TaskScope.Workspace,
      `annotate ${path.basename(uri.fsPath)}`,
      'Joule Lens',
      // VS Code's own Node runs it: there need be no other on this machine.
      new vscode.ProcessExecution(process.execPath, [commandLine, 'annotate', '--stream', uri.fsPath], {
        env: { ELECTRON_RUN_AS_NODE: '1' },
      }),
    );
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
    await vscode.tasks.executeTask(task);
  },
};
