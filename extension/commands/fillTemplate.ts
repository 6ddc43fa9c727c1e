import * as path from 'node:path';
import * as vscode from 'vscode';
import { Method } from '../../server/protocol/messages.js';
import type { FillTemplateParams } from '../../server/protocol/messages.js';
import type { CommandModule } from '../host.js';
import { pickChoice } from './pick.js';
import { reportReply, targetArgument, targetEditor } from './target.js';

const fromFile = 'from-file';
const samplePrefix = 'sample:';

/**
 * `Joule Lens: Fill In Template Values`: what the placeholders of a template are counted with. Remembered for the
 * document while VS Code runs. True when it was changed.
 */
export const fillTemplate: CommandModule = {
  id: 'fillTemplate',
  async run(host, ...args) {
    const editor = await targetEditor(targetArgument(args[0]));
    if (editor === undefined) {
      void vscode.window.showInformationMessage('Joule Lens: open a prompt with placeholders first.');
      return false;
    }
    const uri = editor.document.uri.toString();
    const item = await pickChoice(host, Method.templateFills, {
      title: 'Joule Lens: Fill In Template Values',
      placeHolder: 'What are the placeholders counted with?',
      uri,
      extra: [
        {
          id: fromFile,
          label: '$(json) Choose a JSON File…',
          detail: 'An object with a value for each name, such as {"name": "Ada"}',
        },
      ],
    });
    // The values of a file that was chosen before are in use already.
    if (item === undefined || item.id === null || item.id === 'values') {
      return false;
    }
    const fill = item.id === fromFile ? await chooseValues(editor.document.uri) : fillOf(item.id);
    if (fill === undefined) {
      return false;
    }
    const reply = await host.server.ask<null>(Method.fillTemplate, { uri, fill } satisfies FillTemplateParams);
    if (!reply.ok) {
      reportReply(reply, editor);
    }
    return reply.ok;
  },
};

function fillOf(id: string): FillTemplateParams['fill'] {
  return id.startsWith(samplePrefix) ? { sample: id.slice(samplePrefix.length) } : null;
}

/** Values from a file of the user's choice; undefined when dismissed or after a shown failure. */
async function chooseValues(document: vscode.Uri): Promise<FillTemplateParams['fill'] | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: 'Values for the placeholders',
      openLabel: 'Fill In',
      filters: { JSON: ['json', 'jsonc'] },
      ...(document.scheme === 'file' ? { defaultUri: vscode.Uri.joinPath(document, '..') } : {}),
    })) ?? [];
  return file === undefined ? undefined : readValues(file);
}

async function readValues(file: vscode.Uri): Promise<FillTemplateParams['fill'] | undefined> {
  const label = path.posix.basename(file.path);
  try {
    const values: unknown = JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)));
    if (typeof values === 'object' && values !== null && !Array.isArray(values)) {
      return { label, values: values as Record<string, unknown> };
    }
    throw new Error('it holds no object; expected one such as {"name": "Ada"}');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(`Joule Lens: ${label} gives no values: ${why}`);
    return undefined;
  }
}
