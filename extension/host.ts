/** What every command is given: the parts of the running extension. */
import type * as vscode from 'vscode';
import type { Server } from './client.js';
import type { DemoEndpoint } from './measure/demo.js';
import type { Keys } from './measure/keys.js';
import type { Kept } from './measure/kept.js';
import type { MeasurementsPanel } from './measure/measurementsPanel.js';
import type { OutputLog } from './output.js';
import type { ReplyDocuments } from './replyDocuments.js';
import type { StatusBar } from './statusBar.js';
import type { Statuses } from './statuses.js';
import type { SelectionCount } from './tokens/selectionCount.js';
import type { TokenView } from './tokens/tokenView.js';

/** The parts, made once by `activate()`. */
export interface Host {
  readonly context: vscode.ExtensionContext;
  readonly server: Server;
  readonly statuses: Statuses;
  readonly statusBar: StatusBar;
  readonly keys: Keys;
  readonly demo: DemoEndpoint;
  readonly kept: Kept;
  readonly panel: MeasurementsPanel;
  readonly output: OutputLog;
  readonly replies: ReplyDocuments;
  readonly tokens: TokenView;
  readonly selectionCount: SelectionCount;
}

/** A command: its id without the prefix, and what it does. Arguments come from lenses and links, so they are unchecked. */
export interface CommandModule {
  readonly id: string;
  run(host: Host, ...args: readonly unknown[]): Promise<unknown>;
}
