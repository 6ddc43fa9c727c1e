// Long-running programs that must not outlive the script that started them.
import { spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from './failure.mjs';
import { inRoot } from './paths.mjs';

const mark = crypto.randomBytes(8).toString('hex');
const started = new Set();

/** Environment without what an enclosing VS Code or debugger put there; it marks our processes for `endAll`. */
export function cleanEnvironment(extra = {}) {
  const env = { ...process.env, ...extra, JOULELENS_RUN: mark };
  for (const name of Object.keys(env)) {
    if (/^(VSCODE_|ELECTRON_|NODE_OPTIONS$|NODE_INSPECT|npm_)/.test(name)) delete env[name];
  }
  return env;
}

/** Starts a program in a process group of its own. Node programs started with `node: true` also end with this script. */
export function start(command, args, { env = {}, node = false, stdio = ['ignore', 'pipe', 'pipe'], ...options } = {}) {
  const child = spawn(command, node ? ['--require', inRoot('scripts/lib/endWithParent.cjs'), ...args] : args, {
    detached: process.platform !== 'win32',
    env: cleanEnvironment(env),
    stdio,
    ...options,
  });
  started.add(child);
  child.on('error', () => {});
  return child;
}

/** Resolves with the first match of `pattern` in what the program prints. */
export function firstMatch(child, pattern, { seconds = 60, what = child.spawnfile } = {}) {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (why) => reject(new Failure(`${what} ${why}${output ? `:\n${output.slice(-2000)}` : ''}`));
    const timer = setTimeout(() => fail(`did not start in ${seconds} s`), seconds * 1000);
    const onData = (chunk) => {
      if (output === undefined) return;
      output += chunk;
      const match = pattern.exec(output);
      if (!match) return;
      clearTimeout(timer);
      output = undefined;
      resolve(match);
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.on('error', (error) => (clearTimeout(timer), fail(`could not be started: ${error.message}`)));
    child.on(
      'exit',
      (code, signal) => (clearTimeout(timer), output !== undefined && fail(`ended (${signal ?? code})`)),
    );
  });
}

/** Our processes by the mark in their environment: also those that left their group. Linux only; elsewhere none. */
function marked() {
  if (process.platform !== 'linux') return [];
  return fs.readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return false;
    try {
      return fs.readFileSync(`/proc/${entry}/environ`, 'latin1').includes(`JOULELENS_RUN=${mark}\0`);
    } catch {
      return false;
    }
  });
}

function signalAll(signal) {
  for (const child of started) {
    if (child.pid === undefined) continue;
    if (process.platform === 'win32') {
      spawnSync('taskkill', ['/pid', String(child.pid), '/t', '/f']);
      continue;
    }
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The group is gone.
    }
  }
  for (const pid of marked()) {
    try {
      process.kill(Number(pid), signal);
    } catch {
      // Ended meanwhile.
    }
  }
}

const someLeft = () =>
  [...started].some((c) => c.exitCode === null && c.signalCode === null && c.pid) || marked().length > 0;

/** Ends everything that this script started: asks, waits, then insists. */
export async function endAll() {
  for (const [signal, waitMs] of [
    ['SIGTERM', 2000],
    ['SIGKILL', 1000],
  ]) {
    if (!someLeft()) break;
    signalAll(signal);
    for (const end = Date.now() + waitMs; someLeft() && Date.now() < end;) await sleep(25);
  }
  started.clear();
}

/** Ends processes whose command line names `folder`, a scratch folder of this run. Not on Windows, where none stays. */
export async function endMatching(folder) {
  if (process.platform === 'win32') return;
  const { stdout } = spawnSync('ps', ['-axww', '-o', 'pid=,args='], { encoding: 'utf8' });
  for (const line of (stdout ?? '').split('\n')) {
    const pid = Number.parseInt(line, 10);
    if (!line.includes(folder) || pid === process.pid) continue;
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      // Ended meanwhile.
    }
  }
  await sleep(500);
}

/** Resolves with the signal that asks this script to end. */
export function interrupted() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve(signal));
  });
}

process.on('exit', () => signalAll('SIGKILL'));
