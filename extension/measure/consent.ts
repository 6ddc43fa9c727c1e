/** Shows what will be sent, and where, before the first request to an endpoint leaves this machine. */
import * as vscode from 'vscode';
import type { MeasurePlan } from '../../server/protocol/messages.js';
import type { Endpoint, MeasureSettings } from './endpoint.js';
import { announcementText } from './report.js';

const stateKey = 'joulelens.consentedOrigins';

/** Whether the user said "don't ask again" for an origin. */
export function hasConsent(context: vscode.ExtensionContext, origin: string): boolean {
  return context.globalState.get<string[]>(stateKey, []).includes(origin);
}

/** Remembers that an origin need not be asked about again. */
export async function keepConsent(context: vscode.ExtensionContext, origin: string): Promise<void> {
  const origins = context.globalState.get<string[]>(stateKey, []);
  await context.globalState.update(stateKey, [...new Set([...origins, origin])]);
}

/** Asks again from now on. */
export async function dropConsent(context: vscode.ExtensionContext, origin: string): Promise<void> {
  const origins = context.globalState.get<string[]>(stateKey, []);
  await context.globalState.update(
    stateKey,
    origins.filter((each) => each !== origin),
  );
}

/**
 * True when the request may be sent. The demo endpoint is not asked about: choosing it was the answer, and nothing
 * leaves this machine.
 */
export async function askConsent(
  context: vscode.ExtensionContext,
  endpoint: Endpoint,
  plan: MeasurePlan,
  settings: MeasureSettings,
): Promise<boolean> {
  const question = `Send this conversation to ${endpoint.label}?`;
  return askConsentTo(context, endpoint, question, announcementText(endpoint, plan, settings));
}

/** The same for anything else that sends: `question` names what and where, `detail` says the rest. */
export async function askConsentTo(
  context: vscode.ExtensionContext,
  endpoint: Endpoint,
  question: string,
  detail: string,
): Promise<boolean> {
  if (endpoint.isDemo || hasConsent(context, endpoint.origin)) {
    return true;
  }
  const once = 'Send';
  const always = "Send, Don't Ask Again for This Endpoint";
  const choice = await vscode.window.showInformationMessage(question, { modal: true, detail }, once, always);
  if (choice === always) {
    await keepConsent(context, endpoint.origin);
  }
  return choice === once || choice === always;
}
