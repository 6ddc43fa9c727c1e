/** Answers what the extension asks, as a user at the keyboard would. */
import * as vscode from 'vscode';

/**
 * Takes the item at `index` of every list that opens, and every text as it is suggested, until `work` is done. Nothing tells whether a list is open; while
 * none is, the commands do nothing.
 */
export async function choosing<T>(index: number, work: Thenable<T>, done = (): boolean => false): Promise<T> {
  let isOver = false;
  const over = (): void => void (isOver = true);
  work.then(over, over);
  while (!isOver && !done()) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (isOver || done()) break;
    try {
      await vscode.commands.executeCommand('quickInput.first');
      for (let at = 0; at < index; at++) await vscode.commands.executeCommand('quickInput.next');
    } catch {
      // A text is asked for, which has no items: what it suggests is taken.
    }
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
  }
  return work;
}

/** Takes the first button of the message on top (`Cancel` of one with progress), again until `done`. */
export async function takingFirstButton(done: () => boolean): Promise<void> {
  while (!done()) {
    try {
      await vscode.commands.executeCommand('notifications.focusToasts');
      await vscode.commands.executeCommand('notification.acceptPrimaryAction');
    } catch {
      // The message is not drawn yet, or has just gone.
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
