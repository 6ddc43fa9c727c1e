/** The panel of measurements: its page, its messages, and its return after a reload of the window. */
import { randomBytes } from 'node:crypto';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type {
  HistoryReport,
  PanelMessage,
  PanelRequest,
  RequestPlace,
  RunningDto,
} from '../../server/protocol/history.js';
import { HistoryMethod, panelCommands } from '../../server/protocol/history.js';
import type { Server } from '../client.js';
import type { Statuses } from '../statuses.js';

/** As VS Code remembers the panel. */
const viewType = 'joulelens.measurements';

/** The panel, one for a window. */
export interface MeasurementsPanel extends vscode.Disposable {
  /** Shows it beside the editor, with the measurements of a document where one is named. */
  show(): void;
  /** What runs now, for as long as it does. */
  running(now: RunningDto | null): void;
  /** What was last sent to the page; undefined while there is none. */
  shown(): PanelMessage | undefined;
  isVisible(): boolean;
}

/** Makes it. No page is loaded before it is shown. */
export function createMeasurementsPanel(
  context: vscode.ExtensionContext,
  server: Server,
  statuses: Statuses,
): MeasurementsPanel {
  let panel: vscode.WebviewPanel | null = null;
  let isReady = false;
  let lastShown: PanelMessage | undefined;
  let nowRunning: RunningDto | null = null;
  let active: vscode.Uri | null = transcriptOf(vscode.window.activeTextEditor);

  /** The active document where it is a transcript; null for others, so that the last transcript stays. */
  function transcriptOf(editor: vscode.TextEditor | undefined): vscode.Uri | null {
    const uri = editor?.document.uri;
    const status = uri && statuses.of(uri);
    return uri !== undefined && status !== undefined && status.state !== 'none' ? uri : null;
  }

  function post(message: PanelMessage): void {
    if (panel !== null && isReady) {
      void panel.webview.postMessage(message);
    }
    if (message.kind !== 'running') {
      lastShown = message;
    }
  }

  async function refresh(): Promise<void> {
    if (panel === null || !isReady) {
      return;
    }
    const reply = await server.ask<HistoryReport>(HistoryMethod.history, {});
    post(
      reply.ok
        ? {
            kind: 'history',
            report: reply.value,
            active: active === null ? null : { uri: active.toString(), name: path.posix.basename(active.path) },
          }
        : { kind: 'problem', text: reply.error },
    );
  }

  function adopt(adopted: vscode.WebviewPanel): void {
    panel = adopted;
    isReady = false;
    adopted.iconPath = vscode.Uri.joinPath(context.extensionUri, 'media', 'icons', 'icon.svg');
    adopted.webview.options = { enableScripts: true, localResourceRoots: resourceRoots(context) };
    adopted.webview.html = page(context, adopted.webview);
    const listening = adopted.webview.onDidReceiveMessage((message: unknown) => void answer(message));
    adopted.onDidDispose(() => {
      listening.dispose();
      if (panel === adopted) {
        panel = null;
        isReady = false;
        lastShown = undefined;
      }
    });
  }

  /** Messages come from the page: nothing in them is trusted. */
  async function answer(message: unknown): Promise<void> {
    const request = message as Partial<PanelRequest> | null;
    if (request?.kind === 'ready') {
      isReady = true;
      active = transcriptOf(vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0]) ?? active;
      await refresh();
      post({ kind: 'running', running: nowRunning });
    } else if (request?.kind === 'command' && panelCommands.includes(request.command as never)) {
      await vscode.commands.executeCommand(`joulelens.${String(request.command)}`, ...targetOf(request.command));
      await refresh();
    } else if (request?.kind === 'reveal' && typeof request.request?.uri === 'string') {
      await reveal(server, request.request, panel?.viewColumn);
    }
  }

  /** The panel has the focus: its commands are about the transcript beside it. */
  function targetOf(command: string | undefined): object[] {
    return active !== null && (command === 'measure' || command === 'comparePrompts')
      ? [{ uri: active.toString() }]
      : [];
  }

  const subscriptions = vscode.Disposable.from(
    vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: (restored) => {
        adopt(restored);
        return Promise.resolve();
      },
    }),
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      const next = transcriptOf(editor);
      if (next !== null && next.toString() !== active?.toString()) {
        active = next;
        void refresh();
      }
    }),
    statuses.onDidChange(() => {
      // After a reload a document is known to be a transcript only once the server has read it.
      if (active === null) {
        active = transcriptOf(vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0]);
        if (active !== null) void refresh();
      }
    }),
    server.onHistoryChanged(() => void refresh()),
  );

  return {
    show() {
      active = transcriptOf(vscode.window.activeTextEditor) ?? active;
      if (panel === null) {
        adopt(
          vscode.window.createWebviewPanel(
            viewType,
            'Measurements',
            { viewColumn: vscode.ViewColumn.Beside, preserveFocus: false },
            { enableScripts: true, localResourceRoots: resourceRoots(context) },
          ),
        );
      } else {
        panel.reveal(undefined, false);
        void refresh();
      }
    },
    running(now) {
      nowRunning = now;
      post({ kind: 'running', running: now });
    },
    shown: () => lastShown,
    isVisible: () => panel?.visible === true,
    dispose: () => {
      panel?.dispose();
      subscriptions.dispose();
    },
  };
}

/** The page may read its script and its style, and nothing else of this machine. */
function resourceRoots({ extensionUri }: vscode.ExtensionContext): vscode.Uri[] {
  return [
    vscode.Uri.joinPath(extensionUri, 'dist', 'media', 'measurements'),
    vscode.Uri.joinPath(extensionUri, 'media', 'measurements'),
  ];
}

function page({ extensionUri }: vscode.ExtensionContext, webview: vscode.Webview): string {
  const nonce = randomBytes(16).toString('base64url');
  const script = webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'media', 'measurements', 'main.js'));
  const style = webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'media', 'measurements', 'style.css'));
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style.toString()}">
<title>Measurements</title>
</head>
<body><script nonce="${nonce}" src="${script.toString()}"></script></body>
</html>`;
}

/** Opens the document and puts the caret at the request. */
async function reveal(
  server: Server,
  params: object & { uri: string },
  from: vscode.ViewColumn | undefined,
): Promise<void> {
  try {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(params.uri));
    await server.follow(document);
    const place = await server.ask<RequestPlace>(HistoryMethod.requestPlace, params);
    const at = place.ok ? new vscode.Position(place.value.position.line, place.value.position.character) : undefined;
    // Beside the panel, not over it.
    const column =
      vscode.window.visibleTextEditors.find((each) => each.document === document)?.viewColumn ??
      (from === vscode.ViewColumn.One ? vscode.ViewColumn.Beside : vscode.ViewColumn.One);
    const editor = await vscode.window.showTextDocument(document, { viewColumn: column });
    if (at !== undefined) {
      editor.selection = new vscode.Selection(at, at);
      editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
    if (!place.ok) {
      void vscode.window.showWarningMessage(`Joule Lens: ${place.error}`);
    } else if (place.value.stale) {
      vscode.window.setStatusBarMessage('Joule Lens: the request has changed since; this is where it stood.', 5000);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(`Joule Lens: the document cannot be opened: ${why}`);
  }
}
