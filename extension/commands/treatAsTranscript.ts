import * as vscode from 'vscode';
import { Method } from '../../server/protocol/messages.js';
import type { CommandModule, Host } from '../host.js';
import { pickChoice } from './pick.js';
import { targetArgument, targetEditor } from './target.js';

const fromSelection = 'selection';
/** Format that reads any text as one user turn. */
const wholeText = 'plain-prompt';

/** `Joule Lens: Treat as Transcript`: reads the document in a format that the user names. */
export const treatAsTranscript: CommandModule = {
  id: 'treatAsTranscript',
  async run(host, ...args) {
    const editor = await targetEditor(targetArgument(args[0]));
    if (editor === undefined) {
      void vscode.window.showInformationMessage('Joule Lens: open the document first.');
      return undefined;
    }
    const { document } = editor;
    const uri = document.uri.toString();
    await host.server.follow(document);
    const selected = document.getText(editor.selection);
    const item = await pickChoice(host, Method.formats, {
      title: 'Joule Lens: Treat as Transcript',
      placeHolder: 'Which format is this document in?',
      uri,
      extra: [
        { id: null, label: '', kind: vscode.QuickPickItemKind.Separator },
        ...(selected.trim() === ''
          ? []
          : [
              {
                id: fromSelection,
                label: '$(selection) One User Turn (Selection)',
                detail: 'In a document of its own',
              },
            ]),
        { id: null, label: '$(discard) Detect Again', detail: 'From the name and the text, as at first' },
      ],
    });
    if (item === undefined) {
      return undefined;
    }
    if (item.id === fromSelection) {
      return treatSelection(host, selected);
    }
    const reply = await host.server.ask<null>(Method.treatAs, { uri, format: item.id });
    if (!reply.ok) {
      void vscode.window.showErrorMessage(`Joule Lens: ${reply.error}`);
    }
    return item.id;
  },
};

/** A part of a document as one prompt: beside it, since the rest is something else. */
async function treatSelection(host: Host, content: string): Promise<string | undefined> {
  const document = await vscode.workspace.openTextDocument({ language: 'plaintext', content });
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside });
  const uri = document.uri.toString();
  const reply = await host.server.ask<null>(Method.treatAs, { uri, format: wholeText });
  if (!reply.ok) {
    void vscode.window.showErrorMessage(`Joule Lens: ${reply.error}`);
    return undefined;
  }
  return wholeText;
}
