// Packs the extension: joulelens-VERSION.vsix.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { ensure } from './ensure.mjs';
import { main } from './lib/failure.mjs';
import { inRoot } from './lib/paths.mjs';
import { run } from './lib/run.mjs';

/** Path of the package that `pack` writes. */
export function packageFile() {
  const { name, version } = JSON.parse(fs.readFileSync(inRoot('package.json'), 'utf8'));
  return inRoot(`${name}-${version}.vsix`);
}

/** Builds minified bundles and packs them with what .vscodeignore lists. */
export async function pack() {
  await build({ minify: true });
  // Everything is bundled, so no node_modules go in; `scripts.vscode:prepublish` is not needed.
  const args = [
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    '--no-rewrite-relative-links',
    '--out',
    packageFile(),
  ];
  await run(process.execPath, [inRoot('node_modules/@vscode/vsce/vsce'), ...args], { quiet: true });
  return packageFile();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await ensure();
    console.log(await pack());
  });
}
