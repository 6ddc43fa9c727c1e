// `npm start`: the sample transcripts in a real VS Code with the extension under development, the demo endpoint set up.
//
//   npm start -- [--in desktop|code-server] [--port N]
//
// Desktop VS Code where `code` is on the PATH, else VS Code's server with the URL printed. Ctrl-C ends everything.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { ensure } from './ensure.mjs';
import { startDemoEndpoint } from './lib/demoEndpoint.mjs';
import { Failure, main } from './lib/failure.mjs';
import { inRoot, root } from './lib/paths.mjs';
import { endAll, endMatching, interrupted, start } from './lib/processes.mjs';
import { scratchFolder, startCodeServer, writeUserSettings } from './vscode/codeServer.mjs';
import { codeServerRunsHere } from './vscode/install.mjs';

const opened = 'customer-support.json';

/** Settings of the new window: the demo endpoint is chosen, so Measure works at once. */
const settings = { 'joulelens.endpoint.url': 'demo' };

/** VS Code's command on the PATH; not the one in a terminal of VS Code's own server, which can only open files. */
function desktopCommand() {
  if (process.env.VSCODE_IPC_HOOK_CLI) return undefined;
  const names = process.platform === 'win32' ? ['code.cmd', 'code.exe'] : ['code'];
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .find((file) => fs.existsSync(file));
}

/** A copy of the samples, to be edited freely. */
function copySamples(scratch) {
  const folder = path.join(scratch, 'samples');
  fs.cpSync(inRoot('samples'), folder, { recursive: true });
  return folder;
}

async function startDesktop(command, scratch, interruption) {
  const userData = path.join(scratch, 'user');
  const samples = copySamples(scratch);
  writeUserSettings(userData, settings);
  const args = [
    '--wait',
    '--new-window',
    `--user-data-dir=${userData}`,
    `--extensions-dir=${path.join(scratch, 'extensions')}`,
  ];
  args.push('--disable-workspace-trust', `--extensionDevelopmentPath=${root}`, samples, path.join(samples, opened));
  if (process.platform === 'linux' && process.getuid() === 0) args.push('--no-sandbox');
  const window = start(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  console.log('VS Code opens with the sample transcripts. Close its window or press Ctrl-C to end.');
  const closed = new Promise((resolve) => {
    window.on('exit', resolve);
    window.on('error', resolve);
  });
  await Promise.race([closed, interruption]);
  // The window is no child of `code`; the folder that only it uses names it.
  await endMatching(userData);
}

async function startInBrowser(scratch, port, interruption) {
  const samples = copySamples(scratch);
  const server = await startCodeServer({ scratch, settings, extension: root, port });
  const url = server.url(samples, [['openFile', server.remote(path.join(samples, opened))]]);
  console.log(`\nOpen this in a browser:\n\n  ${url}\n\nCtrl-C ends it.`);
  const ended = new Promise((resolve) => server.process.on('exit', resolve));
  await Promise.race([ended, interruption]);
}

async function startAll({ where, port }) {
  const command = where === 'code-server' ? undefined : desktopCommand();
  if (!command && (where === 'desktop' || !codeServerRunsHere)) {
    throw new Failure(
      'VS Code is not on the PATH: install it (https://code.visualstudio.com), with its `code` command',
    );
  }
  await ensure();
  await build();
  const interruption = interrupted();
  const scratch = scratchFolder();
  try {
    const endpoint = await startDemoEndpoint();
    console.log(`demo endpoint (simulated meter), for the command line too: ${endpoint}`);
    await (command ? startDesktop(command, scratch, interruption) : startInBrowser(scratch, port, interruption));
  } finally {
    await endAll();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { in: { type: 'string' }, port: { type: 'string', default: '0' } } });
  await main(() => startAll({ where: values.in, port: Number(values.port) }));
}
