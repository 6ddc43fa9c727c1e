import * as vscode from 'vscode';
import type { CommandModule } from '../host.js';
import { dropConsent } from '../measure/consent.js';

/** `Joule Lens: Remove Endpoint Key`: forgets the key of one origin, and that it need not be asked about. */
export const removeEndpointKey: CommandModule = {
  id: 'removeEndpointKey',
  async run(host) {
    const origins = host.keys.origins();
    if (origins.length === 0) {
      void vscode.window.showInformationMessage('Joule Lens: no endpoint key is stored.');
      return;
    }
    const origin = await vscode.window.showQuickPick([...origins], {
      title: 'Joule Lens: Remove Endpoint Key',
      placeHolder: 'Whose key should be forgotten?',
    });
    if (origin !== undefined) {
      await host.keys.remove(origin);
      await dropConsent(host.context, origin);
      void vscode.window.showInformationMessage(`Joule Lens: the key of ${origin} was removed.`);
    }
  },
};
