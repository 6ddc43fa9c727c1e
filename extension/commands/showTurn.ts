import * as vscode from 'vscode';
import type { VideoReport } from '../../server/protocol/messages.js';
import { Method } from '../../server/protocol/messages.js';
import type { CommandModule, Host } from '../host.js';
import { announce, moveCaret } from './navigate.js';
import { reportNoTranscript, reportReply, targetArgument, targetEditor, turnAt } from './target.js';

/**
 * `Joule Lens: Show Joules of This Turn`: the hover at the caret's turn, and the same in one spoken sentence. In a file
 * that asks for video, the request at the caret or the next one.
 */
export const showTurn: CommandModule = {
  id: 'showTurn',
  async run(host, ...args) {
    const argument = targetArgument(args[0]);
    const editor = await targetEditor(argument);
    if (editor === undefined) {
      void reportNoTranscript(editor);
      return undefined;
    }
    const position = argument.position ?? editor.selection.active;
    if (host.statuses.of(editor.document.uri)?.video !== undefined) {
      return showVideo(host, editor, position);
    }
    const report = await turnAt(host, editor, position);
    if (report === undefined || report === null) {
      if (report === null) {
        void reportNoTranscript(editor);
      }
      return undefined;
    }
    // The hover stands on the role, so that text under the pointer elsewhere stays free of it.
    moveCaret(editor, report.turn);
    await vscode.commands.executeCommand('editor.action.showHover');
    announce(report.turn.spoken);
    return report.turn.spoken;
  },
};

async function showVideo(
  host: Host,
  editor: vscode.TextEditor,
  { line, character }: { readonly line: number; readonly character: number },
): Promise<string | undefined> {
  const reply = await host.server.ask<VideoReport | null>(Method.videoAt, {
    uri: editor.document.uri.toString(),
    position: { line, character },
  });
  if (!reply.ok) {
    reportReply(reply, editor);
    return undefined;
  }
  if (reply.value === null) {
    return undefined;
  }
  moveCaret(editor, { roleRange: reply.value.range });
  await vscode.commands.executeCommand('editor.action.showHover');
  announce(reply.value.spoken);
  return reply.value.spoken;
}
