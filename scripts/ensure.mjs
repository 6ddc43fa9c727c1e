// Makes sure that what the other scripts need is there: Node, the npm packages, a VS Code for tests.
// Quick when it is; safe to run from several processes at once.
import fs from 'node:fs';
import { Failure, main } from './lib/failure.mjs';
import { withLock } from './lib/lock.mjs';
import { inRoot } from './lib/paths.mjs';
import { npm } from './lib/run.mjs';
import { fileURLToPath } from 'node:url';

/** Fails with one line unless this Node can run the project. */
export function ensureNode() {
  const wanted = JSON.parse(fs.readFileSync(inRoot('package.json'), 'utf8'))
    .engines.node.match(/\d+/g)
    .map(Number);
  const here = process.versions.node.split('.').map(Number);
  const old = here[0] !== wanted[0] ? here[0] < wanted[0] : here[1] < (wanted[1] ?? 0);
  if (old)
    throw new Failure(
      `Joule Lens needs Node ${wanted.join('.')} or newer; this is ${process.versions.node} (https://nodejs.org)`,
    );
}

function packagesAreCurrent() {
  try {
    const installed = fs.statSync(inRoot('node_modules/.package-lock.json')).mtimeMs;
    if (installed >= fs.statSync(inRoot('package-lock.json')).mtimeMs) return true;
    // A checkout rewrites the lock file without changing it: compare what they say.
    const wanted = JSON.parse(fs.readFileSync(inRoot('package-lock.json'), 'utf8')).packages;
    const have = JSON.parse(fs.readFileSync(inRoot('node_modules/.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(
      ([name, entry]) => !name || entry.optional || have[name]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

/** Installs the npm packages of package-lock.json where they are missing or others. */
export async function ensurePackages() {
  if (packagesAreCurrent()) return;
  await withLock(inRoot('.cache/npm.lock'), async () => {
    if (packagesAreCurrent()) return;
    console.log('installing npm packages ...');
    await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], { quiet: true });
  });
}

/** Node and npm packages: what building needs. */
export async function ensure() {
  ensureNode();
  await ensurePackages();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(ensure);
