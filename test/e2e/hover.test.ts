import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, eventually, open, turnsWhen } from './support/editor.js';

async function hoverText(document: vscode.TextDocument, line: number, character: number): Promise<string> {
  const found = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    new vscode.Position(line, character),
  );
  return found
    .flatMap(({ contents }) => contents)
    .map((content) => (typeof content === 'string' ? content : content.value))
    .join('\n')
    .replaceAll('\\', '');
}

describe('the hover of a turn', () => {
  afterEach(closeAll);

  it('gives the split, the assumptions and how sure the figure is', async () => {
    const { document } = await open('first', 'chat.json');
    const found = await turnsWhen(document, 4);
    const textOf = (turn: number): Promise<string> =>
      eventually(
        () => hoverText(document, found[turn]!.line + (turn === 2 ? 1 : 0), 20),
        (shown) => /J/.test(shown),
        'a hover with joules',
      );
    const [question, reply] = [await textOf(1), await textOf(2)];
    assert.match(question, /prefill/i);
    assert.match(reply, /decode/i);
    for (const text of [question, reply]) {
      for (const part of [/host/i, /facility|PUE/i, /shared-server/, /Llama-3\.1-8B/, /H100/i, /90 %/, /how sure/i]) {
        assert.match(text, part);
      }
    }
  });

  it('is absent outside transcripts', async () => {
    const { document } = await open('first', 'package.json');
    assert.doesNotMatch(await hoverText(document, 0, 5), /joule/i);
  });
});
