/** Models that the user points at by the path of a `config.json`. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { modelFromConfig, type ModelMatch } from '../core/energy/catalogue.js';
import { ConfigError } from '../core/energy/fromConfig.js';

/** Whether a model setting is a path and not an id: it ends in `.json`. */
export const isConfigPath = (model: string): boolean => /\.json$/i.test(model.trim());

/**
 * Reads a model from a `config.json`. The model's id is the path as given.
 * @param folder What relative paths are relative to.
 */
export async function loadOwnModel(path: string, folder: string): Promise<ModelMatch> {
  const file = resolve(folder, path.trim());
  try {
    const config: unknown = JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''));
    const match = modelFromConfig(nameOf(config, file), config);
    return { ok: true, model: { ...match, id: path.trim() } };
  } catch (error) {
    if (error instanceof ConfigError) return { ok: false, error: `${path}: ${error.message}` };
    if (error instanceof SyntaxError) return { ok: false, error: `${path}: not valid JSON (${error.message})` };
    return { ok: false, error: `${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})` };
  }
}

/** `_name_or_path` of the config, else the folder's name. */
function nameOf(config: unknown, file: string): string {
  const name = (config as { _name_or_path?: unknown } | null)?._name_or_path;
  return typeof name === 'string' && name !== '' ? name : `${basename(dirname(file))}/${basename(file)}`;
}
