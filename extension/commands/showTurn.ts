import * as vscode from 'vscode';
import type { CommandModule } from '../host.js';
import { announce, moveCaret } from './navigate.js';
import { reportNoTranscript, targetArgument, targetEditor, turnAt } from './target.js';

/** `Joule Lens: Show Joules of This Turn`: the hover at the caret's turn, and the same in one spoken sentence. */
export const showTurn: CommandModule = {
  id: 'showTurn',
  async run(host, ...args) {
    const argument = targetArgument(args[0]);
    const editor = await targetEditor(argument);
    if (editor === undefined) {
      void reportNoTranscript(editor);
      return undefined;
    }
    const report = await turnAt(host, editor, argument.position ?? editor.selection.active);
    if (report === undefined || report === null) {
      if (report === null) {
        void reportNoTranscript(editor);
      }
      return undefined;
    }
    // The hover stands on the role, so that text under the pointer elsewhere stays free of it.
    moveCaret(editor, report.turn);
    await vscode.commands.executeCommand('editor.action.showHover');
    announce(report.turn.spoken);
    return report.turn.spoken;
  },
};
