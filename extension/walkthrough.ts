/** The walkthrough, shown once after the first installation. */
import * as vscode from 'vscode';

const stateKey = 'joulelens.walkthroughShown';

/**
 * Opens the walkthrough behind the active editor the first time that an installed Joule Lens runs, unless the user
 * turned such things off. VS Code itself opens it only for extensions installed from a running window.
 */
export async function showWalkthroughOnce(context: vscode.ExtensionContext): Promise<void> {
  const wanted = vscode.workspace
    .getConfiguration('workbench.welcomePage.walkthroughs')
    .get<boolean>('openOnInstall', true);
  const installed = context.extensionMode === vscode.ExtensionMode.Production;
  if (!installed || !wanted || context.globalState.get<boolean>(stateKey) === true) {
    return;
  }
  await context.globalState.update(stateKey, true);
  await vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#start`, {
    inactive: true,
  });
}
