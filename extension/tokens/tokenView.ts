/** Tokens drawn in an editor until the text, the selection or the model changes. */
import * as vscode from 'vscode';
import type { Reply } from '../../server/protocol/messages.js';
import { Method } from '../../server/protocol/messages.js';
import type { ShownTokens, ShowTokensParams, TokenRegionDto } from '../../server/protocol/tokens.js';
import type { Server } from '../client.js';
import { isSynced } from '../client.js';
import { setContext } from '../statusBar.js';
import type { Statuses } from '../statuses.js';
import { tokenDecorations } from './decorations.js';
import { selectedSpans, tokenQuery } from './query.js';
import { tokenHover } from './tokenText.js';

/** The view of one editor at a time. */
export interface TokenView extends vscode.Disposable {
  /** What is drawn, and where; undefined while nothing is. */
  current(): { readonly editor: vscode.TextEditor; readonly shown: ShownTokens } | undefined;
  readonly onDidChange: vscode.Event<void>;
  /** Draws the tokens of the selection, or of the turn at the caret. */
  show(editor: vscode.TextEditor): Promise<Reply<ShownTokens>>;
  hide(): void;
}

interface Drawn {
  readonly editor: vscode.TextEditor;
  readonly shown: ShownTokens;
  readonly selections: readonly vscode.Selection[];
  readonly model: string | undefined;
  readonly hovers: vscode.Disposable;
}

/** Without a selection a document that is no transcript is shown from its start, as far as this. */
const longestText = 25_000;

const sameSelections = (a: readonly vscode.Selection[], b: readonly vscode.Selection[]): boolean =>
  a.length === b.length && a.every((selection, index) => selection.isEqual(b[index]!));

/** Makes the view; nothing is drawn before `show`. */
export function createTokenView(server: Server, statuses: Statuses): TokenView {
  const decorations = tokenDecorations();
  const change = new vscode.EventEmitter<void>();
  let drawn: Drawn | undefined;
  let asking: vscode.CancellationTokenSource | undefined;

  function hide(): void {
    asking?.cancel();
    if (drawn === undefined) {
      return;
    }
    decorations.clear(drawn.editor);
    drawn.hovers.dispose();
    drawn = undefined;
    followFocus();
    change.fire();
  }

  /** Escape hides the tokens only in the editor that has them. */
  function followFocus(): void {
    setContext('joulelens.tokensShown', drawn !== undefined && drawn.editor === vscode.window.activeTextEditor);
  }

  /** A caret that walks over the tokens keeps them, so that their hovers can be reached by keyboard. */
  function staysInside(selections: readonly vscode.Selection[], { editor, shown }: Drawn): boolean {
    const [caret] = selections;
    if (caret === undefined || selections.length > 1 || !caret.isEmpty) {
      return false;
    }
    const offset = editor.document.offsetAt(caret.active);
    return shown.regions.some(({ start, end }) => offset >= start && offset <= end);
  }

  function draw(editor: vscode.TextEditor, shown: ShownTokens): void {
    decorations.draw(editor, shown.regions);
    drawn = {
      editor,
      shown,
      selections: editor.selections,
      model: statuses.of(editor.document.uri)?.model,
      hovers: vscode.languages.registerHoverProvider(
        { language: editor.document.languageId, scheme: editor.document.uri.scheme },
        { provideHover: (document, position) => hoverAt(document, position) },
      ),
    };
    followFocus();
    change.fire();
  }

  function hoverAt(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    if (drawn === undefined || document !== drawn.editor.document) {
      return undefined;
    }
    const offset = document.offsetAt(position);
    const region = regionAt(drawn.shown.regions, offset);
    return (
      region &&
      new vscode.Hover(
        new vscode.MarkdownString(tokenHover(drawn.shown, region)),
        new vscode.Range(document.positionAt(region.start), document.positionAt(region.end)),
      )
    );
  }

  async function show(editor: vscode.TextEditor): Promise<Reply<ShownTokens>> {
    hide();
    const { document, selections } = editor;
    asking = new vscode.CancellationTokenSource();
    const { token } = asking;
    const reply = await server.ask<ShownTokens>(Method.showTokens, paramsOf(editor), token);
    if (token.isCancellationRequested || editor.document !== document) {
      return { ok: false, error: 'Cancelled.', code: 'cancelled' };
    }
    if (!reply.ok) {
      return reply;
    }
    if (reply.value.version !== document.version || !sameSelections(selections, editor.selections)) {
      return { ok: false, error: 'The document has changed since.', code: 'stale' };
    }
    draw(editor, reply.value);
    return reply;
  }

  const parts = [
    decorations,
    change,
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && document === drawn?.editor.document) {
        hide();
      }
    }),
    vscode.window.onDidChangeTextEditorSelection(({ textEditor, selections }) => {
      if (
        drawn !== undefined &&
        textEditor === drawn.editor &&
        !sameSelections(selections, drawn.selections) &&
        !staysInside(selections, drawn)
      ) {
        hide();
      }
    }),
    vscode.window.onDidChangeVisibleTextEditors((editors) => {
      if (drawn !== undefined && !editors.includes(drawn.editor)) {
        hide();
      }
    }),
    vscode.window.onDidChangeActiveTextEditor(followFocus),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('joulelens')) {
        hide();
      }
    }),
    statuses.onDidChange(() => {
      const model = drawn && statuses.of(drawn.editor.document.uri)?.model;
      if (drawn === undefined || model === drawn.model) {
        return;
      }
      if (drawn.model === undefined) {
        // The first status of a document that was just opened says nothing new.
        drawn = { ...drawn, model };
      } else {
        hide();
      }
    }),
  ];
  return {
    current: () => drawn,
    onDidChange: change.event,
    show,
    hide,
    dispose() {
      hide();
      vscode.Disposable.from(...parts).dispose();
    },
  };
}

function paramsOf(editor: vscode.TextEditor): ShowTokensParams {
  const { document } = editor;
  const selected = selectedSpans(editor);
  const all = { start: 0, end: Math.min(longestText, document.getText().length) };
  const spans = selected.length > 0 || isSynced(document) ? selected : [all];
  return { ...tokenQuery(document, spans), caret: document.offsetAt(editor.selection.active) };
}

/** The stretch that holds an offset; at a border the one after it. */
function regionAt(regions: readonly TokenRegionDto[], offset: number): TokenRegionDto | undefined {
  return regions.find(({ start, end }) => offset >= start && offset < end) ?? regions.find(({ end }) => offset === end);
}
