/** The status item that says how many tokens are selected, or shown. */
import * as vscode from 'vscode';
import { Method } from '../../server/protocol/messages.js';
import type { SelectionTokens } from '../../server/protocol/tokens.js';
import type { Server } from '../client.js';
import type { Statuses } from '../statuses.js';
import { selectedSpans, tokenQuery } from './query.js';
import { selectionItem, shownItem, type TokenItem } from './tokenText.js';
import type { TokenView } from './tokenView.js';

/** The item as it stands, for tests. */
export interface SelectionCount extends vscode.Disposable {
  /** Empty while hidden. */
  text(): string;
}

/** A selection that still grows is not counted yet, in milliseconds. */
const restMilliseconds = 150;
/** After this long without an answer the item says that it is counting. */
const patienceMilliseconds = 400;

/** Follows the active editor's selection. */
export function showSelectionCount(server: Server, statuses: Statuses, view: TokenView): SelectionCount {
  const item = vscode.window.createStatusBarItem('joulelens.selection', vscode.StatusBarAlignment.Right, 91);
  item.name = 'Joule Lens: Selected Tokens';
  item.command = 'joulelens.showTokens';
  let text = '';
  let asking: vscode.CancellationTokenSource | undefined;
  let timer: NodeJS.Timeout | undefined;

  function show(content: TokenItem | null): void {
    text = content?.text ?? '';
    if (content === null) {
      item.hide();
      return;
    }
    item.text = content.text;
    item.tooltip = new vscode.MarkdownString(content.tooltip);
    item.accessibilityInformation = { label: content.spoken, role: 'button' };
    item.show();
  }

  /** Stops what is under way and starts again when the selection rests. */
  function update(): void {
    clearTimeout(timer);
    asking?.cancel();
    asking = undefined;
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.uri.scheme === 'output') {
      return;
    }
    const current = view.current();
    if (current !== undefined && current.editor === editor) {
      show(shownItem(current.shown));
    } else if (editor === undefined || !isCounted(editor) || editor.selections.every(({ isEmpty }) => isEmpty)) {
      show(null);
    } else {
      timer = setTimeout(() => void count(editor), restMilliseconds);
    }
  }

  async function count(editor: vscode.TextEditor): Promise<void> {
    const source = new vscode.CancellationTokenSource();
    asking = source;
    const patience = setTimeout(() => {
      const spoken = 'Counting the selected tokens';
      show({ text: '$(loading~spin) counting selection', spoken, tooltip: `${spoken}.` });
    }, patienceMilliseconds);
    const query = tokenQuery(editor.document, selectedSpans(editor));
    const reply = await server.ask<SelectionTokens>(Method.selectionTokens, query, source.token);
    clearTimeout(patience);
    if (!source.token.isCancellationRequested) {
      show(reply.ok ? selectionItem(reply.value) : null);
    }
  }

  /** Whether the setting has selections of this document counted. */
  function isCounted({ document }: vscode.TextEditor): boolean {
    const where = vscode.workspace.getConfiguration('joulelens', document).get<string>('selectionTokens');
    const state = statuses.of(document.uri)?.state ?? 'none';
    return where === 'everywhere' || (where !== 'off' && state !== 'none' && state !== 'error');
  }

  const parts = [
    item,
    view.onDidChange(update),
    statuses.onDidChange(update),
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
      if (textEditor === vscode.window.activeTextEditor) {
        update();
      }
    }),
    vscode.window.onDidChangeActiveTextEditor(update),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('joulelens')) {
        update();
      }
    }),
  ];
  update();
  return {
    text: () => text,
    dispose() {
      clearTimeout(timer);
      asking?.cancel();
      vscode.Disposable.from(...parts).dispose();
    },
  };
}
