import * as vscode from 'vscode';
import { Method } from '../../server/protocol/messages.js';
import type { CommandModule } from '../host.js';
import { pickChoice } from './pick.js';
import { targetArgument, targetEditor } from './target.js';

/** `Joule Lens: Treat as Transcript`: reads the document in a format that the user names. */
export const treatAsTranscript: CommandModule = {
  id: 'treatAsTranscript',
  async run(host, ...args) {
    const editor = await targetEditor(targetArgument(args[0]));
    if (editor === undefined) {
      void vscode.window.showInformationMessage('Joule Lens: open the document first.');
      return undefined;
    }
    const uri = editor.document.uri.toString();
    const item = await pickChoice(host, Method.formats, {
      title: 'Joule Lens: Treat as Transcript',
      placeHolder: 'Which format is this document in?',
      uri,
      extra: [
        { id: null, label: '', kind: vscode.QuickPickItemKind.Separator },
        { id: null, label: '$(discard) Detect Again', detail: 'From the name and the text, as at first' },
      ],
    });
    if (item === undefined) {
      return undefined;
    }
    const reply = await host.server.ask<null>(Method.treatAs, { uri, format: item.id });
    if (!reply.ok) {
      void vscode.window.showErrorMessage(`Joule Lens: ${reply.error}`);
    }
    return item.id;
  },
};
