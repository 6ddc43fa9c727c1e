import * as vscode from 'vscode';
import type { KeptReply } from '../../server/protocol/history.js';
import type { InsertReplyEdit, Reply } from '../../server/protocol/messages.js';
import { Method } from '../../server/protocol/messages.js';
import type { CommandModule, Host } from '../host.js';
import { keptReply } from './openReplyBeside.js';

/** `Joule Lens: Insert Measured Reply`: the reply as the next turn, as one undo step. True when it was inserted. */
export const insertReply: CommandModule = {
  id: 'insertReply',
  async run(host, ...args) {
    const kept = await keptReply(host, args[0]);
    if (kept === undefined) {
      return false;
    }
    const reply = await insert(host, kept);
    if (reply.ok) {
      return true;
    }
    void offerBeside(kept, reply.error);
    return false;
  },
};

async function offerBeside(kept: KeptReply, why: string): Promise<void> {
  const beside = 'Open Reply Beside';
  if ((await vscode.window.showWarningMessage(`Joule Lens: ${why}`, beside)) === beside) {
    await vscode.commands.executeCommand('joulelens.openReplyBeside', {
      uri: kept.uri,
      conversation: kept.conversation,
    });
  }
}

async function insert(host: Host, kept: KeptReply): Promise<Reply<null>> {
  const uri = vscode.Uri.parse(kept.uri);
  const document = await vscode.workspace.openTextDocument(uri);
  const reply = await host.server.ask<InsertReplyEdit>(Method.insertReply, {
    uri: kept.uri,
    conversation: kept.conversation,
    requestHash: kept.requestHash,
  });
  if (!reply.ok) {
    return reply;
  }
  const { version, range, newText } = reply.value;
  if (document.version !== version) {
    return {
      ok: false,
      error: 'The document changed while the reply was being inserted. Nothing was changed; try again.',
    };
  }
  const edit = new vscode.WorkspaceEdit();
  edit.replace(
    uri,
    new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character),
    newText,
  );
  if (!(await vscode.workspace.applyEdit(edit))) {
    return { ok: false, error: 'VS Code refused the edit; the document may be read-only.' };
  }
  const editor = vscode.window.visibleTextEditors.find((each) => each.document.uri.toString() === uri.toString());
  // Its first lines, not its end: one long line would scroll sideways.
  const shown = new vscode.Range(range.start.line, 0, range.start.line + 1, 0);
  editor?.revealRange(shown, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  return { ok: true, value: null };
}
