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
    const [, , reply] = await turnsWhen(document, 4);
    const text = await eventually(
      () => hoverText(document, reply!.line + 1, 10),
      (shown) => /J/.test(shown),
      'a hover with joules',
    );
    for (const part of [
      /prefill/i,
      /decode/i,
      /host/i,
      /facility|PUE/i,
      /shared-server/,
      /Llama-3\.1-8B/,
      /H100/i,
      /90 %/,
    ]) {
      assert.match(text, part);
    }
  });

  it('is absent outside transcripts', async () => {
    const { document } = await open('first', 'package.json');
    assert.doesNotMatch(await hoverText(document, 0, 5), /joule/i);
  });
});
