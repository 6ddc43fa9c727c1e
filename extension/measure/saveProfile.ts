/** Puts a calibrated profile where it is used from now on: the user's settings, or the workspace's joulelens.json. */
import * as vscode from 'vscode';
import { Method } from '../../server/protocol/messages.js';
import type { Host } from '../host.js';

/** A calibrated profile; its name is asked for where it has none. */
export interface MadeProfile {
  readonly name?: string;
  readonly suggested: string;
  readonly profile: Record<string, unknown>;
}

/** Asks for the profile's name, saves it and selects it. True when saved. */
export async function saveProfile(
  host: Host,
  where: 'settings' | 'file',
  { name: given, suggested, profile }: MadeProfile,
): Promise<boolean> {
  const name = given ?? (await askName(suggested));
  if (name === undefined) {
    return false;
  }
  const saved =
    where === 'settings' ? await saveToSettings(name.trim(), profile) : await saveToFile(host, name.trim(), profile);
  if (saved) {
    void vscode.window.showInformationMessage(`Joule Lens: profile ${name.trim()} is saved and in use.`);
  }
  return saved;
}

function askName(suggested: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: 'Joule Lens: Save the Calibrated Profile',
    prompt: 'Name of the profile. One of the same name is replaced.',
    value: suggested,
    validateInput: (text) => (text.trim() === '' ? 'A profile needs a name.' : undefined),
  });
}

/** The user's own settings: they hold in every workspace. Selected where nothing nearer chooses another. */
async function saveToSettings(name: string, profile: Record<string, unknown>): Promise<boolean> {
  const settings = vscode.workspace.getConfiguration('joulelens');
  const own = settings.inspect<Record<string, unknown>>('profiles')?.globalValue ?? {};
  await settings.update('profiles', { ...own, [name]: profile }, vscode.ConfigurationTarget.Global);
  const chosen = settings.inspect<string>('profile');
  const target =
    chosen?.workspaceValue === undefined ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
  await settings.update('profile', name, target);
  return true;
}

async function saveToFile(host: Host, name: string, profile: Record<string, unknown>): Promise<boolean> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const folder =
    folders.length > 1 ? await vscode.window.showWorkspaceFolderPick({ placeHolder: 'In which folder?' }) : folders[0];
  if (folder === undefined) {
    if (folders.length === 0) {
      void vscode.window.showWarningMessage(
        'Joule Lens: open a folder first; joulelens.json stands at its root. The report stays open.',
      );
    }
    return false;
  }
  const uri = vscode.Uri.joinPath(folder.uri, 'joulelens.json');
  const text = await textOf(uri);
  const merged = await host.server.ask<{ text: string }>(Method.mergeProfile, { text: text ?? '', name, profile });
  if (!merged.ok) {
    void vscode.window.showErrorMessage(`Joule Lens: ${merged.error}.`);
    return false;
  }
  if (text === null) {
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(merged.value.text));
  } else {
    const document = await vscode.workspace.openTextDocument(uri);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(
      uri,
      new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length)),
      merged.value.text,
    );
    await vscode.workspace.applyEdit(edit);
    await document.save();
  }
  await vscode.window.showTextDocument(uri);
  await vscode.workspace
    .getConfiguration('joulelens', folder.uri)
    .update('profile', name, vscode.ConfigurationTarget.Global);
  return true;
}

/** The file's text, of an open editor where there is one; null where there is no file. */
async function textOf(uri: vscode.Uri): Promise<string | null> {
  try {
    return (await vscode.workspace.openTextDocument(uri)).getText();
  } catch {
    return null;
  }
}
