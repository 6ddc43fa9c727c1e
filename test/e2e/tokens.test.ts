import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ShownTokens } from '../../server/protocol/tokens.js';
import { api, closeAll, eventually, open, openUntitled, replace, set, turnsWhen } from './support/editor.js';

const toggle = async (): Promise<ShownTokens | undefined> => vscode.commands.executeCommand('joulelens.showTokens');

/** Selects the first `text` of the document. */
function select(editor: vscode.TextEditor, ...texts: string[]): void {
  editor.selections = texts.map((text) => {
    const at = editor.document.getText().indexOf(text);
    assert.ok(at >= 0, text);
    return new vscode.Selection(editor.document.positionAt(at), editor.document.positionAt(at + text.length));
  });
}

async function hoverText(document: vscode.TextDocument, offset: number): Promise<string> {
  const found = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    document.positionAt(offset),
  );
  return found
    .flatMap(({ contents }) => contents)
    .map((content) => (typeof content === 'string' ? content : content.value))
    .join('\n');
}

describe('tokens in the editor', () => {
  afterEach(async () => {
    await set('selectionTokens', undefined);
    await closeAll();
  });

  it('Show Tokens draws the turn at the caret, with ids in the hover, and hides it again', async () => {
    const joulelens = await api();
    const editor = await open('first', 'chat.json');
    const { document } = editor;
    const found = await turnsWhen(document, 4);
    const at = document.getText().indexOf('content', document.offsetAt(new vscode.Position(found[1]!.line, 0)));
    const inside = document.positionAt(at + 20);
    editor.selection = new vscode.Selection(inside, inside);
    const shown = await toggle();
    assert.ok(shown);
    assert.equal(shown.what, 'user turn 2 of 4');
    assert.equal(shown.total, found[1]!.tokens);
    assert.deepEqual(joulelens.shownTokens(), shown);
    await eventually(joulelens.selectionText, (text) => text.includes(`${shown.total} tok`), 'the count of the tokens');
    const [first] = shown.regions;
    const hover = await hoverText(document, first!.start);
    assert.ok(hover.includes(`id **${shown.tokens[0]!.id}**`), hover);
    // The caret may walk over them.
    const last = document.positionAt(shown.regions.at(-1)!.start);
    editor.selection = new vscode.Selection(last, last);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(joulelens.shownTokens());
    assert.equal(await toggle(), undefined);
    assert.equal(joulelens.shownTokens(), undefined);
    assert.doesNotMatch(await hoverText(document, first!.start), /id \*\*/);
  });

  it('tokens go when the text, the selection or the setting changes, and by Hide Tokens', async () => {
    const joulelens = await api();
    const editor = await open('first', 'chat.json');
    await turnsWhen(editor.document, 4);
    const content = editor.document.getText().indexOf('"content": "') + 14;
    const caret = editor.document.positionAt(content);
    const gone = (what: string): Promise<unknown> =>
      eventually(joulelens.shownTokens, (shown) => shown === undefined, `no tokens after ${what}`);
    const changes: [string, () => unknown][] = [
      ['an edit', () => editor.edit((edit) => edit.insert(caret, 'x'))],
      ['another selection', () => (editor.selection = new vscode.Selection(0, 0, 0, 1))],
      ['a caret elsewhere', () => (editor.selection = new vscode.Selection(0, 0, 0, 0))],
      ['another model', () => set('model', 'Qwen/Qwen3-8B')],
      ['Hide Tokens', () => vscode.commands.executeCommand('joulelens.hideTokens')],
    ];
    try {
      for (const [what, change] of changes) {
        editor.selection = new vscode.Selection(caret, caret);
        await eventually(toggle, (shown) => shown !== undefined, `tokens before ${what}`);
        await change();
        await gone(what);
      }
    } finally {
      await set('model', undefined);
    }
  });

  it('the status bar counts the selection, summed over several, and nothing without one', async () => {
    const joulelens = await api();
    const editor = await open('first', 'chat.json');
    const found = await turnsWhen(editor.document, 4);
    editor.selection = new vscode.Selection(0, 0, editor.document.lineCount, 0);
    const sum = found.reduce((all, { tokens }) => all + tokens, 0).toLocaleString('en-US');
    await eventually(joulelens.selectionText, (text) => text === `${sum} tok selected`, `${sum} tokens`);
    editor.selection = new vscode.Selection(0, 0, 0, 0);
    await eventually(joulelens.selectionText, (text) => text === '', 'no count without a selection');
    await set('selectionTokens', 'off');
    editor.selection = new vscode.Selection(0, 0, editor.document.lineCount, 0);
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal(joulelens.selectionText(), '');
  });

  it('in a file that is no transcript the selection is plain text', async () => {
    const joulelens = await api();
    const editor = await openUntitled('python', 'print("hello world")\n');
    select(editor, 'hello', ' world');
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.equal(joulelens.selectionText(), '');
    await set('selectionTokens', 'everywhere');
    await eventually(joulelens.selectionText, (text) => text === '2 tok selected', 'two tokens');
    const shown = await toggle();
    assert.deepEqual(
      shown?.tokens.map(({ text }) => text),
      ['hello', ' world'],
    );
    assert.equal(shown.what, 'the selection as plain text');
    await replace(editor, 'hello', 'goodbye');
    assert.equal(joulelens.shownTokens(), undefined);
  });
});
