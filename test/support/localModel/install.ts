/**
 * The inference engine of the local model: `node-llama-cpp` with its CPU build alone, installed once into
 * .cache/node-llama-cpp (85 MB; with the builds for GPUs it would be 725 MB). No script of the package runs and nothing
 * else is fetched: the package of the platform holds the finished binary.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const version = '3.22.1';

/** Packages with a CPU build, by platform and architecture of Node. */
const builds: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
};

/** Longest wait for npm in milliseconds. */
const patience = 180_000;

const folder = path.resolve(__dirname, '../../../../.cache/node-llama-cpp');

/** The folder with the engine in its node_modules; `problem` where it cannot be had, such as without a network. */
export async function installEngine(): Promise<{ readonly folder: string } | { readonly problem: string }> {
  const build = builds[`${process.platform}-${process.arch}`];
  if (build === undefined) {
    return { problem: `node-llama-cpp has no finished build for ${process.platform} ${process.arch}` };
  }
  const packages = ['node-llama-cpp', `@node-llama-cpp/${build}`];
  if (packages.every(isInstalled)) return { folder };
  mkdirSync(folder, { recursive: true });
  const manifest = path.join(folder, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{"private":true}');
  const wanted = packages.map((name) => `${name}@${version}`);
  const flags = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  try {
    await promisify(execFile)('npm', ['i', ...flags, '--prefix', folder, ...wanted], {
      timeout: patience,
      shell: process.platform === 'win32',
    });
  } catch (error) {
    return { problem: `node-llama-cpp could not be installed: ${String(error).split('\n')[0] ?? ''}` };
  }
  return packages.every(isInstalled) ? { folder } : { problem: 'node-llama-cpp was not installed whole' };
}

function isInstalled(name: string): boolean {
  const file = path.join(folder, 'node_modules', name, 'package.json');
  return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version === version;
}
