/** The endpoint that Measure sends to, from the settings of this machine. */
import * as vscode from 'vscode';
import type { DemoEndpoint } from './demo.js';
import type { Keys } from './keys.js';
import { originOf, settingText, urlProblem } from './endpointUrl.js';

/** The setting's value that stands for the embedded endpoint. */
export const demoSetting = 'demo' as const;

/** Where a measurement goes. */
export interface Endpoint {
  /** Base URL ending in /v1. */
  readonly url: string;
  readonly origin: string;
  readonly isDemo: boolean;
  /** `demo endpoint (simulated meter)` or the origin. */
  readonly label: string;
  readonly model?: string;
  readonly apiKey?: string;
}

/** How a measurement runs; the `joulelens.measure` settings. */
export interface MeasureSettings {
  readonly repeats: number;
  readonly maxTokens?: number;
  readonly timeoutSeconds: number;
  readonly keepCache: boolean;
  /** Where the energy comes from; the demo endpoint brings its own meter. */
  readonly meter: string;
  readonly extractor?: string;
  /** Share of the mean, 0..1. */
  readonly stopWithin?: number;
  readonly budgetSeconds?: number;
}

/** What the setting says, trimmed, as text whatever its type; empty where nothing was set up. */
export function configuredUrl(): string {
  return settingText(vscode.workspace.getConfiguration('joulelens').get<unknown>('endpoint.url'));
}

/** The configured endpoint; null where none is set up. Throws one clear line on a setting that is no URL. */
export async function resolveEndpoint(keys: Keys, demo: DemoEndpoint): Promise<Endpoint | null> {
  const setting = configuredUrl();
  if (setting === '') {
    return null;
  }
  if (setting === demoSetting) {
    const url = await demo.url();
    return { url, origin: originOf(url), isDemo: true, label: 'the demo endpoint (simulated meter)' };
  }
  const problem = urlProblem(setting);
  if (problem !== null) {
    throw new Error(`Setting joulelens.endpoint.url: ${problem}`);
  }
  const url = setting.replace(/\/+$/, '');
  const origin = originOf(url);
  const model = settingText(vscode.workspace.getConfiguration('joulelens').get<unknown>('endpoint.model'));
  const apiKey = await keys.get(origin);
  return {
    url,
    origin,
    isDemo: false,
    label: origin,
    ...(model === '' ? {} : { model }),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

/** What a series sends when the setting is no number. */
const usualRepeats = 5;

/** The settings of Measure, with values out of range brought back into it. */
export function measureSettings(endpoint: Pick<Endpoint, 'isDemo'> = { isDemo: false }): MeasureSettings {
  const settings = vscode.workspace.getConfiguration('joulelens.measure');
  const repeats = settings.get<number>('repeats');
  const maxTokens = settings.get<number | null>('maxTokens');
  const timeoutSeconds = settings.get<number>('timeoutSeconds');
  const meter = settingText(settings.get<unknown>('meter'));
  const extractor = settingText(settings.get<unknown>('extractor'));
  const percent = settings.get<number>('stopWithinPercent');
  const budget = settings.get<number | null>('budgetSeconds');
  return {
    meter: endpoint.isDemo || meter === '' ? 'response' : meter,
    ...(endpoint.isDemo || extractor === '' ? {} : { extractor }),
    ...(typeof percent === 'number' && percent > 0 ? { stopWithin: percent / 100 } : {}),
    ...(typeof budget === 'number' && budget > 0 ? { budgetSeconds: budget } : {}),
    repeats: typeof repeats === 'number' ? Math.min(50, Math.max(1, Math.floor(repeats))) : usualRepeats,
    ...(typeof maxTokens === 'number' && maxTokens >= 1 ? { maxTokens: Math.floor(maxTokens) } : {}),
    timeoutSeconds: typeof timeoutSeconds === 'number' && timeoutSeconds > 0 ? timeoutSeconds : 120,
    keepCache: settings.get<boolean>('keepCache') === true,
  };
}
