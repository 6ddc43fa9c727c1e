/** The package's own folder and version, found from where this code runs (`dist/` when shipped, `out/` in tests). */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

function findPackageRoot(from: string): string {
  if (existsSync(path.join(from, 'package.json'))) return from;
  const parent = path.dirname(from);
  if (parent === from) throw new Error('Joule Lens is not whole: package.json is missing; install it again');
  return findPackageRoot(parent);
}

export const PACKAGE_ROOT = findPackageRoot(__dirname);

export const VERSION = (
  JSON.parse(readFileSync(path.join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string }
).version;
