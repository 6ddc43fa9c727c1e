import * as vscode from 'vscode';
import type { KeptReply } from '../../server/protocol/history.js';
import { HistoryMethod } from '../../server/protocol/history.js';
import type { CommandModule, Host } from '../host.js';
import { replyName } from '../measure/report.js';
import { targetArgument } from './target.js';

/** The reply that a command means, of this session or kept from an earlier one; says so where there is none. */
export async function keptReply(host: Host, value: unknown): Promise<KeptReply | undefined> {
  const { uri: named, conversation } = targetArgument(value);
  const uri = named === undefined ? undefined : vscode.Uri.parse(named);
  const active = uri ?? vscode.window.activeTextEditor?.document.uri;
  const kept =
    (active && host.kept.of(active.toString(), conversation)) ?? (uri === undefined ? host.kept.last() : undefined);
  if (kept !== undefined) {
    const { plan, result } = kept;
    return {
      uri: kept.uri,
      conversation: plan.conversation,
      replyTurn: plan.replyTurn,
      requestHash: result.requestHash,
      reply: result.measurement.reply,
    };
  }
  const earlier =
    active === undefined
      ? null
      : await host.server.ask<KeptReply | null>(HistoryMethod.keptReply, {
          uri: active.toString(),
          ...(conversation === undefined ? {} : { conversation }),
        });
  if (earlier?.ok === true && earlier.value !== null) {
    return earlier.value;
  }
  void vscode.window.showInformationMessage(
    'Joule Lens: there is no measured reply for this conversation. Run "Joule Lens: Measure" first; replies of earlier sessions are there only where joulelens.history.keepReplies is on.',
  );
  return undefined;
}

/** `Joule Lens: Open Reply Beside`: the measured reply as a read-only document. */
export const openReplyBeside: CommandModule = {
  id: 'openReplyBeside',
  async run(host, ...args) {
    const kept = await keptReply(host, args[0]);
    if (kept !== undefined) {
      await host.replies.open(replyName(kept), kept.reply);
    }
  },
};
