import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { api, closeAll, eventually, open, turnsWhen } from './support/editor.js';

describe('commands', () => {
  afterEach(closeAll);

  it('Next Turn and Previous Turn walk the turns and around their ends', async () => {
    const editor = await open('first', 'chat.json');
    const found = await turnsWhen(editor.document, 4);
    editor.selection = new vscode.Selection(0, 0, 0, 0);
    const lines: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      await vscode.commands.executeCommand('joulelens.nextTurn');
      lines.push(editor.selection.active.line);
    }
    // The caret goes to the role, a line below the brace where the long turn and its lens begin.
    const places = found.map(({ line }, i) => (i === 2 ? line + 1 : line));
    assert.deepEqual(lines, [...places, places[0]]);
    await vscode.commands.executeCommand('joulelens.previousTurn');
    assert.equal(editor.selection.active.line, places[3]);
  });

  it('Next Turn with the key held down takes every turn in order', async () => {
    const editor = await open('first', 'chat.json');
    await turnsWhen(editor.document, 4);
    editor.selection = new vscode.Selection(0, 0, 0, 0);
    const steps = [1, 2, 3, 4, 5].map(() => vscode.commands.executeCommand<string>('joulelens.nextTurn'));
    const spoken = await Promise.all(steps);
    assert.deepEqual(
      spoken.map((sentence) => /turn (\d) of 4/i.exec(sentence)?.[1]),
      ['1', '2', '3', '4', '1'],
    );
  });

  it('Next Turn says the turn in one sentence', async () => {
    const editor = await open('first', 'chat.json');
    await turnsWhen(editor.document, 4);
    editor.selection = new vscode.Selection(0, 0, 0, 0);
    const spoken = await vscode.commands.executeCommand<string>('joulelens.nextTurn');
    assert.match(spoken, /turn 1 of 4.*tokens.*joules/i);
  });

  it('Copy Figures as Markdown Table puts a table on the clipboard', async () => {
    const { document } = await open('first', 'chat.json');
    const found = await turnsWhen(document, 4);
    await vscode.env.clipboard.writeText('before');
    await vscode.commands.executeCommand('joulelens.copyTable');
    const table = await vscode.env.clipboard.readText();
    assert.match(table, /^\|.*\|$/m);
    for (const { role, tokens } of found) assert.match(table, new RegExp(`${role}.*${tokens}`));
    assert.match(table, /total/i);
  });

  it('the status bar shows the total, and nothing outside transcripts', async () => {
    const joulelens = await api();
    await open('first', 'chat.json');
    await eventually(
      joulelens.statusBarText,
      (text) => /\d+(\.\d+)? [mk]?J \(/.test(text),
      'a total with its interval',
    );
    await open('first', 'package.json');
    await eventually(joulelens.statusBarText, (text) => text === '', 'no status item');
  });
});
