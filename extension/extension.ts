/** The extension's entry: makes the parts, registers them, and returns the API. Nothing here waits. */
import type * as vscode from 'vscode';
import type { JouleLensApi } from './api.js';
import { createApi } from './api.js';
import { startServer } from './client.js';
import { registerCommands } from './commands/index.js';
import type { Host } from './host.js';
import { keepsReplies } from './measure/historySettings.js';
import { createDemoEndpoint } from './measure/demo.js';
import { openKeys } from './measure/keys.js';
import { keepMeasurements } from './measure/kept.js';
import { createMeasurementsPanel } from './measure/measurementsPanel.js';
import { openOutput } from './output.js';
import { createRedactor } from './redact.js';
import { provideReplies } from './replyDocuments.js';
import { setContext, showStatusBar } from './statusBar.js';
import { followStatuses } from './statuses.js';
import { showSelectionCount } from './tokens/selectionCount.js';
import { createTokenView } from './tokens/tokenView.js';
import { showWalkthroughOnce } from './walkthrough.js';

/** Called by VS Code when a language of transcripts, or a command, is first used. */
export function activate(context: vscode.ExtensionContext): JouleLensApi {
  const redactor = createRedactor();
  const server = startServer(context, redactor);
  const statuses = followStatuses(server);
  const kept = keepMeasurements();
  const tokens = createTokenView(server, statuses);
  const host: Host = {
    context,
    server,
    statuses,
    statusBar: showStatusBar(statuses),
    keys: openKeys(context, redactor),
    demo: createDemoEndpoint(context),
    kept,
    panel: createMeasurementsPanel(context, server, statuses),
    output: openOutput(redactor),
    replies: provideReplies(),
    tokens,
    selectionCount: showSelectionCount(server, statuses, tokens),
  };
  context.subscriptions.push(
    registerCommands(host),
    kept.onDidChange(() => setContext('joulelens.hasMeasurement', kept.last() !== undefined)),
    // A reply of an earlier session can be had too, where they are kept.
    server.onHistoryChanged(() => {
      if (keepsReplies()) setContext('joulelens.hasMeasurement', true);
    }),
    host.statusBar,
    host.selectionCount,
    host.tokens,
    host.statuses,
    host.kept,
    host.panel,
    host.replies,
    host.output,
    host.demo,
    host.server,
  );
  void showWalkthroughOnce(context);
  return createApi(host);
}
