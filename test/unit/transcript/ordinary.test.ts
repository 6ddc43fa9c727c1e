/** Files that are no transcript stay plain: written near misses, this repository's own, those of installed packages. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { detectFormat } from '../../../server/core/transcript/registry.js';

const root = path.resolve(__dirname, '../../../..');
const folder = path.join(root, 'test/fixtures/ordinary');

/** `[path, text]` of the files in one collection: each begins with a line `===== path`. */
const filesIn = (collection: string): (readonly [name: string, text: string])[] =>
  fs
    .readFileSync(path.join(folder, collection), 'utf8')
    .split(/^===== /m)
    .slice(1)
    .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]);

const found = (name: string, text: string): string | null =>
  detectFormat({ path: name }, text.slice(0, 65_536))?.id ?? null;

/** Of each kind of file in the packages, this many are read. */
const MOST_OF_A_KIND = 60;
const LONGEST_BYTES = 300_000;
/** Optional packages differ from machine to machine. */
const PACKAGES = [
  'typescript',
  'mocha',
  'yaml',
  'htmlparser2',
  'zod',
  'eslint',
  'fast-check',
  'prettier',
  'diff',
  'qs',
];

/** Text files of the packages that the lock file fixes, by kind. */
function packageFiles(): string[] {
  const kinds = new Map<string, string[]>();
  for (const name of PACKAGES) {
    const at = path.join(root, 'node_modules', name);
    for (const entry of fs.readdirSync(at, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (!entry.isFile() || fs.statSync(file).size > LONGEST_BYTES) continue;
      const kind = path.extname(entry.name);
      const files = kinds.get(kind) ?? [];
      kinds.set(kind, files);
      if (files.length < MOST_OF_A_KIND && !/\.(?:node|wasm|png)$/.test(kind)) files.push(file);
    }
  }
  return [...kinds.values()].flat();
}

describe('files that are no transcript', () => {
  for (const collection of fs.readdirSync(folder)) {
    const files = filesIn(collection);
    it(`${collection}: none of ${files.length}`, () => {
      assert.deepEqual(
        files.flatMap(([name, text]) => (found(name, text) === null ? [] : [`${name}: ${found(name, text)}`])),
        [],
      );
    });
  }

  it('those of installed packages', () => {
    const files = packageFiles();
    assert.ok(files.length > 200, `only ${files.length}`);
    for (const file of files) {
      assert.equal(found(path.relative(root, file), fs.readFileSync(file, 'utf8')), null, file);
    }
  });

  it('what this repository is made of', () => {
    const own = ['server', 'extension', 'scripts', 'data', 'schemas', 'media', 'docs', 'test/unit', 'test/support'];
    const files = own.flatMap((at) =>
      fs
        .readdirSync(path.join(root, at), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !/\.(?:png|svg)$/.test(entry.name))
        .map((entry) => path.join(entry.parentPath, entry.name)),
    );
    assert.ok(files.length > 200, `only ${files.length}`);
    for (const file of [
      ...files,
      ...['README.md', 'package.json', 'package-lock.json'].map((f) => path.join(root, f)),
    ]) {
      assert.equal(found(path.relative(root, file), fs.readFileSync(file, 'utf8')), null, file);
    }
  });
});
