/** A workspace folder's `joulelens.json`: what it says, and everything wrong with it as diagnostics at its place. */
import { DiagnosticSeverity } from 'vscode-languageserver-protocol';
import type { Diagnostic } from 'vscode-languageserver-protocol';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { findModel } from '../core/index.js';
import type { JouleService } from '../core/index.js';
import {
  CONFIG_FILE,
  EMPTY_CONFIG,
  isConfigPath,
  loadConfig,
  loadOwnModel,
  resolveSettings,
} from '../settings/index.js';
import type { ConfigFile, SettingsProblem, TokenizerFinder } from '../settings/index.js';

export interface ProjectFile {
  readonly config: ConfigFile;
  readonly diagnostics: Diagnostic[];
  /** The same problems in one line each, for the status of documents that the file counts for. */
  readonly messages: readonly string[];
}

export const noProject: ProjectFile = { config: EMPTY_CONFIG, diagnostics: [], messages: [] };

/** Reads the file of a folder (its path and URI). A missing file is no problem. */
export async function loadProject(
  folder: string,
  uri: string,
  service: JouleService,
  tokenizers: TokenizerFinder,
): Promise<ProjectFile> {
  const { config, problems, text, path } = await loadConfig(folder);
  if (path === null) return noProject;
  const all = [
    ...problems,
    ...profileProblems(config, text),
    ...(await modelProblems(config, text, folder, service)),
    ...(await tokenizerProblems(config, text, folder, tokenizers)),
  ];
  const document = TextDocument.create(uri, 'jsonc', 0, text);
  return {
    config,
    diagnostics: all.map(({ severity, message, span }) => ({
      range: { start: document.positionAt(span.start), end: document.positionAt(span.end) },
      severity: severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
      source: 'Joule Lens',
      code: 'settings',
      message,
    })),
    messages: all.map(({ message }) => (message.startsWith(CONFIG_FILE) ? message : `${CONFIG_FILE}: ${message}`)),
  };
}

/** Where a value stands in the file: the first string that reads so. */
function spanOf(text: string, value: string): SettingsProblem['span'] {
  const literal = JSON.stringify(value);
  const start = text.indexOf(literal);
  return start < 0 ? { start: 0, end: Math.min(1, text.length) } : { start, end: start + literal.length };
}

/** A profile that the file chooses and nobody defines. */
function profileProblems(config: ConfigFile, text: string): SettingsProblem[] {
  return resolveSettings(config, {}).problems.map((problem) => ({
    severity: 'error',
    message: problem.replace(`${CONFIG_FILE}: `, ''),
    span: spanOf(text, config.profile ?? ''),
  }));
}

/** Tokenizers that cannot be used, or not with their chat template. */
async function tokenizerProblems(
  config: ConfigFile,
  text: string,
  folder: string,
  tokenizers: TokenizerFinder,
): Promise<SettingsProblem[]> {
  const { problems } = await tokenizers.find(resolveSettings(config, {}).tokenizers, folder);
  return problems.map(({ setting, message }) => ({
    severity: 'error',
    message: `tokenizers.${setting.pattern}: ${message}`,
    span: spanOf(text, setting.path),
  }));
}

/** Models that the catalogue does not know and config.json files that cannot be read. */
async function modelProblems(
  config: ConfigFile,
  text: string,
  folder: string,
  service: JouleService,
): Promise<SettingsProblem[]> {
  const named = [
    ...(config.model === null ? [] : [['model', config.model] as const]),
    ...config.models.map(([glob, model]) => [`models.${glob}`, model] as const),
  ];
  const problems: SettingsProblem[] = [];
  for (const [key, model] of named) {
    const match = isConfigPath(model) ? await loadOwnModel(model, folder) : findModel(service.catalogue, model, {});
    if (!match.ok) problems.push({ severity: 'error', message: `${key}: ${match.error}`, span: spanOf(text, model) });
  }
  return problems;
}
