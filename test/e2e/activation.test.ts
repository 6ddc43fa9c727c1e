import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the packed extension', () => {
  it('is installed and activates', async () => {
    const extension = vscode.extensions.getExtension('joulelens.joulelens');
    assert.ok(extension, 'joulelens.joulelens is not installed');
    assert.equal(extension.packageJSON.publisher, 'joulelens');
  });
});
