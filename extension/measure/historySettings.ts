/** What of a measurement is kept; the `joulelens.history` settings. */
import * as vscode from 'vscode';

/** Whether the texts of replies are kept too. */
export const keepsReplies = (): boolean =>
  vscode.workspace.getConfiguration('joulelens.history').get<boolean>('keepReplies') === true;
