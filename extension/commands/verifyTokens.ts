import * as vscode from 'vscode';
import type { MeasurePlanParams, Reply } from '../../server/protocol/messages.js';
import { Method } from '../../server/protocol/messages.js';
import type { CheckTokensResult } from '../../server/protocol/tokens.js';
import type { CommandModule, Host } from '../host.js';
import { askEndpoint } from '../measure/askEndpoint.js';
import { askConsentTo } from '../measure/consent.js';
import type { Endpoint } from '../measure/endpoint.js';
import { measureSettings } from '../measure/endpoint.js';
import { checkAnnouncement } from '../measure/report.js';
import { endpointOrSetUp, targetRequest } from './measure.js';
import { reportUntrusted } from './setUpEndpoint.js';
import { reportNoTranscript, targetArgument, targetEditor } from './target.js';

/**
 * `Joule Lens: Verify Token Counts with the Endpoint`: sets our counts of the conversation at the caret beside those of
 * the endpoint's own tokenizer.
 */
export const verifyTokens: CommandModule = {
  id: 'verifyTokens',
  async run(host, ...args) {
    if (!vscode.workspace.isTrusted) {
      void reportUntrusted();
      return undefined;
    }
    const argument = targetArgument(args[0]);
    const editor = await targetEditor(argument);
    const target = editor === undefined ? null : await targetRequest(host, editor, argument);
    if (target === undefined) {
      return undefined;
    }
    if (target === null) {
      void reportNoTranscript(editor);
      return undefined;
    }
    const endpoint = await endpointOrSetUp(host, 'Verify');
    if (endpoint === null) {
      return undefined;
    }
    const asked = await askConsentTo(
      host.context,
      endpoint,
      `Send this conversation to ${endpoint.label} to have its tokens counted?`,
      checkAnnouncement(endpoint),
    );
    return asked ? finish(host, target, await ask(host, target, endpoint)) : undefined;
  },
};

function ask(host: Host, target: MeasurePlanParams, endpoint: Endpoint): Thenable<Reply<CheckTokensResult>> {
  const title = `Joule Lens: verifying token counts with ${endpoint.label}`;
  return askEndpoint(host, endpoint, { title }, Method.checkTokens, {
    uri: target.uri,
    conversation: target.conversation,
    timeoutSeconds: measureSettings(endpoint).timeoutSeconds,
  });
}

function finish(
  host: Host,
  { uri }: MeasurePlanParams,
  reply: Reply<CheckTokensResult>,
): CheckTokensResult | undefined {
  const name = vscode.workspace.asRelativePath(vscode.Uri.parse(uri));
  if (!reply.ok) {
    if (reply.code !== 'cancelled') {
      host.output.lines([`Token counts of ${name}: ${reply.error}`, '']);
      void reportFailure(reply);
    }
    return undefined;
  }
  host.output.lines([`Token counts of ${name}: ${reply.value.headline}`, '']);
  void offerReport(host, reply.value);
  return reply.value;
}

/** The one line at once; the table for those who want it. */
async function offerReport(host: Host, { outcome, headline, markdown }: CheckTokensResult): Promise<void> {
  const show = outcome === 'equal' ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const report = 'Show Report';
  if ((await show(`Joule Lens: ${headline}`, report)) === report) {
    await host.replies.open('Token Counts.md', markdown);
  }
}

async function reportFailure(reply: Extract<Reply<never>, { ok: false }>): Promise<void> {
  const setUp = 'Set Up Endpoint';
  const show = reply.code === 'no-tokenizer' ? vscode.window.showWarningMessage : vscode.window.showErrorMessage;
  if ((await show(`Joule Lens: ${reply.error}`, setUp)) === setUp) {
    await vscode.commands.executeCommand('joulelens.setUpEndpoint');
  }
}
