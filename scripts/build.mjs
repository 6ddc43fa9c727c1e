// Bundles what ships into dist/: the extension, the language server and its token worker, the command line,
// the demo endpoint, the panels' browser code, and the data files they read.
//
//   node scripts/build.mjs [--minify] [--watch]
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure, main } from './lib/failure.mjs';
import { thirdPartyNotices } from './lib/notices.mjs';
import { inRoot, root } from './lib/paths.mjs';

/** Bundles that run in Node: output in dist/ from its entry. */
const nodeEntries = {
  extension: 'extension/extension.ts',
  server: 'server/main.ts',
  tokenWorker: 'server/runtime/tokenWorker.ts',
  joulelens: 'server/cli/bin.ts',
  lineThread: 'server/cli/lineThread.ts',
  demo: 'server/demo/demoMain.ts',
};

/** Files that the bundles read beside themselves: [from, to in dist/]. */
const assets = [['assets/vocabularies', 'vocabularies']];

/** Browser code of the panels, each a bundle of its own. */
const panelEntries = () =>
  fs
    .readdirSync(inRoot('media'), { recursive: true })
    .map(String)
    .filter((file) => path.basename(file) === 'main.ts')
    .map((file) => path.join('media', file));

function copyAssets() {
  for (const [from, to] of assets) {
    if (fs.existsSync(inRoot(from))) fs.cpSync(inRoot(from), inRoot('dist', to), { recursive: true });
    else console.warn(`build: ${from} is not there yet`);
  }
}

function existing(entries) {
  return Object.fromEntries(
    Object.entries(entries).filter(([, file]) => {
      const there = fs.existsSync(inRoot(file));
      if (!there) console.warn(`build: ${file} is not there yet`);
      return there;
    }),
  );
}

/** Marks the command line as a program. */
const executable = {
  name: 'executable',
  setup: (build) =>
    build.onEnd(() => {
      const file = inRoot('dist/joulelens.js');
      if (fs.existsSync(file)) fs.chmodSync(file, 0o755);
    }),
};

/** Prints what F5's problem matcher waits for. */
const watchMessages = {
  name: 'watch-messages',
  setup(build) {
    build.onStart(() => console.log('[watch] build started'));
    build.onEnd(({ errors }) => {
      for (const { text, location } of errors) {
        console.error(`✘ [ERROR] ${text}`);
        if (location) console.error(`    ${location.file}:${location.line}:${location.column}:`);
      }
      console.log('[watch] build finished');
    });
  },
};

/** Builds dist/ anew. With `watch`, keeps building and does not resolve. */
export async function build({ minify = false, watch = false } = {}) {
  const esbuild = await import('esbuild');
  // A package is made from nothing; otherwise files that a running server has open stay where they are.
  if (minify) fs.rmSync(inRoot('dist'), { recursive: true, force: true });
  const common = {
    absWorkingDir: root,
    bundle: true,
    sourcemap: !minify,
    sourcesContent: false,
    minify,
    // Names appear in logs and in `instanceof` messages.
    keepNames: minify,
    metafile: true,
    logLevel: watch ? 'silent' : 'warning',
    legalComments: 'none',
    plugins: watch ? [watchMessages] : [],
  };
  // One build each, so that an error in one leaves the others built.
  const settings = Object.entries(existing(nodeEntries)).map(([name, file]) => ({
    ...common,
    entryPoints: { [name]: file },
    outdir: 'dist',
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    external: ['vscode'],
    // Module builds of packages bundle better than their CommonJS ones, whose requires may be computed.
    mainFields: ['module', 'main'],
    plugins: [...common.plugins, executable],
  }));
  const panels = panelEntries();
  if (panels.length > 0) {
    settings.push({
      ...common,
      entryPoints: panels,
      outbase: 'media',
      outdir: 'dist/media',
      platform: 'browser',
      format: 'iife',
      target: 'es2022',
    });
  }
  copyAssets();
  if (watch) {
    for (const one of settings) await (await esbuild.context(one)).watch();
    return;
  }
  const results = await Promise.allSettled(settings.map((one) => esbuild.build(one)));
  const failed = settings
    .filter((_, i) => results[i].status === 'rejected')
    .flatMap((one) => Object.values(one.entryPoints));
  if (failed.length > 0) throw new Failure(`${failed.join(', ')} could not be bundled; the reasons stand above`);
  const metafiles = results.map((result) => result.value.metafile);
  const notices = thirdPartyNotices(
    metafiles,
    assets.map(([from]) => from),
  );
  fs.writeFileSync(inRoot('dist/THIRD-PARTY-NOTICES.txt'), notices);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(() => build({ minify: process.argv.includes('--minify'), watch: process.argv.includes('--watch') }));
}
