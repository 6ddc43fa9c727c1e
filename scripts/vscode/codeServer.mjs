// Runs VS Code's server from the cache on 127.0.0.1, with folders of its own, and Chromium on it.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from '../lib/run.mjs';
import { Failure } from '../lib/failure.mjs';
import { firstMatch, start, cleanEnvironment } from '../lib/processes.mjs';
import { ensureChromium, ensureCodeServer, installed } from './install.mjs';

/** Settings that keep a fresh VS Code quiet: nothing asked, nothing fetched, nothing saved by itself. */
export const quietSettings = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'files.autoSave': 'off',
  'git.enabled': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** A scratch folder for one run, deleted when the script ends. */
export function scratchFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return folder;
}

/** Writes the user settings of a user-data folder; a server reads machine-scoped ones from a file of their own. */
export function writeUserSettings(userData, settings) {
  for (const scope of ['User', 'Machine']) {
    fs.mkdirSync(path.join(userData, scope), { recursive: true });
    fs.writeFileSync(
      path.join(userData, scope, 'settings.json'),
      JSON.stringify(scope === 'User' ? { ...quietSettings, ...settings } : settings, null, 2),
    );
  }
}

/**
 * Starts a server. `extension` is a folder linked in as an installed extension, `vsix` a package to install.
 * Resolves with `origin`, and `url(folder, payload)` for a page on it.
 */
export async function startCodeServer({ scratch, settings = {}, extension, vsix, env = {}, args = [], port = 0 }) {
  await ensureCodeServer();
  const at = (name) => path.join(scratch, name);
  for (const name of ['server', 'extensions', 'runtime']) fs.mkdirSync(at(name), { recursive: true });
  writeUserSettings(at('user'), settings);
  const folders = [
    '--server-data-dir',
    at('server'),
    '--user-data-dir',
    at('user'),
    '--extensions-dir',
    at('extensions'),
  ];
  const common = [installed.server, ...folders, '--accept-server-license-terms', '--disable-telemetry'];
  // Sockets go to the scratch folder instead of staying in the system's temporary one.
  const environment = { XDG_RUNTIME_DIR: at('runtime'), ...env };
  if (extension) {
    const { publisher, name, version } = JSON.parse(fs.readFileSync(path.join(extension, 'package.json'), 'utf8'));
    fs.symlinkSync(extension, path.join(at('extensions'), `${publisher}.${name}-${version}`));
  }
  if (vsix) {
    const { output } = await run(installed.node, [...common, '--install-extension', vsix], {
      env: cleanEnvironment(environment),
      quiet: true,
    });
    if (!/successfully installed/.test(output)) throw new Failure(`VS Code did not install ${vsix}:\n${output}`);
  }
  const server = start(
    installed.node,
    [
      ...common,
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--without-connection-token',
      '--disable-workspace-trust',
      ...args,
    ],
    { env: environment, node: true, cwd: scratch },
  );
  const [, boundPort] = await firstMatch(server, /Extension host agent listening on (\d+)/, {
    what: "VS Code's server",
  });
  const authority = `127.0.0.1:${boundPort}`;
  return {
    process: server,
    origin: `http://${authority}`,
    /** The workbench's name for a file. */
    remote: (file) => `vscode-remote://${authority}${file}`,
    url(target, payload = []) {
      const query = target?.endsWith('.code-workspace') ? 'workspace' : 'folder';
      const where = target ? `${query}=${encodeURIComponent(target)}` : 'ew=true';
      return `http://${authority}/?${where}${payload.length ? `&payload=${encodeURIComponent(JSON.stringify(payload))}` : ''}`;
    },
  };
}

/** A page of headless Chromium, with the clipboard allowed on `origin`. */
export async function openBrowser(origin, { width = 1400, height = 900 } = {}) {
  const executablePath = await ensureChromium();
  await ensureCodeServer();
  const browser = await installed.chromium().launch({
    executablePath,
    headless: true,
    env: cleanEnvironment(),
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    // Nothing outside this machine is asked, also not the extension gallery.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
  return { browser, page: await context.newPage() };
}
