// Runs the suite in desktop VS Code, downloaded by @vscode/test-electron.
import path from 'node:path';
import { downloadAndUnzipVSCode, resolveCliArgsFromVSCodeExecutablePath, runTests } from '@vscode/test-electron';
import { cacheFolder } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';
import { writeUserSettings } from './codeServer.mjs';

/** Whether VS Code can be downloaded and shown here. */
export async function desktopRunsHere() {
  const hasScreen = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!hasScreen) return false;
  try {
    const signal = AbortSignal.timeout(5000);
    return (await fetch('https://update.code.visualstudio.com/api/releases/stable', { signal })).ok;
  } catch {
    return false;
  }
}

/** Installs `vsix` into a fresh desktop VS Code and runs the suite in it. */
export async function runInDesktop({ scratch, vsix, host, suite, workspace, settings, env }) {
  const userData = path.join(scratch, 'user');
  writeUserSettings(userData, settings);
  const folders = [`--user-data-dir=${userData}`, `--extensions-dir=${path.join(scratch, 'extensions')}`];
  const executable = await downloadAndUnzipVSCode({ cachePath: path.join(cacheFolder, 'desktop') });
  const [cli, ...cliArgs] = resolveCliArgsFromVSCodeExecutablePath(executable, { reuseMachineInstall: true });
  await run(cli, [...cliArgs, ...folders, '--install-extension', vsix, '--force'], { quiet: true });
  await runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: host,
    extensionTestsPath: suite,
    extensionTestsEnv: env,
    launchArgs: [workspace, ...folders],
  }).catch(() => {}); // Failures are in the results file.
}
