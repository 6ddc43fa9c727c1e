import * as vscode from 'vscode';
import type { CommandModule } from '../host.js';

/** `Joule Lens: Restart Server`. */
export const restartServer: CommandModule = {
  id: 'restartServer',
  async run(host) {
    try {
      await host.server.restart();
      vscode.window.setStatusBarMessage('$(check) Joule Lens: server restarted', 5000);
    } catch {
      // The client reports a failed start itself, with what to do.
    }
  },
};
