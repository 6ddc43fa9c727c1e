// Where things are: the repository, and the cache that clones of it share.
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, with native separators. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A path inside the repository. */
export const inRoot = (...parts) => path.join(root, ...parts);

/** Downloaded tools (VS Code for tests). `JOULELENS_CACHE` moves it. */
export const cacheFolder =
  process.env.JOULELENS_CACHE ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'joulelens');
