import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { api, file } from './support/editor.js';

describe('the packed extension', () => {
  it('activates, and its language server answers', async () => {
    const joulelens = await api();
    assert.equal(typeof joulelens.statusBarText(), 'string');
  });

  it('runs from its package, not from the sources', () => {
    const extension = vscode.extensions.getExtension('joulelens.joulelens');
    assert.ok(extension);
    assert.doesNotMatch(extension.extensionPath, new RegExp(`^${process.cwd()}/?$`));
    assert.equal(extension.packageJSON.main, './dist/extension.js');
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
