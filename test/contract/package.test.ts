import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { readZip } from '../support/zip.js';

const root = path.resolve(__dirname, '..', '..', '..');
const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
  contributes: unknown;
};
const vsix = path.join(root, `${manifest.name}-${manifest.version}.vsix`);

/** Everything that may be in the package: a new kind of file is a decision, made here and in .vscodeignore. */
const allowed = [
  /^package\.json$/,
  /^(readme\.md|README\.md|LICENSE(\.txt)?)$/,
  /^dist\/(extension|server|tokenWorker|joulelens|lineThread|demo)\.js$/,
  /^dist\/vocabularies\/[\w.-]+$/,
  /^dist\/media\/[\w/]+\.js$/,
  /^media\/[\w/]+\.css$/,
  /^dist\/THIRD-PARTY-NOTICES\.txt$/,
  /^media\/(icons|walkthrough)\/[\w-]+\.(png|svg|md)$/,
  /^schemas\/[\w.]+\.json$/,
  /^samples\/([\w.-]+\/)*[\w.-]+\.(json|jsonl|md|mdc|txt|ya?ml|prompt|promptl|prompty|poml|baml|py)$/,
];

describe('the package', () => {
  let files: Map<string, Buffer>;
  let folder: string;

  before(() => {
    assert.ok(fs.existsSync(vsix), `${vsix} is missing: run \`npm run package\``);
    const archive = readZip(fs.readFileSync(vsix));
    files = new Map(
      [...archive].flatMap(([name, data]) => (name.startsWith('extension/') ? [[name.slice(10), data]] : [])),
    );
    // Outside the repository, so that nothing of it can be found from there.
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-package-'));
    for (const [name, data] of files) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), data);
    }
  });

  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('holds what it needs and nothing else', () => {
    const names = [...files.keys()];
    assert.deepEqual(
      names.filter((name) => !allowed.some((pattern) => pattern.test(name))),
      [],
    );
    for (const part of ['extension', 'server', 'tokenWorker', 'joulelens', 'demo']) {
      assert.ok(files.has(`dist/${part}.js`), `dist/${part}.js is missing`);
    }
    assert.ok(names.some((name) => name.startsWith('dist/vocabularies/')));
    assert.ok(names.some((name) => name.startsWith('samples/')));
  });

  it('holds every file that the manifest names', () => {
    const named = JSON.stringify(manifest.contributes).match(/(?:\.\/)?(?:media|schemas|dist)\/[\w./-]+/g) ?? [];
    assert.ok(named.length > 0);
    assert.deepEqual(
      named.map((name) => name.replace(/^\.\//, '')).filter((name) => !files.has(name)),
      [],
    );
  });

  it('stays under 12 MB', () => {
    const megabytes = fs.statSync(vsix).size / 1e6;
    assert.ok(megabytes < 12, `${megabytes.toFixed(1)} MB`);
  });

  it('names no path of the machine that built it', () => {
    for (const [name, data] of files) {
      if (/\.(js|json|md|txt)$/.test(name)) assert.ok(!data.includes(root), `${name} contains ${root}`);
    }
  });

  it('has a command line that runs on its own', async () => {
    const program = path.join(folder, 'dist/joulelens.js');
    const sample = path.join(folder, 'chat.json');
    fs.writeFileSync(sample, '[{"role":"user","content":"How warm is tea?"}]');
    const { stdout } = await promisify(execFile)(process.execPath, [program, 'annotate', '--json', sample], {
      cwd: folder,
    });
    const line = JSON.parse(stdout) as { conversations: { turns: { tokens: { text: number; exact: boolean } }[] }[] };
    assert.deepEqual(line.conversations[0]?.turns[0]?.tokens.text, 5);
    assert.equal(line.conversations[0]?.turns[0]?.tokens.exact, true);
  });

  it('has a language server that starts on its own', async () => {
    const server = spawn(process.execPath, [path.join(folder, 'dist/server.js'), '--stdio'], { cwd: folder });
    try {
      const body = JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: { processId: process.pid, rootUri: null, capabilities: {} },
      });
      const answer = new Promise<string>((resolve, reject) => {
        let output = '';
        server.stdout.on('data', (chunk: Buffer) => {
          output += chunk.toString();
          if (output.includes('"id":1')) resolve(output);
        });
        server.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
      });
      server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      assert.match(await answer, /"codeLensProvider"/);
    } finally {
      server.kill();
    }
  });
});
