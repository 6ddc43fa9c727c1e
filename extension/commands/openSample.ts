import * as path from 'node:path';
import * as vscode from 'vscode';
import { Method } from '../../server/protocol/messages.js';
import type { SampleChoice } from '../../server/protocol/messages.js';
import type { CommandModule, Host } from '../host.js';
import { showChoices } from './pick.js';

const languageByEnding: Readonly<Record<string, string>> = {
  '.json': 'json',
  '.jsonl': 'jsonl',
  '.md': 'markdown',
  '.yaml': 'yaml',
  '.py': 'python',
  '.yml': 'yaml',
};

/**
 * `Joule Lens: Open Sample Transcript`: a sample as an untitled copy, to change at will. An argument names the file or
 * the format. The copy has no name to tell its format by, so it is read as what the sample is.
 */
export const openSample: CommandModule = {
  id: 'openSample',
  async run(host, ...args) {
    const reply = await host.server.ask<SampleChoice[]>(Method.samples, {});
    if (!reply.ok) {
      void vscode.window.showErrorMessage(`Joule Lens: ${reply.error}`);
      return;
    }
    const sample =
      reply.value.find(({ id, file }) => id === args[0] || file === args[0]) ?? (await pickSample(reply.value));
    if (sample !== undefined) {
      await openCopy(host, sample);
    }
  },
};

async function pickSample(samples: readonly SampleChoice[]): Promise<SampleChoice | undefined> {
  const item = await showChoices(samples, {
    title: 'Joule Lens: Open Sample Transcript',
    placeHolder: 'One sample of each format; it opens as an untitled copy',
  });
  return samples.find(({ id }) => id === item?.id);
}

async function openCopy(host: Host, { id: format, file }: SampleChoice): Promise<void> {
  const uri = vscode.Uri.joinPath(vscode.Uri.file(host.context.asAbsolutePath('samples')), file);
  const content = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  const language = languageByEnding[path.posix.extname(file)] ?? 'plaintext';
  const document = await vscode.workspace.openTextDocument({ language, content });
  await vscode.window.showTextDocument(document);
  await host.server.follow(document);
  // Requests for video are found by language: they are read as no transcript.
  if (format.startsWith('video/')) {
    return;
  }
  const reply = await host.server.ask<null>(Method.treatAs, { uri: document.uri.toString(), format });
  if (!reply.ok) {
    void vscode.window.showErrorMessage(`Joule Lens: ${reply.error}`);
  }
}
