import * as vscode from 'vscode';
import type { ProbeEndpointResult, Reply } from '../../server/protocol/messages.js';
import { Method } from '../../server/protocol/messages.js';
import type { CommandModule, Host } from '../host.js';
import { configuredUrl, demoSetting } from '../measure/endpoint.js';
import { originOf, travelsInClear, urlProblem } from '../measure/endpointUrl.js';

const title = 'Joule Lens: Set Up Endpoint';

/** `Joule Lens: Set Up Endpoint`: where Measure sends to. True when an endpoint is set up. An argument skips the first question. */
export const setUpEndpoint: CommandModule = {
  id: 'setUpEndpoint',
  async run(host, ...args) {
    if (!vscode.workspace.isTrusted) {
      void reportUntrusted();
      return false;
    }
    const wanted = args[0] === demoSetting ? demoSetting : await askKind();
    if (wanted === demoSetting) {
      await writeEndpoint(demoSetting, '');
      void vscode.window.showInformationMessage(
        'Joule Lens: the demo endpoint is set up. It runs on this machine only, and its meter is simulated.',
      );
      return true;
    }
    return wanted === 'url' ? askUrl(host) : false;
  },
};

/** Says why nothing can be sent from an untrusted workspace, and leads to the place where trust is given. */
export async function reportUntrusted(): Promise<void> {
  const manage = 'Manage Workspace Trust';
  const choice = await vscode.window.showWarningMessage(
    'Joule Lens: this sends text to an endpoint, so it needs a trusted workspace. Prediction works without.',
    manage,
  );
  if (choice === manage) {
    await vscode.commands.executeCommand('workbench.trust.manage');
  }
}

async function askKind(): Promise<'demo' | 'url' | undefined> {
  const item = await vscode.window.showQuickPick(
    [
      {
        id: demoSetting,
        label: '$(beaker) Use the demo endpoint (simulated meter)',
        detail: 'Runs on this machine only, to see how measuring works',
      },
      {
        id: 'url' as const,
        label: '$(globe) Enter a URL',
        detail: 'An OpenAI-compatible endpoint that reports energy',
      },
    ],
    { title, placeHolder: 'Where should Measure send the conversation?' },
  );
  return item?.id;
}

async function askUrl(host: Host): Promise<boolean> {
  const before = configuredUrl();
  const entered = await vscode.window.showInputBox({
    title,
    prompt: 'Base URL, ending in /v1',
    placeHolder: 'http://127.0.0.1:8000/v1',
    value: before === demoSetting ? '' : before,
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' ? null : urlProblem(text.trim())),
  });
  if (entered === undefined || entered.trim() === '') {
    return false;
  }
  const url = entered.trim().replace(/\/+$/, '');
  const key = await askKey(host, url);
  if (key === null) {
    return false;
  }
  const probe = await testConnection(host, url, key);
  if (probe === null) {
    return false;
  }
  const model = await askEndpointModel(probe);
  if (model === null) {
    return false;
  }
  if (key !== undefined) {
    await host.keys.set(originOf(url), key);
  }
  await writeEndpoint(url, model);
  void vscode.window.showInformationMessage(`Joule Lens: Measure now sends to ${originOf(url)}.`);
  return true;
}

/** The key for the URL's origin: the stored one where nothing is entered, undefined for none, null when dismissed. */
async function askKey(host: Host, url: string): Promise<string | undefined | null> {
  const origin = originOf(url);
  const stored = await host.keys.get(origin);
  const entered = await vscode.window.showInputBox({
    title,
    prompt: travelsInClear(url)
      ? `API key for ${origin}. This is plain http: the key could be read on the way. Leave it empty to send none.`
      : `API key for ${origin}. ${stored === undefined ? 'Leave it empty if none is needed.' : 'Leave it empty to keep the stored one.'}`,
    password: true,
    ignoreFocusOut: true,
  });
  if (entered === undefined) {
    return null;
  }
  return entered.trim() === '' ? stored : entered.trim();
}

/** Asks the endpoint for its models; on failure the user may keep the URL all the same. Null: not set up. */
async function testConnection(host: Host, url: string, key: string | undefined): Promise<readonly string[] | null> {
  const reply = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: `Testing ${originOf(url)}…`, cancellable: true },
    (_, token): Promise<Reply<ProbeEndpointResult>> =>
      host.server.ask(Method.probeEndpoint, { baseUrl: url, ...(key === undefined ? {} : { key }) }, token),
  );
  if (reply.ok) {
    return reply.value.models;
  }
  const keep = 'Use It Anyway';
  return (await vscode.window.showWarningMessage(`Joule Lens: ${reply.error}`, keep)) === keep ? [] : null;
}

/** The model to name in requests; empty for "that of the transcript", null when dismissed. */
async function askEndpointModel(models: readonly string[]): Promise<string | null> {
  if (models.length < 2) {
    return models[0] ?? '';
  }
  const item = await vscode.window.showQuickPick(
    [
      { id: '', label: '$(comment-discussion) The model that the transcript names' },
      ...models.map((id) => ({ id, label: id })),
    ],
    { title, placeHolder: 'Which of the models that this endpoint serves?' },
  );
  return item?.id ?? null;
}

async function writeEndpoint(url: string, model: string): Promise<void> {
  const settings = vscode.workspace.getConfiguration('joulelens');
  await settings.update('endpoint.url', url, vscode.ConfigurationTarget.Global);
  await settings.update('endpoint.model', model === '' ? undefined : model, vscode.ConfigurationTarget.Global);
}
