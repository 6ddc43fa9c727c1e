import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { api, closeAll, eventually, lenses, open, openUntitled } from './support/editor.js';

describe('what a document means', () => {
  afterEach(closeAll);

  it('standing instructions are priced per 1,000 requests, with no reply to come and nothing to measure', async () => {
    const { document } = await open('first', 'AGENTS.md');
    const titles = await eventually(
      async () => (await lenses(document)).map(({ title }) => title),
      (found) => found.some((title) => title.includes('per 1,000 requests')),
      'a lens per 1,000 requests',
    );
    assert.ok(!titles.some((title) => /next reply|Measure/.test(title)), titles.join('\n'));
    const joulelens = await api();
    await eventually(
      () => joulelens.statusBarText(),
      (text) => text.includes('per 1,000 requests'),
      'the status bar per 1,000 requests',
    );
  });

  it('a document that branches nowhere has no branches to show', async () => {
    await openUntitled('markdown', '## User\n\nHello\n\n## Assistant\n\nGood day.\n');
    assert.equal(await vscode.commands.executeCommand('joulelens.showAllBranches'), undefined);
  });
});
