import * as vscode from 'vscode';
import type { CommandModule } from '../host.js';
import { shownSentence } from '../tokens/tokenText.js';
import { announce } from './navigate.js';

/** `Joule Lens: Show Tokens`: draws the tokens of the selection or of the turn at the caret; again, and they go. */
export const showTokens: CommandModule = {
  id: 'showTokens',
  async run(host) {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined) {
      void vscode.window.showInformationMessage('Joule Lens: open a document to see its tokens.');
      return undefined;
    }
    if (host.tokens.current()?.editor === editor) {
      host.tokens.hide();
      return undefined;
    }
    const reply = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: 'Joule Lens: finding tokens' },
      () => host.tokens.show(editor),
    );
    if (reply.ok) {
      announce(shownSentence(reply.value));
      return reply.value;
    }
    if (reply.code === 'no-tokens' || reply.code === 'no-transcript') {
      void vscode.window.showInformationMessage(`Joule Lens: ${reply.error}`);
    } else if (reply.code !== 'cancelled' && reply.code !== 'stale') {
      void vscode.window.showErrorMessage(`Joule Lens: ${reply.error}`);
    }
    return undefined;
  },
};
