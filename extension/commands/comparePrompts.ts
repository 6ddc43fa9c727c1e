import * as vscode from 'vscode';
import type { CompareParams, CompareResult } from '../../server/protocol/history.js';
import { HistoryMethod } from '../../server/protocol/history.js';
import type { Reply } from '../../server/protocol/messages.js';
import type { CommandModule, Host } from '../host.js';
import { askEndpoint } from '../measure/askEndpoint.js';
import type { Sides } from '../measure/chooseSides.js';
import { chooseSides } from '../measure/chooseSides.js';
import { compareAnnouncement, comparisonLines } from '../measure/compareReport.js';
import type { CompareSettings } from '../measure/compareReport.js';
import { askConsentTo } from '../measure/consent.js';
import type { Endpoint } from '../measure/endpoint.js';
import { measureSettings } from '../measure/endpoint.js';
import { keepsReplies } from '../measure/historySettings.js';
import { endpointOrSetUp, targetRequest, whileMeasuring } from './measure.js';
import { reportUntrusted } from './setUpEndpoint.js';
import { reportNoTranscript, targetArgument, targetEditor } from './target.js';

/**
 * `Joule Lens: Compare Two Prompts (A/B)`: measures both in turn and says whether the difference is real. An argument
 * `{ a, b }` names the two sides and asks nothing.
 */
export const comparePrompts: CommandModule = {
  id: 'comparePrompts',
  async run(host, ...args) {
    if (!vscode.workspace.isTrusted) {
      void reportUntrusted();
      return undefined;
    }
    return whileMeasuring(() => prepareAndRun(host, args[0]));
  },
};

async function prepareAndRun(host: Host, argument: unknown): Promise<CompareResult | undefined> {
  const sides = sidesOf(argument) ?? (await askSides(host, argument));
  const endpoint = sides && (await endpointOrSetUp(host, 'Compare'));
  if (!sides || !endpoint) {
    return undefined;
  }
  const settings = compareSettings();
  const question = `Send two prompts to ${endpoint.label} and measure them in turn?`;
  if (!(await askConsentTo(host.context, endpoint, question, compareAnnouncement(endpoint, sides, settings)))) {
    return undefined;
  }
  return finish(host, await run(host, endpoint, sides, settings));
}

/** Sides that a caller names; null for anything else. */
function sidesOf(argument: unknown): Sides | null {
  const { a, b } = (argument ?? {}) as Partial<Sides>;
  return typeof a?.uri === 'string' && typeof b?.uri === 'string' ? { a, b } : null;
}

async function askSides(host: Host, argument: unknown): Promise<Sides | undefined> {
  const target = targetArgument(argument);
  const editor = await targetEditor(target);
  const here = editor === undefined ? null : await targetRequest(host, editor, target);
  if (here === undefined) {
    return undefined;
  }
  if (editor === undefined || here === null) {
    void reportNoTranscript(editor);
    return undefined;
  }
  return chooseSides(host, editor.document, here);
}

function compareSettings(): CompareSettings {
  const settings = vscode.workspace.getConfiguration('joulelens.measure');
  const pairs = settings.get<number>('comparePairs');
  return {
    pairs: typeof pairs === 'number' ? Math.min(100, Math.max(2, Math.floor(pairs))) : 10,
    stopEarly: settings.get<boolean>('compareStopEarly') === true,
  };
}

function run(host: Host, endpoint: Endpoint, sides: Sides, settings: CompareSettings): Thenable<Reply<CompareResult>> {
  const { repeats: _, stopWithin: __, ...measuring } = measureSettings(endpoint);
  const params: Omit<CompareParams, 'endpoint' | 'progressToken'> = {
    ...sides,
    ...settings,
    ...measuring,
    keepReply: keepsReplies(),
  };
  const title = `Joule Lens: comparing two prompts at ${endpoint.label}`;
  return askEndpoint(host, endpoint, { title }, HistoryMethod.compare, params);
}

function finish(host: Host, reply: Reply<CompareResult>): CompareResult | undefined {
  if (!reply.ok) {
    host.output.lines([`A/B: ${reply.error}`, ...(reply.raw ?? []).map((line) => `    ${line}`), '']);
    if (reply.code === 'cancelled') {
      void vscode.window.showInformationMessage('Joule Lens: the comparison was cancelled before a pair was complete.');
    } else {
      void reportFailure(reply.error);
    }
    return undefined;
  }
  host.output.lines(comparisonLines(reply.value));
  void offerNext(host, reply.value);
  return reply.value;
}

async function offerNext(host: Host, { comparison, stopped }: CompareResult): Promise<void> {
  const word = comparison.provenance === 'measured' ? '' : ` (${comparison.provenance})`;
  const found = [stopped, comparison.verdict].filter((text) => text !== null).join(' ');
  const measurements = 'Show Measurements';
  const output = 'Show Output';
  const choice = await vscode.window.showInformationMessage(`A/B${word}: ${found}`, measurements, output);
  if (choice === measurements) {
    host.panel.show();
  } else if (choice === output) {
    host.output.show();
  }
}

async function reportFailure(message: string): Promise<void> {
  const setUp = 'Set Up Endpoint';
  if ((await vscode.window.showErrorMessage(`Joule Lens: ${message}`, setUp)) === setUp) {
    await vscode.commands.executeCommand('joulelens.setUpEndpoint');
  }
}
