import * as vscode from 'vscode';
import type { CalibrateResult, CalibrationPlanDto, CalibrationPlans } from '../../server/protocol/calibration.js';
import { Method } from '../../server/protocol/messages.js';
import type { Reply } from '../../server/protocol/messages.js';
import type { CommandModule, Host } from '../host.js';
import { askEndpoint } from '../measure/askEndpoint.js';
import { calibrationAnnouncement } from '../measure/report.js';
import { askConsentTo } from '../measure/consent.js';
import type { Endpoint } from '../measure/endpoint.js';
import { measureSettings } from '../measure/endpoint.js';
import { saveProfile } from '../measure/saveProfile.js';
import { endpointOrSetUp } from './measure.js';
import { reportUntrusted } from './setUpEndpoint.js';

let running = false;

/**
 * `Joule Lens: Calibrate This Endpoint`: planned requests to the configured endpoint, a fit, and a profile that holds for it.
 * An argument may say what would be asked, for a key binding: `{ "size": "quick", "save": "settings", "name": "our-box" }`.
 * What is sent is announced and consented to all the same.
 */
export const calibrate: CommandModule = {
  id: 'calibrate',
  async run(host, ...args) {
    if (!vscode.workspace.isTrusted) {
      void reportUntrusted();
      return undefined;
    }
    if (running) {
      void vscode.window.showInformationMessage(
        'Joule Lens: a calibration is running; two at once would disturb each other.',
      );
      return undefined;
    }
    running = true;
    try {
      return await planAndRun(host, wishesOf(args[0]));
    } finally {
      running = false;
    }
  },
};

/** What an argument asks for; anything else is asked. */
interface Wishes {
  readonly size?: unknown;
  readonly save?: 'settings' | 'file';
  readonly name?: string;
}

function wishesOf(argument: unknown): Wishes {
  if (typeof argument !== 'object' || argument === null) {
    return {};
  }
  const { size, save, name } = argument as Readonly<Record<string, unknown>>;
  return {
    size,
    ...(save === 'settings' || save === 'file' ? { save } : {}),
    ...(typeof name === 'string' && name.trim() !== '' ? { name } : {}),
  };
}

async function planAndRun(host: Host, wishes: Wishes): Promise<CalibrateResult | undefined> {
  const uri = vscode.window.activeTextEditor?.document.uri.toString();
  const endpoint = await endpointOrSetUp(host, 'Calibrate');
  if (endpoint === null) {
    return undefined;
  }
  const about = {
    ...(uri === undefined ? {} : { uri }),
    ...(endpoint.model === undefined ? {} : { endpointModel: endpoint.model }),
  };
  const plans = await host.server.ask<CalibrationPlans>(Method.calibrationPlans, about);
  if (!plans.ok) {
    void vscode.window.showErrorMessage(`Joule Lens: ${plans.error}`);
    return undefined;
  }
  const plan = await choosePlan(plans.value, endpoint, wishes.size);
  if (plan === undefined) {
    return undefined;
  }
  const question = `Send ${plan.requests} requests to ${endpoint.label} to calibrate the predictions to it?`;
  const { timeoutSeconds, meter, extractor } = measureSettings(endpoint);
  const detail = calibrationAnnouncement(endpoint, plans.value, plan, meter);
  if (!(await askConsentTo(host.context, endpoint, question, detail))) {
    return undefined;
  }
  const title = `Joule Lens: calibrating ${endpoint.label}`;
  const reply = await askEndpoint<CalibrateResult>(
    host,
    endpoint,
    { title, announcement: plan.announcement },
    Method.calibrate,
    { ...about, size: plan.size, timeoutSeconds, meter, ...(extractor === undefined ? {} : { extractor }) },
  );
  return finish(host, reply, wishes);
}

const sizeLabels: Record<CalibrationPlanDto['size'], string> = {
  quick: 'Quick: one request at a time',
  standard: 'Standard',
  thorough: 'Thorough',
};

async function choosePlan(
  { plans, model, profile }: CalibrationPlans,
  endpoint: Endpoint,
  wanted: unknown,
): Promise<CalibrationPlanDto | undefined> {
  const named = plans.find(({ size }) => size === wanted);
  if (named !== undefined) {
    return named;
  }
  const items = plans.map((plan) => ({
    plan,
    label: sizeLabels[plan.size],
    description: plan.concurrency > 1 ? `up to ${plan.concurrency} requests at once` : '',
    detail: plan.announcement,
  }));
  const item = await vscode.window.showQuickPick(items, {
    title: `Joule Lens: Calibrate ${endpoint.label}`,
    placeHolder: `How much to send? ${model}, starting from profile ${profile}`,
    matchOnDetail: true,
  });
  return item?.plan;
}

async function finish(
  host: Host,
  reply: Reply<CalibrateResult>,
  { save, name }: Wishes,
): Promise<CalibrateResult | undefined> {
  if (!reply.ok) {
    host.output.lines([`Calibration: ${reply.error}`, '']);
    void reportFailure(reply);
    return undefined;
  }
  host.output.lines([`Calibration: ${reply.value.headline}`, '']);
  const { profile } = reply.value;
  if (save === undefined || profile === null) {
    void offer(host, reply.value);
  } else {
    await saveProfile(host, save, { suggested: reply.value.name, profile, ...(name === undefined ? {} : { name }) });
  }
  return reply.value;
}

async function reportFailure(reply: Extract<Reply<never>, { ok: false }>): Promise<void> {
  if (reply.code === 'cancelled') {
    void vscode.window.showInformationMessage(
      `Joule Lens: calibration cancelled. ${reply.error === 'Cancelled.' ? '' : reply.error}`,
    );
    return;
  }
  const setUp = 'Set Up Endpoint';
  if ((await vscode.window.showErrorMessage(`Joule Lens: ${reply.error}`, setUp)) === setUp) {
    await vscode.commands.executeCommand('joulelens.setUpEndpoint');
  }
}

/** The report beside the editor, and where the profile goes. */
async function offer(host: Host, result: CalibrateResult): Promise<void> {
  await host.replies.open('Calibration.md', result.markdown);
  if (result.profile === null) {
    void vscode.window.showWarningMessage(`Joule Lens: ${result.headline}`);
    return;
  }
  const mine = 'Save to User Settings';
  const shared = 'Save to joulelens.json';
  const choice = await vscode.window.showInformationMessage(`Joule Lens: ${result.headline}`, mine, shared);
  if (choice !== undefined) {
    const { name: suggested, profile } = result;
    await saveProfile(host, choice === mine ? 'settings' : 'file', { suggested, profile });
  }
}
