import * as vscode from 'vscode';
import { Method } from '../../server/protocol/messages.js';
import type { ShowBranchesParams } from '../../server/protocol/messages.js';
import type { CommandModule } from '../host.js';
import { reportReply, targetArgument, targetEditor } from './target.js';

/** `Joule Lens: Show All Branches`: every branch of an export as a conversation of its own, or the current one again. */
export const showAllBranches: CommandModule = {
  id: 'showAllBranches',
  async run(host, ...args) {
    const editor = await targetEditor(targetArgument(args[0]));
    const status = editor === undefined ? undefined : host.statuses.of(editor.document.uri);
    if (editor === undefined || status?.branches === undefined) {
      void vscode.window.showInformationMessage('Joule Lens: no conversation of this document branches.');
      return undefined;
    }
    const branches = status.branches === 'all' ? 'current' : 'all';
    const params: ShowBranchesParams = { uri: editor.document.uri.toString(), branches };
    const reply = await host.server.ask<null>(Method.showBranches, params);
    if (!reply.ok) {
      reportReply(reply, editor);
      return undefined;
    }
    const said = branches === 'all' ? 'all branches' : 'the current branch of each conversation';
    vscode.window.setStatusBarMessage(`$(git-branch) Joule Lens: showing ${said}`, 5000);
    return branches;
  },
};
