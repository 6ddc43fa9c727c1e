// Runs a program to its end.
import { spawn } from 'node:child_process';
import { Failure } from './failure.mjs';
import { root } from './paths.mjs';

/**
 * Runs `command` and resolves with its exit code and, where not inherited, its output.
 * `quiet` collects the output and shows it only when the program fails.
 */
export function run(command, args, { cwd = root, env = process.env, quiet = false, allowFailure = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
      // npm and code are .cmd files on Windows.
      shell: process.platform === 'win32' && !/\.exe$/i.test(command),
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => reject(new Failure(`${command} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0 || allowFailure) return resolve({ code: code ?? 1, output });
      reject(
        new Failure(
          `${[command, ...args].join(' ')} failed (${signal ?? `exit ${code}`})${quiet ? `:\n${output.slice(-4000)}` : ''}`,
        ),
      );
    });
  });
}

/** Runs npm, the one that started this script where there is one, without that one's settings for this folder. */
export function npm(args, options = {}) {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (/^npm_(package|lifecycle|config_(local_prefix|global|prefix|omit|include|workspace))/i.test(name))
      delete env[name];
  }
  const own = process.env.npm_execpath;
  return own?.endsWith('.js')
    ? run(process.execPath, [own, ...args], { env, ...options })
    : run('npm', args, { env, ...options });
}
