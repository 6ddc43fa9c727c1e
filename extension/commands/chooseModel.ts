import * as vscode from 'vscode';
import { Method } from '../../server/protocol/messages.js';
import type { CommandModule, Host } from '../host.js';
import type { PickItem } from './pick.js';
import { pickChoice, writeSetting } from './pick.js';
import { targetArgument } from './target.js';

const fileEntry = '$(folder-opened) Choose a config.json…';

/** `Joule Lens: Choose Model`: whose tokens and joules are predicted. */
export const chooseModel: CommandModule = {
  id: 'chooseModel',
  async run(host, ...args) {
    const uri = targetArgument(args[0]).uri ?? vscode.window.activeTextEditor?.document.uri.toString();
    const item = await askModel(host, uri);
    if (item === undefined) {
      return undefined;
    }
    const id = item.label === fileEntry ? await askFile() : item.id;
    if (id === undefined) {
      return undefined;
    }
    await writeSetting('model', id, uri === undefined ? undefined : vscode.Uri.parse(uri));
    return id;
  },
};

function askModel(host: Host, uri: string | undefined): Promise<PickItem | undefined> {
  return pickChoice(host, Method.models, {
    title: 'Joule Lens: Choose Model',
    placeHolder: 'Used where a transcript names no model of its own',
    ...(uri === undefined ? {} : { uri }),
    extra: [
      { id: null, label: '', kind: vscode.QuickPickItemKind.Separator },
      { id: null, label: fileEntry, detail: 'Any model with a public config.json in the form of Hugging Face' },
      {
        id: null,
        label: '$(discard) Use the Default',
        detail: 'The model that joulelens.json names, else Llama-3.1-8B-Instruct',
      },
    ],
  });
}

async function askFile(): Promise<string | undefined> {
  const files = await vscode.window.showOpenDialog({
    title: 'Choose the config.json of a model',
    openLabel: 'Use This Model',
    filters: { 'Model configuration': ['json'] },
  });
  return files?.[0]?.fsPath;
}
