import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import {
  closeAll,
  eventually,
  file,
  lenses,
  open,
  openUntitled,
  replace,
  roles,
  turns,
  turnsWhen,
} from './support/editor.js';

describe('code lenses', () => {
  afterEach(closeAll);

  it('show tokens and joules over each turn of a JSON transcript, and the reply to come', async () => {
    const { document } = await open('first', 'chat.json');
    const found = await turnsWhen(document, 4);
    assert.deepEqual(roles(found), ['system', 'user', 'assistant', 'user']);
    assert.deepEqual(
      found.map(({ line }) => line),
      [3, 4, 5, 9],
    );
    for (const { tokens, figure } of found) {
      assert.ok(tokens > 0);
      assert.match(figure, /\d (m|k)?J/);
    }
    const titles = (await lenses(document)).map(({ title }) => title);
    assert.ok(
      titles.some((title) => /^next reply ≈ .*tok.*J/.test(title)),
      titles.join('\n'),
    );
    assert.ok(
      titles.some((title) => /Measure/.test(title)),
      titles.join('\n'),
    );
  });

  it('show an interval on a reply', async () => {
    const { document } = await open('first', 'chat.json');
    const reply = (await turnsWhen(document, 4))[2]!;
    assert.match(reply.figure, /\(.*\d.*\)/);
  });

  it('read Markdown', async () => {
    const { document } = await open('first', 'chat.md');
    assert.deepEqual(roles(await turnsWhen(document, 3)), ['user', 'assistant', 'user']);
  });

  it('read JSON Lines, one conversation a line', async () => {
    const { document } = await open('first', 'chat.jsonl');
    const found = await turnsWhen(document, 5);
    assert.deepEqual(
      found.map(({ line }) => line),
      [0, 0, 1, 1, 1],
    );
  });

  it('read untitled documents', async () => {
    const { document } = await openUntitled('json', '[{"role":"user","content":"Hello there"}]');
    assert.deepEqual(roles(await turnsWhen(document, 1)), ['user']);
  });

  it('show in every sample', async function () {
    // Some forty files, one after the other.
    this.timeout(180_000);
    const samples = fs
      .readdirSync(file('samples').fsPath, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(file('samples').fsPath, path.join(entry.parentPath, entry.name)))
      // The folder's settings, a text that is a prompt only when one says so, and requests for video.
      .filter((name) => name !== 'joulelens.json' && name !== 'one-prompt.txt' && !name.startsWith('video'));
    assert.ok(samples.length >= 20, `only ${samples.join(', ')}`);
    for (const name of samples) {
      const { document } = await open('samples', name);
      await eventually(
        () => turns(document),
        (found) => found.length >= 1,
        `turns in samples/${name}`,
      );
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    }
  });

  it('stay away from JSON that is no transcript', async () => {
    const transcript = await open('first', 'chat.json');
    await turnsWhen(transcript.document, 4);
    const { document } = await open('first', 'package.json');
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(await turns(document), []);
  });

  it('follow an edit, and only the edited turn gets other tokens', async () => {
    const editor = await open('first', 'chat.json');
    const before = await turnsWhen(editor.document, 4);
    await replace(editor, 'Why does a kettle sing', 'Why, in the name of all that is warm, does a kettle sing');
    const after = await eventually(
      () => turns(editor.document),
      (now) => now[1]?.tokens !== before[1]!.tokens,
      'other tokens on the edited turn',
    );
    assert.ok(after[1]!.tokens > before[1]!.tokens);
    assert.notEqual(after[1]!.figure, before[1]!.figure);
    for (const i of [0, 2, 3]) assert.equal(after[i]!.tokens, before[i]!.tokens);
    await vscode.commands.executeCommand('undo');
    assert.deepEqual(
      await eventually(
        () => turns(editor.document),
        (now) => now[1]?.tokens === before[1]!.tokens,
        'the old tokens after undo',
      ),
      before,
    );
  });

  it('stay on the turns that can be seen while JSON is broken', async () => {
    const editor = await open('first', 'chat.json');
    const before = await turnsWhen(editor.document, 4);
    await replace(editor, 'bubbles."', 'bubbles.');
    const half = await turnsWhen(editor.document, 4);
    assert.deepEqual(
      half.slice(0, 3).map(({ tokens }) => tokens),
      before.slice(0, 3).map(({ tokens }) => tokens),
    );
    await replace(editor, '  "messages": [', '  "messages": [,');
    await turnsWhen(editor.document, 4);
  });

  it('are gone after the transcript is, and come back', async () => {
    const editor = await openUntitled('markdown', '## User\n\nHello\n\n## Assistant\n\nGood day.\n');
    await turnsWhen(editor.document, 2);
    await editor.edit((edit) => edit.replace(new vscode.Range(0, 0, 99, 0), 'Only prose.\n'));
    await turnsWhen(editor.document, 0);
    await vscode.commands.executeCommand('undo');
    await turnsWhen(editor.document, 2);
  });
});
