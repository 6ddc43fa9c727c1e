/** Reads `joulelens.json` from disk. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CONFIG_FILE, EMPTY_CONFIG, readConfigFile, type ConfigFile, type SettingsProblem } from './configFile.js';

export interface LoadedConfig {
  /** Absolute path of the file; null if there is none. */
  readonly path: string | null;
  readonly text: string;
  readonly config: ConfigFile;
  readonly problems: readonly SettingsProblem[];
}

export const NO_CONFIG: LoadedConfig = { path: null, text: '', config: EMPTY_CONFIG, problems: [] };

/** The `joulelens.json` of a folder. A file that is missing is no problem; one that cannot be read is. */
export async function loadConfig(folder: string): Promise<LoadedConfig> {
  const path = join(folder, CONFIG_FILE);
  try {
    const text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
    return { path, text, ...readConfigFile(text) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return NO_CONFIG;
    const message = `${path} cannot be read (${code ?? String(error)}): its settings are ignored`;
    return { ...NO_CONFIG, path, problems: [{ severity: 'error', message, span: { start: 0, end: 0 } }] };
  }
}

/** The nearest `joulelens.json` in a folder or one above it: what the command line reads. */
export async function findConfig(folder: string): Promise<LoadedConfig> {
  for (let at = folder; ; at = dirname(at)) {
    const loaded = await loadConfig(at);
    if (loaded.path !== null || dirname(at) === at) return loaded;
  }
}
