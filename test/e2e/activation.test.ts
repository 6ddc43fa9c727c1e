import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { api, file } from './support/editor.js';
import { runnerOptions } from './support/options.js';

describe('the packed extension', () => {
  it('activates, and its language server answers', async () => {
    const joulelens = await api();
    assert.equal(typeof joulelens.statusBarText(), 'string');
  });

  it('runs from its package, not from the sources', function () {
    // F5 runs these tests on the sources.
    if (!runnerOptions().results) this.skip();
    const extension = vscode.extensions.getExtension('joulelens.joulelens');
    assert.ok(extension);
    assert.equal(path.basename(extension.extensionPath), `joulelens.joulelens-${extension.packageJSON.version}`);
    assert.deepEqual(
      ['node_modules', 'server', 'dist/extension.js.map'].filter((name) =>
        fs.existsSync(path.join(extension.extensionPath, name)),
      ),
      [],
    );
  });

  it('registers every command that it contributes', async () => {
    await api();
    const extension = vscode.extensions.getExtension('joulelens.joulelens');
    const contributed: { command: string }[] = extension?.packageJSON.contributes.commands;
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.ok(contributed.length > 0);
    assert.deepEqual(
      contributed.map(({ command }) => command).filter((command) => !registered.has(command)),
      [],
    );
  });

  it('opens a workspace of several roots', () => {
    assert.deepEqual(
      vscode.workspace.workspaceFolders?.map(({ name }) => name),
      ['first', 'second', 'samples'],
    );
    assert.ok(file('second', 'joulelens.json').fsPath.endsWith('joulelens.json'));
  });
});
