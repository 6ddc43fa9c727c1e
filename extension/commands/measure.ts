import * as vscode from 'vscode';
import type {
  InsertReplyEdit,
  MeasurePlan,
  MeasurePlanParams,
  MeasureResult,
  Reply,
} from '../../server/protocol/messages.js';
import { Method } from '../../server/protocol/messages.js';
import type { CommandModule, Host } from '../host.js';
import { askEndpoint } from '../measure/askEndpoint.js';
import { askConsent } from '../measure/consent.js';
import type { Endpoint, MeasureSettings } from '../measure/endpoint.js';
import { configuredUrl, measureSettings, resolveEndpoint } from '../measure/endpoint.js';
import { keepsReplies } from '../measure/historySettings.js';
import { failureLines, outputLines, replyName, resultText } from '../measure/report.js';
import { reportUntrusted } from './setUpEndpoint.js';
import type { TargetArgument } from './target.js';
import { reportNoTranscript, reportReply, targetArgument, targetEditor, turnAt } from './target.js';

let running = false;

/** `Joule Lens: Measure`: sends one request to the configured endpoint and sets both figures side by side. */
export const measure: CommandModule = {
  id: 'measure',
  async run(host, ...args) {
    if (!vscode.workspace.isTrusted) {
      void reportUntrusted();
      return undefined;
    }
    return whileMeasuring(() => prepareAndRun(host, targetArgument(args[0])));
  },
};

/** One measurement at a time; undefined where one is running already, which is said. */
export async function whileMeasuring<T>(work: () => Promise<T>): Promise<T | undefined> {
  if (running) {
    void vscode.window.showInformationMessage(
      'Joule Lens: a measurement is running; two at once would disturb each other.',
    );
    return undefined;
  }
  running = true;
  try {
    return await work();
  } finally {
    running = false;
  }
}

async function prepareAndRun(host: Host, argument: TargetArgument): Promise<MeasureResult | undefined> {
  const editor = await targetEditor(argument);
  const target = editor === undefined ? null : await targetRequest(host, editor, argument);
  if (target === undefined) {
    return undefined;
  }
  if (target === null) {
    void reportNoTranscript(editor);
    return undefined;
  }
  const plan = await host.server.ask<MeasurePlan>(Method.measurePlan, target);
  if (!plan.ok) {
    reportReply(plan, editor);
    return undefined;
  }
  const endpoint = await endpointOrSetUp(host);
  if (endpoint === null) {
    return undefined;
  }
  const settings = measureSettings(endpoint);
  if (!(await askConsent(host.context, endpoint, plan.value, settings))) {
    return undefined;
  }
  const reply = await runMeasurement(host, target, plan.value, endpoint, settings);
  return finish(host, target, plan.value, reply, settings);
}

/** The request that the user means: the argument's, else that of the turn at the caret. Undefined after a shown failure. */
export async function targetRequest(
  host: Host,
  editor: vscode.TextEditor,
  argument: TargetArgument,
): Promise<MeasurePlanParams | null | undefined> {
  const uri = editor.document.uri.toString();
  if (argument.conversation !== undefined) {
    return { uri, conversation: argument.conversation, turn: argument.turn ?? null };
  }
  const report = await turnAt(host, editor, argument.position ?? editor.selection.active);
  if (report === undefined) {
    return undefined;
  }
  if (report !== null) {
    return { uri, conversation: report.turn.conversation, turn: report.turn.index };
  }
  const status = host.statuses.of(editor.document.uri);
  return status === undefined || status.state === 'none' ? null : { uri, conversation: 0, turn: null };
}

/** The endpoint of the settings; set-up first where there is none. Null when dismissed or after a shown failure. */
export async function endpointOrSetUp(host: Host, what = 'Measure'): Promise<Endpoint | null> {
  if (configuredUrl() === '' && (await vscode.commands.executeCommand('joulelens.setUpEndpoint')) !== true) {
    return null;
  }
  try {
    return await resolveEndpoint(host.keys, host.demo);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    host.output.lines([`${what}: ${message}`]);
    void reportFailure(host, message);
    return null;
  }
}

function runMeasurement(
  host: Host,
  target: MeasurePlanParams,
  plan: MeasurePlan,
  endpoint: Endpoint,
  settings: MeasureSettings,
): Thenable<Reply<MeasureResult>> {
  const title = `Joule Lens: measuring at ${endpoint.label}`;
  const { announcement } = plan;
  return askEndpoint(host, endpoint, { title, announcement }, Method.measure, {
    ...target,
    ...settings,
    keepReply: keepsReplies(),
  });
}

async function finish(
  host: Host,
  target: MeasurePlanParams,
  plan: MeasurePlan,
  reply: Reply<MeasureResult>,
  settings: MeasureSettings,
): Promise<MeasureResult | undefined> {
  const name = vscode.workspace.asRelativePath(vscode.Uri.parse(target.uri));
  if (!reply.ok) {
    host.output.lines(failureLines(name, plan, reply.error, reply.raw ?? []));
    if (reply.code === 'cancelled') {
      void vscode.window.showInformationMessage('Joule Lens: the measurement was cancelled before a run was complete.');
    } else {
      void reportFailure(host, reply.error, { name: replyName(plan), text: reply.reply ?? '' });
    }
    return undefined;
  }
  host.kept.add({ uri: target.uri, plan, result: reply.value });
  host.output.lines(outputLines(name, plan, reply.value));
  void offerNext(host, target.uri, plan, reply.value, settings.repeats);
  return reply.value;
}

/** The message with both figures, and what can be done with the reply: inserted only where it has a place. */
async function offerNext(
  host: Host,
  uri: string,
  plan: MeasurePlan,
  result: MeasureResult,
  asked: number,
): Promise<void> {
  const target = { uri, conversation: plan.conversation };
  const insertable = await host.server.ask<InsertReplyEdit>(Method.insertReply, {
    ...target,
    requestHash: result.requestHash,
  });
  const actions = [...(insertable.ok ? ['Insert Reply'] : []), 'Open Reply Beside', 'Show Measurements', 'Show Output'];
  const message = resultText(result.measurement, asked);
  const choice = await vscode.window.showInformationMessage(message, ...actions);
  if (choice === 'Insert Reply') {
    await vscode.commands.executeCommand('joulelens.insertReply', target);
  } else if (choice === 'Open Reply Beside') {
    await vscode.commands.executeCommand('joulelens.openReplyBeside', target);
  } else if (choice === 'Show Measurements') {
    host.panel.show();
  } else if (choice === 'Show Output') {
    host.output.show();
  }
}

/** Says what failed. A reply that came all the same is not lost: it can be opened. */
async function reportFailure(host: Host, message: string, reply = { name: '', text: '' }): Promise<void> {
  const beside = 'Open Reply Beside';
  const actions = [...(reply.text === '' ? [] : [beside]), 'Set Up Endpoint', 'Show Output'];
  const choice = await vscode.window.showErrorMessage(`Joule Lens: ${message}`, ...actions);
  if (choice === 'Set Up Endpoint') {
    await vscode.commands.executeCommand('joulelens.setUpEndpoint');
  } else if (choice === 'Show Output') {
    host.output.show();
  } else if (choice === beside) {
    await host.replies.open(reply.name, reply.text);
  }
}
