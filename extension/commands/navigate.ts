/** Moves the caret from turn to turn. Shared by Next Turn and Previous Turn. */
import * as vscode from 'vscode';
import type { TurnDto } from '../../server/protocol/messages.js';
import { Method } from '../../server/protocol/messages.js';
import type { Host } from '../host.js';
import { reportNoTranscript, reportReply } from './target.js';

const announceMilliseconds = 8000;

/** Goes to the start of the next (`1`) or previous (`-1`) turn, around the ends; returns its spoken sentence. */
export async function navigate(host: Host, direction: 1 | -1): Promise<string | undefined> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    void reportNoTranscript(editor);
    return undefined;
  }
  const reply = await host.server.ask<TurnDto[]>(Method.turns, { uri: editor.document.uri.toString() });
  if (!reply.ok) {
    reportReply(reply, editor);
    return undefined;
  }
  const turn = chooseTurn(reply.value, editor.selection.active, direction);
  if (turn === undefined) {
    void reportNoTranscript(editor);
    return undefined;
  }
  moveCaret(editor, turn);
  announce(turn.spoken);
  return turn.spoken;
}

function chooseTurn(turns: readonly TurnDto[], caret: vscode.Position, direction: 1 | -1): TurnDto | undefined {
  const start = (turn: TurnDto): vscode.Position =>
    new vscode.Position(turn.roleRange.start.line, turn.roleRange.start.character);
  return direction === 1
    ? (turns.find((turn) => start(turn).isAfter(caret)) ?? turns[0])
    : ([...turns].reverse().find((turn) => start(turn).isBefore(caret)) ?? turns.at(-1));
}

/** Puts the caret at the turn's role and scrolls it into view. */
export function moveCaret(editor: vscode.TextEditor, turn: Pick<TurnDto, 'roleRange'>): void {
  const { line, character } = turn.roleRange.start;
  const caret = new vscode.Position(line, character);
  editor.selection = new vscode.Selection(caret, caret);
  editor.revealRange(new vscode.Range(caret, caret), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** Says a sentence: in the status bar for the eye, as a message for a screen reader where one is in use. */
export function announce(sentence: string): void {
  vscode.window.setStatusBarMessage(sentence, announceMilliseconds);
  if (vscode.workspace.getConfiguration('editor').get('accessibilitySupport') === 'on') {
    void vscode.window.showInformationMessage(sentence);
  }
}
