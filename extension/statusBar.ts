/** The status bar item: the conversation's total and the profile. */
import * as vscode from 'vscode';
import type { Statuses } from './statuses.js';
import type { StatusView } from './statusText.js';
import { statusView, tooLargeView } from './statusText.js';
import { tooLargeFile } from './largeFile.js';

/** The item as it now stands, for tests and for commands. */
export interface StatusBar extends vscode.Disposable {
  /** Empty while hidden. */
  text(): string;
  tooltip(): string;
}

/** Shows the item for the active editor and keeps the context keys that menus and keybindings use. */
export function showStatusBar(statuses: Statuses): StatusBar {
  const item = vscode.window.createStatusBarItem('joulelens.status', vscode.StatusBarAlignment.Right, 90);
  item.name = 'Joule Lens';
  let shown: StatusView | null = null;
  let turn = 0;

  function show(view: StatusView | null, command: string): void {
    shown = view;
    if (view === null) {
      item.hide();
      return;
    }
    item.text = view.text;
    item.command = command;
    item.accessibilityInformation = { label: view.spoken, role: 'button' };
    item.tooltip = trustedMarkdown(view.tooltip);
    item.backgroundColor =
      view.severity === 'normal' ? undefined : new vscode.ThemeColor(`statusBarItem.${view.severity}Background`);
    item.show();
  }

  async function update(): Promise<void> {
    turn += 1;
    const mine = turn;
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.uri.scheme === 'output') {
      // The output panel has the focus; the editor above it is still the one that is looked at.
      return;
    }
    const status = editor === undefined ? undefined : statuses.of(editor.document.uri);
    const isTranscript = status !== undefined && status.state !== 'none' && status.state !== 'error';
    setContext('joulelens.isTranscript', isTranscript);
    setContext('joulelens.hasVideo', status?.video !== undefined);
    setContext('joulelens.hasTemplate', isTranscript && status.template !== undefined);
    setContext('joulelens.hasBranches', isTranscript && status.branches !== undefined);
    setContext('joulelens.isReadOnly', isTranscript && status.readOnly === true);
    if (editor !== undefined) {
      setContext('joulelens.isTooLarge', false);
      show(statusView(status), status?.video === undefined ? 'joulelens.showMenu' : 'joulelens.showTurn');
      return;
    }
    const large = await tooLargeFile();
    // The user may have gone elsewhere while the size was read.
    if (mine === turn) {
      setContext('joulelens.isTooLarge', large !== null);
      show(large === null ? null : tooLargeView(large.name, large.bytes), 'joulelens.annotateFile');
    }
  }

  const follow = (): void => void update();
  const parts = [
    item,
    statuses.onDidChange(follow),
    vscode.window.onDidChangeActiveTextEditor(follow),
    vscode.window.tabGroups.onDidChangeTabs(follow),
    vscode.window.tabGroups.onDidChangeTabGroups(follow),
  ];
  follow();
  return {
    text: () => shown?.text ?? '',
    tooltip: () => shown?.tooltip ?? '',
    dispose: () => vscode.Disposable.from(...parts).dispose(),
  };
}

const contexts = new Map<string, boolean>();

/** Sets a context key of the `when` clauses, once per change. */
export function setContext(key: string, value: boolean): void {
  if (contexts.get(key) !== value) {
    contexts.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}

/** Markdown whose command links may run this extension's choices, and nothing else. */
export function trustedMarkdown(text: string): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(text, true);
  markdown.isTrusted = {
    enabledCommands: [
      'joulelens.chooseProfile',
      'joulelens.chooseModel',
      'joulelens.treatAsTranscript',
      'joulelens.annotateFile',
      'joulelens.fillTemplate',
      'joulelens.showAllBranches',
    ],
  };
  return markdown;
}
