import * as vscode from 'vscode';
import { Method } from '../../server/protocol/messages.js';
import type { CommandModule } from '../host.js';
import { pickChoice, writeSetting } from './pick.js';
import { targetArgument } from './target.js';

/** `Joule Lens: Choose Profile`: which assumptions stand behind the figures. */
export const chooseProfile: CommandModule = {
  id: 'chooseProfile',
  async run(host, ...args) {
    const uri = targetArgument(args[0]).uri ?? vscode.window.activeTextEditor?.document.uri.toString();
    const item = await pickChoice(host, Method.profiles, {
      title: 'Joule Lens: Choose Profile',
      placeHolder: 'How is the model served? Figures of two profiles are not comparable.',
      ...(uri === undefined ? {} : { uri }),
      extra: [
        { id: null, label: '', kind: vscode.QuickPickItemKind.Separator },
        {
          id: null,
          label: '$(discard) Use the Default',
          detail: 'The profile that joulelens.json names, else shared-server',
        },
      ],
    });
    if (item === undefined) {
      return undefined;
    }
    await writeSetting('profile', item.id, uri === undefined ? undefined : vscode.Uri.parse(uri));
    return item.id;
  },
};
