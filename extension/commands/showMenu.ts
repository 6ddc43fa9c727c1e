import * as vscode from 'vscode';
import { configuredUrl } from '../measure/endpoint.js';
import type { CommandModule } from '../host.js';

interface MenuItem extends vscode.QuickPickItem {
  readonly command: string;
  readonly args?: readonly unknown[];
}

/** `Joule Lens: Show Menu`: what a click on the status bar item offers. */
export const showMenu: CommandModule = {
  id: 'showMenu',
  async run(host) {
    const document = vscode.window.activeTextEditor?.document;
    const status = document === undefined ? undefined : host.statuses.of(document.uri);
    const url = configuredUrl();
    const items: MenuItem[] = [
      {
        command: 'joulelens.chooseProfile',
        label: '$(server-environment) Choose Profile',
        description: status?.profile ?? '',
      },
      { command: 'joulelens.chooseModel', label: '$(symbol-class) Choose Model', description: status?.model ?? '' },
      { command: 'joulelens.measure', label: '$(play) Measure', description: url === '' ? 'no endpoint yet' : url },
      {
        command: 'joulelens.verifyTokens',
        label: '$(verified) Verify Token Counts with the Endpoint',
      },
      { command: 'joulelens.calibrate', label: '$(pulse) Calibrate This Endpoint' },
      { command: 'joulelens.setUpEndpoint', label: '$(plug) Set Up Endpoint' },
      { command: 'joulelens.showTurn', label: '$(comment) Show Joules of This Turn' },
      { command: 'joulelens.showTokens', label: '$(symbol-string) Show Tokens' },
      { command: 'joulelens.copyTable', label: '$(copy) Copy Figures as Markdown Table' },
      {
        command: 'joulelens.treatAsTranscript',
        label: '$(list-tree) Treat as Transcript',
        description: status?.format ?? '',
      },
      ...(status?.template === undefined
        ? []
        : [
            {
              command: 'joulelens.fillTemplate',
              label: '$(symbol-string) Fill In Template Values',
              description: status.template.filled,
            },
          ]),
      ...(status?.branches === undefined
        ? []
        : [
            {
              command: 'joulelens.showAllBranches',
              label:
                status.branches === 'all' ? '$(git-branch) Show Current Branches' : '$(git-branch) Show All Branches',
            },
          ]),
      {
        command: 'workbench.action.openSettings',
        args: ['@ext:' + host.context.extension.id],
        label: '$(gear) Settings',
      },
      { command: 'joulelens.openWalkthrough', label: '$(book) Walkthrough' },
    ];
    const item = await vscode.window.showQuickPick(items, {
      title: 'Joule Lens',
      placeHolder: 'What would you like to do?',
    });
    if (item !== undefined) {
      await vscode.commands.executeCommand(item.command, ...(item.args ?? []));
    }
  },
};
