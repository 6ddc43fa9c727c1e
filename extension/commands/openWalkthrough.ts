import * as vscode from 'vscode';
import type { CommandModule } from '../host.js';

/** `Joule Lens: Open Walkthrough`. */
export const openWalkthrough: CommandModule = {
  id: 'openWalkthrough',
  async run(host) {
    await vscode.commands.executeCommand(
      'workbench.action.openWalkthrough',
      `${host.context.extension.id}#start`,
      false,
    );
  },
};
