/** A choice that the server offers, as a quick pick. */
import * as vscode from 'vscode';
import type { Choice } from '../../server/protocol/messages.js';
import type { Host } from '../host.js';

/** An entry of the pick; `id` is null for the entry that clears the choice. */
export interface PickItem extends vscode.QuickPickItem {
  readonly id: string | null;
  readonly current?: boolean;
}

/** Asks the server for its choices and shows them, the current one marked and first in focus; undefined when dismissed. */
export async function pickChoice(
  host: Host,
  method: string,
  options: { title: string; placeHolder: string; uri?: string; extra?: readonly PickItem[] },
): Promise<PickItem | undefined> {
  const reply = await host.server.ask<Choice[]>(method, options.uri === undefined ? {} : { uri: options.uri });
  if (!reply.ok) {
    void vscode.window.showErrorMessage(`Joule Lens: ${reply.error}`);
    return undefined;
  }
  return showChoices(reply.value, options);
}

/** Shows choices that are there already; undefined when dismissed. */
export const showChoices = (
  choices: readonly Choice[],
  options: { title: string; placeHolder: string; extra?: readonly PickItem[] },
): Promise<PickItem | undefined> => showPick([...grouped(choices), ...(options.extra ?? [])], options);

/** Choices in the order given, a heading before the first of each group. */
function grouped(choices: readonly Choice[]): PickItem[] {
  return choices.flatMap((choice, index) =>
    choice.group !== undefined && choice.group !== choices[index - 1]?.group
      ? [{ id: null, label: choice.group, kind: vscode.QuickPickItemKind.Separator }, toItem(choice)]
      : [toItem(choice)],
  );
}

function toItem(choice: Choice): PickItem {
  const marks = [choice.current ? 'in use' : '', choice.source].filter((mark) => mark !== '').join(' · ');
  return {
    id: choice.id,
    current: choice.current,
    label: `${choice.current ? '$(check) ' : ''}${choice.label}`,
    description: marks,
    detail: [choice.description, choice.detail].filter(Boolean).join(' — '),
  };
}

function showPick(
  items: readonly PickItem[],
  options: { title: string; placeHolder: string },
): Promise<PickItem | undefined> {
  const pick = vscode.window.createQuickPick<PickItem>();
  pick.title = options.title;
  pick.placeholder = options.placeHolder;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.items = items;
  const current = items.find((item) => item.current);
  if (current !== undefined) {
    pick.activeItems = [current];
  }
  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0] ?? pick.activeItems[0]);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

/**
 * Writes a setting where it takes effect for `uri`: in the folder or workspace where a value stands already, else in
 * the user's settings. `null` clears it.
 */
export async function writeSetting(name: string, value: string | null, uri: vscode.Uri | undefined): Promise<void> {
  const settings = vscode.workspace.getConfiguration('joulelens', uri ?? null);
  const found = settings.inspect<string>(name);
  const target =
    found?.workspaceFolderValue !== undefined
      ? vscode.ConfigurationTarget.WorkspaceFolder
      : found?.workspaceValue !== undefined
        ? vscode.ConfigurationTarget.Workspace
        : vscode.ConfigurationTarget.Global;
  await settings.update(name, value ?? undefined, target);
}
