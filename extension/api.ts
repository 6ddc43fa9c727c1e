/** What `activate()` returns: for tests, and for other extensions that want the figures. */
import * as vscode from 'vscode';
import type { PanelMessage } from '../server/protocol/history.js';
import type { DocumentStatus, MeasureResult } from '../server/protocol/messages.js';
import type { ShownTokens } from '../server/protocol/tokens.js';
import type { Host } from './host.js';
import { keepConsent } from './measure/consent.js';

/** The extension's API. Joules are GPU joules; see the README. */
export interface JouleLensApi {
  /** Resolves when the language server answers. */
  readonly ready: Promise<void>;
  /** The last status of a document, of the active editor's where none is named. */
  status(uri?: vscode.Uri): DocumentStatus | undefined;
  /** Fires when any document's status changes. */
  readonly onDidChangeStatus: vscode.Event<void>;
  /** The status bar item as shown; empty while hidden. */
  statusBarText(): string;
  statusBarTooltip(): string;
  /** The item that counts selected or shown tokens; empty while hidden. */
  selectionText(): string;
  /** The tokens that are drawn in an editor; undefined while none are. */
  shownTokens(): ShownTokens | undefined;
  /** The last measurement of this session. */
  lastMeasurement(): MeasureResult | undefined;
  /** What the panel of measurements was last given; undefined while it is closed. */
  shownMeasurements(): PanelMessage | undefined;
  /** What stands in the output channel `Joule Lens`. */
  outputText(): string;
  /** Base URL of the embedded demo endpoint, started where it does not run yet. */
  demoEndpointUrl(): Promise<string>;
  /** As if the user had said "don't ask again" for this origin. */
  keepConsent(origin: string): Promise<void>;
}

/** The API over the running parts. */
export function createApi(host: Host): JouleLensApi {
  return {
    get ready() {
      return host.server.ready;
    },
    status(uri) {
      const document = uri ?? vscode.window.activeTextEditor?.document.uri;
      return document === undefined ? undefined : host.statuses.of(document);
    },
    onDidChangeStatus: host.statuses.onDidChange,
    statusBarText: () => host.statusBar.text(),
    statusBarTooltip: () => host.statusBar.tooltip(),
    selectionText: () => host.selectionCount.text(),
    shownTokens: () => host.tokens.current()?.shown,
    lastMeasurement: () => host.kept.last()?.result,
    shownMeasurements: () => host.panel.shown(),
    outputText: () => host.output.text(),
    demoEndpointUrl: () => host.demo.url(),
    keepConsent: (origin) => keepConsent(host.context, origin),
  };
}
