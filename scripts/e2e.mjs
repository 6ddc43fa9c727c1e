// Runs test/e2e in a real VS Code on the packed extension: desktop VS Code where it can be downloaded and shown,
// else code-server in headless Chromium.
//
//   node scripts/e2e.mjs [--grep TITLE] [--in desktop|code-server]   (after `tsc -b` and `npm run package`)
//   node scripts/e2e.mjs --prepare FOLDER                            makes the workspace that F5 opens, and no more
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { main } from './lib/failure.mjs';
import { inRoot } from './lib/paths.mjs';
import { endAll } from './lib/processes.mjs';
import { packageFile } from './package.mjs';
import { scratchFolder } from './vscode/codeServer.mjs';

/** A workspace of several roots that the tests may write to: one with a joulelens.json, one without, the samples. */
function makeWorkspace(scratch) {
  const at = (...parts) => path.join(scratch, 'workspace', ...parts);
  fs.rmSync(at(), { recursive: true, force: true });
  fs.cpSync(inRoot('test/fixtures/e2e'), at(), { recursive: true });
  fs.cpSync(inRoot('samples'), at('samples'), { recursive: true });
  const file = at('joulelens.code-workspace');
  fs.writeFileSync(file, JSON.stringify({ folders: ['first', 'second', 'samples'].map((name) => ({ path: name })) }));
  return file;
}

/** Runs the suite; resolves with Mocha's counts. */
export async function e2e({ grep, where } = {}) {
  const { desktopRunsHere, runInDesktop } = await import('./vscode/desktop.mjs');
  const { runInCodeServer } = await import('./vscode/suiteInCodeServer.mjs');
  const scratch = scratchFolder();
  const results = path.join(scratch, 'results.json');
  try {
    const options = {
      scratch,
      vsix: packageFile(),
      host: inRoot('test/e2e/host'),
      suite: inRoot('out/test/e2e/index.js'),
      workspace: makeWorkspace(scratch),
      settings: {},
      env: { JOULELENS_E2E: JSON.stringify({ results, grep }) },
    };
    const desktop = where ? where === 'desktop' : await desktopRunsHere();
    console.log(`end-to-end tests in ${desktop ? 'desktop VS Code' : 'code-server'}`);
    await (desktop ? runInDesktop : runInCodeServer)(options);
    if (fs.existsSync(results)) return JSON.parse(fs.readFileSync(results, 'utf8'));
    console.error('the tests in VS Code did not run to their end');
    return { passes: 0, failures: 1 };
  } finally {
    await endAll();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = { type: 'string' };
  const { values } = parseArgs({ options: { grep: text, in: text, prepare: text } });
  await main(async () => {
    if (values.prepare) return void makeWorkspace(path.resolve(values.prepare));
    return (await e2e({ grep: values.grep, where: values.in })).failures ? 1 : 0;
  });
}
