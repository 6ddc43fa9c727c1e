/**
 * Settings per resource: the editor's, over `joulelens.json` at the root of the workspace folder, over what ships.
 *
 * A wrong value costs that value only: it is named (in the file as a diagnostic, elsewhere in one message), and
 * everything else goes on.
 */
import type { Diagnostic } from 'vscode-languageserver-protocol';
import type { AnalysisSettings, JouleService, OwnTokenizer, TokenizerInspector } from '../core/index.js';
import { CONFIG_FILE, resolveSettings, TOKENIZER_FILES, TokenizerFinder } from '../settings/index.js';
import type { ResolvedSettings } from '../settings/index.js';
import { displaySettings } from './displaySettings.js';
import { chooseSettingsModel } from './modelSetting.js';
import { loadProject, noProject } from './projectFile.js';
import type { ProjectFile } from './projectFile.js';
import type { ResourceSettings } from './resourceSettings.js';
import { filePathOf, isInside, pathInside } from './uris.js';

/** Effects that the store needs. */
export interface SettingsHost {
  readonly service: JouleService;
  readonly inspector: TokenizerInspector;
  /** The `joulelens` section for a resource, unchecked. */
  editorSettings(uri: string | undefined): Promise<unknown>;
  /** What is wrong with a `joulelens.json`; empty when nothing is any more. */
  onFileProblems(uri: string, diagnostics: Diagnostic[]): void;
  /** One line about a wrong setting, for the user; each is given once. */
  onMessage(message: string): void;
}

export class SettingsStore {
  readonly #host: SettingsHost;
  #folders: string[] = [];
  readonly #projects = new Map<string, Promise<ProjectFile>>();
  readonly #resolved = new Map<string, Promise<ResourceSettings>>();
  readonly #said = new Set<string>();
  readonly #tokenizers: TokenizerFinder;
  /** Whether any settings so far name tokenizers. */
  #namesTokenizers = false;

  constructor(host: SettingsHost) {
    this.#host = host;
    this.#tokenizers = new TokenizerFinder(host.inspector);
  }

  setFolders(uris: readonly string[]): void {
    this.#folders = [...uris];
    this.#resolved.clear();
  }

  changeFolders(added: readonly string[], removed: readonly string[]): void {
    for (const uri of removed) this.#projects.delete(uri);
    this.setFolders([...this.#folders.filter((uri) => !removed.includes(uri)), ...added]);
  }

  /** The editor's settings changed. */
  editorSettingsChanged(): void {
    this.#resolved.clear();
  }

  /** Files changed on disk. True where one of them was a `joulelens.json` that counts, or may be a tokenizer's. */
  filesChanged(uris: readonly string[]): boolean {
    const tokenizers =
      this.#namesTokenizers && uris.some((uri) => TOKENIZER_FILES.some((name) => uri.endsWith(`/${name}`)));
    const folders = this.#folders.filter((folder) => tokenizers || uris.includes(settingsFileOf(folder)));
    for (const folder of folders) {
      this.#projects.delete(folder);
      // Read at once: its problems show whether or not a transcript is open.
      void this.#project(folder);
    }
    const changed = tokenizers || folders.length > 0;
    if (changed) this.#resolved.clear();
    return changed;
  }

  /** What holds for a resource; without one, for the workspace. */
  of(uri: string | undefined): Promise<ResourceSettings> {
    const key = uri ?? '';
    let resolved = this.#resolved.get(key);
    if (!resolved) {
      resolved = this.#resolve(uri);
      this.#resolved.set(key, resolved);
      // A failure (the connection went) must not stick.
      resolved.catch(() => this.#resolved.delete(key));
    }
    return resolved;
  }

  /** A document was closed. */
  forget(uri: string): void {
    this.#resolved.delete(uri);
  }

  async #resolve(uri: string | undefined): Promise<ResourceSettings> {
    const folder = this.#folderOf(uri);
    const [editor, project] = await Promise.all([this.#host.editorSettings(uri), this.#project(folder)]);
    const raw = (typeof editor === 'object' && editor !== null ? editor : {}) as Readonly<Record<string, unknown>>;
    const path = uri !== undefined && folder !== undefined ? pathInside(uri, folder) : '';
    const resolved = resolveSettings(project.config, raw, path);
    const model = await chooseSettingsModel(this.#host.service, resolved.model, raw['model'], folder);
    const folderPath = folder === undefined ? null : filePathOf(folder);
    this.#namesTokenizers ||= resolved.tokenizers.length > 0;
    const tokenizers = await this.#tokenizers.find(resolved.tokenizers, folderPath);
    const display = displaySettings(raw);
    // What is wrong in the file is said there.
    const wrong = [
      ...resolved.problems.filter((problem) => !problem.startsWith(CONFIG_FILE)),
      ...model.problems,
      ...display.problems,
      ...tokenizers.problems
        .filter(({ setting }) => setting.source === 'settings')
        .map(({ setting, message }) => `joulelens.tokenizers.${setting.pattern}: ${message}`),
    ];
    for (const message of wrong) this.#say(message);
    return {
      ...display.settings,
      analysis: analysisSettings(resolved, model, tokenizers.own),
      profile: resolved.profile.name,
      model: model.shown,
      profiles: resolved.profiles,
      messages: [...wrong, ...project.messages],
    };
  }

  #project(folder: string | undefined): Promise<ProjectFile> {
    const path = folder === undefined ? null : filePathOf(folder);
    if (folder === undefined || path === null) return Promise.resolve(noProject);
    let project = this.#projects.get(folder);
    if (!project) {
      project = loadProject(path, settingsFileOf(folder), this.#host.service, this.#tokenizers);
      this.#projects.set(folder, project);
      void this.#report(folder, project);
    }
    return project;
  }

  async #report(folder: string, project: Promise<ProjectFile>): Promise<void> {
    const { diagnostics } = await project;
    if (this.#projects.get(folder) === project) this.#host.onFileProblems(settingsFileOf(folder), diagnostics);
  }

  /** The innermost folder that holds a resource; an untitled one belongs to the only folder, where there is one. */
  #folderOf(uri: string | undefined): string | undefined {
    if (uri === undefined || uri.startsWith('untitled:'))
      return this.#folders.length === 1 ? this.#folders[0] : undefined;
    return this.#folders.filter((folder) => isInside(uri, folder)).sort((a, b) => b.length - a.length)[0];
  }

  #say(message: string): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#host.onMessage(`Joule Lens: ${message}`);
  }
}

/** URI of the `joulelens.json` of a workspace folder. */
function settingsFileOf(folder: string): string {
  return `${folder.replace(/\/$/, '')}/${CONFIG_FILE}`;
}

function analysisSettings(
  { profile }: ResolvedSettings,
  { id, ownModels }: Awaited<ReturnType<typeof chooseSettingsModel>>,
  ownTokenizers: readonly OwnTokenizer[],
): AnalysisSettings {
  return { profile, model: id, ...(ownModels ? { ownModels } : {}), ownTokenizers };
}
