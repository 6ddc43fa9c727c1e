/** The model that settings choose: an id of the catalogue, or the path of a config.json. */
import { DEFAULT_MODEL, findModel } from '../core/index.js';
import type { JouleService, ModelSettings } from '../core/index.js';
import { isConfigPath, loadOwnModel } from '../settings/index.js';
import { filePathOf } from './uris.js';

export interface SettingsModel {
  /** For the analysis; empty where the default holds. */
  readonly id: string;
  readonly ownModels?: NonNullable<ModelSettings['ownModels']>;
  /** Id to show where a file names no model. */
  readonly shown: string;
  readonly problems: readonly string[];
}

/**
 * @param model the model that holds, from the editor's settings or joulelens.json
 * @param fromEditor the editor's setting, unchecked; a wrong model of the file is said in the file
 * @param folder URI of the workspace folder, to which relative paths are relative
 */
export async function chooseSettingsModel(
  service: JouleService,
  model: string,
  fromEditor: unknown,
  folder: string | undefined,
): Promise<SettingsModel> {
  const fallback = { id: '', shown: DEFAULT_MODEL };
  if (model === '') return { ...fallback, problems: [] };
  const match = isConfigPath(model)
    ? await loadOwnModel(model, (folder === undefined ? null : filePathOf(folder)) ?? '.')
    : findModel(service.catalogue, model, {});
  if (match.ok) {
    const ownModels = isConfigPath(model) ? { ownModels: new Map([[model, match.model]]) } : {};
    return { id: model, ...ownModels, shown: match.model.id, problems: [] };
  }
  const isEditors = typeof fromEditor === 'string' && fromEditor.trim() === model;
  const problem = `joulelens.model: ${match.error}. Figures are for ${DEFAULT_MODEL} meanwhile.`;
  return { ...fallback, problems: isEditors ? [problem] : [] };
}
