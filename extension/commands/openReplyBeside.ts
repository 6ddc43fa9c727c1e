import * as vscode from 'vscode';
import type { CommandModule, Host } from '../host.js';
import type { KeptMeasurement } from '../measure/kept.js';
import { replyName } from '../measure/report.js';
import { targetArgument } from './target.js';

/** The measurement that a command about a reply means; says so where there is none. */
export function keptReply(host: Host, value: unknown): KeptMeasurement | undefined {
  const { uri: named, conversation } = targetArgument(value);
  const uri = named === undefined ? undefined : vscode.Uri.parse(named);
  const active = uri ?? vscode.window.activeTextEditor?.document.uri;
  const kept =
    (active && host.kept.of(active.toString(), conversation)) ?? (uri === undefined ? host.kept.last() : undefined);
  if (kept === undefined) {
    void vscode.window.showInformationMessage(
      'Joule Lens: no reply was measured for this conversation yet. Run "Joule Lens: Measure" first.',
    );
  }
  return kept;
}

/** `Joule Lens: Open Reply Beside`: the measured reply as a read-only document. */
export const openReplyBeside: CommandModule = {
  id: 'openReplyBeside',
  async run(host, ...args) {
    const kept = keptReply(host, args[0]);
    if (kept !== undefined) {
      await host.replies.open(replyName(kept.plan), kept.result.measurement.reply);
    }
  },
};
