/** Moves the caret from turn to turn. Shared by Next Turn and Previous Turn. */
import * as vscode from 'vscode';
import type { TurnDto } from '../../server/protocol/messages.js';
import { Method } from '../../server/protocol/messages.js';
import type { Host } from '../host.js';
import { reportNoTranscript, reportReply } from './target.js';

const announceMilliseconds = 8000;
/** How long to wait for the editor to say that the caret has moved; it may have no reason to. */
const caretMilliseconds = 3000;

let moving: Promise<unknown> = Promise.resolve();

/**
 * Goes to the start of the next (`1`) or previous (`-1`) turn, around the ends; returns its spoken sentence. Calls in
 * quick succession (a key held down) are carried out one after another, each from where the last one arrived.
 */
export function navigate(host: Host, direction: 1 | -1): Promise<string | undefined> {
  const step = moving.then(() => navigateNow(host, direction));
  moving = step.catch(() => undefined);
  return step;
}

async function navigateNow(host: Host, direction: 1 | -1): Promise<string | undefined> {
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
  await arrive(editor, turn);
  announce(turn.spoken);
  return turn.spoken;
}

/**
 * Moves the caret and waits until the window has it there. Until then a late word on an earlier place of the caret can
 * put `editor.selection` back, and the next step would start from there.
 */
async function arrive(editor: vscode.TextEditor, turn: Pick<TurnDto, 'roleRange'>): Promise<void> {
  const { line, character } = turn.roleRange.start;
  const there = new vscode.Position(line, character);
  if (editor.selection.isEmpty && editor.selection.active.isEqual(there)) {
    return;
  }
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      listener.dispose();
      resolve();
    };
    const timer = setTimeout(done, caretMilliseconds);
    const listener = vscode.window.onDidChangeTextEditorSelection(({ textEditor, selections }) => {
      if (textEditor === editor && selections[0]?.active.isEqual(there) === true) {
        done();
      }
    });
    moveCaret(editor, turn);
  });
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
