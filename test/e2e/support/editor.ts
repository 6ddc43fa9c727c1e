/** What the tests do in the editor and read from it, by the public API of VS Code only. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { JouleLensApi } from '../../../extension/api.js';

/** A resolved code lens. */
export interface Lens {
  line: number;
  title: string;
  command: string;
  arguments: unknown[];
}

/** A turn as its lens shows it. */
export interface TurnLens {
  role: string;
  tokens: number;
  /** The figure with its unit: `1.2 J (0.8–2)`. */
  figure: string;
  line: number;
}

/** The packed extension's API; activates it where it is not yet. */
export async function api(): Promise<JouleLensApi> {
  const extension = vscode.extensions.getExtension<JouleLensApi>('joulelens.joulelens');
  if (!extension) throw new Error('joulelens.joulelens is not installed');
  const joulelens = await extension.activate();
  await joulelens.ready;
  return joulelens;
}

/** A file of the workspace: its root folder's name, then the path in it. */
export function file(...parts: [root: string, ...rest: string[]]): vscode.Uri {
  const root = vscode.workspace.workspaceFolders?.find(({ name }) => name === parts[0]);
  if (!root) throw new Error(`the workspace has no folder ${parts[0]}`);
  return vscode.Uri.file(path.join(root.uri.fsPath, ...parts.slice(1)));
}

/** Opens a file of the workspace in the active editor, the caret at its start, wherever another test left it. */
export async function open(...parts: [root: string, ...rest: string[]]): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(file(...parts), { preview: false, selection: new vscode.Range(0, 0, 0, 0) });
}

/** Opens an untitled document. */
export async function openUntitled(language: string, content: string): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language, content }));
}

/** Drops every change and closes every editor. */
export async function closeAll(): Promise<void> {
  while (vscode.window.activeTextEditor) {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** All resolved lenses of a document, in the order of their lines. */
export async function lenses(document: vscode.TextDocument): Promise<Lens[]> {
  // Nothing at all where VS Code has just opened the document and knows no provider for it yet.
  const found = await vscode.commands.executeCommand<vscode.CodeLens[] | undefined>(
    'vscode.executeCodeLensProvider',
    document.uri,
    10_000,
  );
  return (found ?? [])
    .filter(({ command }) => command !== undefined)
    .map(({ range, command }) => ({
      line: range.start.line,
      title: command!.title,
      command: command!.command,
      arguments: command!.arguments ?? [],
    }))
    .sort((a, b) => a.line - b.line);
}

const turnTitle = /^(system|user|assistant|tool) · ≈?\s?([\d,]+) tok · (.+)$/;

/** The turns that a document's lenses show. */
export async function turns(document: vscode.TextDocument): Promise<TurnLens[]> {
  return (await lenses(document)).flatMap(({ title, line }) => {
    const [, role, tokens, figure] = turnTitle.exec(title) ?? [];
    return role && tokens && figure ? [{ role, tokens: Number(tokens.replaceAll(',', '')), figure, line }] : [];
  });
}

/** Asks again until `accept` holds of the answer; fails with the last answer. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  accept: (answer: T) => boolean,
  what: string,
  seconds = 15,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (accept(answer)) return answer;
    if (Date.now() > end) throw new Error(`${what}: not so in ${seconds} s; last seen: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The turns of a document once there are `count`. */
export async function turnsWhen(document: vscode.TextDocument, count: number): Promise<TurnLens[]> {
  return eventually(
    () => turns(document),
    (found) => found.length === count,
    `${count} turns with figures in ${path.basename(document.fileName)}`,
  );
}

/** The roles of turns, in order. */
export const roles = (found: readonly TurnLens[]): string[] => found.map(({ role }) => role);

/** Replaces the first `before` in a document by `after`, as typing would. */
export async function replace(editor: vscode.TextEditor, before: string, after: string): Promise<void> {
  const at = editor.document.getText().indexOf(before);
  if (at < 0) throw new Error(`${JSON.stringify(before)} is not in the document`);
  const range = new vscode.Range(editor.document.positionAt(at), editor.document.positionAt(at + before.length));
  await editor.edit((edit) => edit.replace(range, after));
}

/** Sets a `joulelens` setting for the test, for the user. */
export async function set(key: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration('joulelens').update(key, value, vscode.ConfigurationTarget.Global);
}
