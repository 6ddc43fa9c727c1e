import * as vscode from 'vscode';
import { Method } from '../../server/protocol/messages.js';
import type { CommandModule } from '../host.js';
import { reportNoTranscript, reportReply, targetArgument, targetEditor } from './target.js';

/** `Joule Lens: Copy Figures as Markdown Table`. */
export const copyTable: CommandModule = {
  id: 'copyTable',
  async run(host, ...args) {
    const editor = await targetEditor(targetArgument(args[0]));
    if (editor === undefined) {
      void reportNoTranscript(editor);
      return undefined;
    }
    const reply = await host.server.ask<{ markdown: string }>(Method.markdownTable, {
      uri: editor.document.uri.toString(),
    });
    if (!reply.ok) {
      reportReply(reply, editor);
      return undefined;
    }
    await vscode.env.clipboard.writeText(reply.value.markdown);
    vscode.window.setStatusBarMessage('$(check) Joule Lens: figures copied as a Markdown table', 5000);
    return reply.value.markdown;
  },
};
