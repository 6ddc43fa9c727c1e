import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as vscode from 'vscode';
import type { TurnLens } from './support/editor.js';
import { api, closeAll, eventually, file, open, set, turns, turnsWhen } from './support/editor.js';

const figures = (found: readonly TurnLens[]): string[] => found.map(({ figure }) => figure);

/** The turns once their figures are others than `before`. */
async function turnsOtherThan(document: vscode.TextDocument, before: readonly TurnLens[]): Promise<TurnLens[]> {
  return eventually(
    () => turns(document),
    (now) => now.length === before.length && figures(now).join() !== figures(before).join(),
    'other figures',
  );
}

describe('settings', () => {
  afterEach(async () => {
    for (const key of ['profile', 'model', 'profiles', 'display']) {
      if (vscode.workspace.getConfiguration('joulelens').inspect(key)?.globalValue !== undefined)
        await set(key, undefined);
    }
    await closeAll();
  });

  it('another profile gives other figures for the same tokens, and shows in the status bar', async () => {
    const joulelens = await api();
    const { document } = await open('first', 'chat.json');
    const before = await turnsWhen(document, 4);
    await eventually(joulelens.statusBarText, (text) => /\d.* m?k?J .*shared-server/.test(text), 'the default profile');
    await set('profile', 'solo-server');
    const after = await turnsOtherThan(document, before);
    assert.deepEqual(
      after.map(({ tokens }) => tokens),
      before.map(({ tokens }) => tokens),
    );
    await eventually(joulelens.statusBarText, (text) => text.includes('solo-server'), 'the chosen profile');
    await set('profile', undefined);
    assert.deepEqual(figures(await turnsOtherThan(document, after)), figures(before));
  });

  it('a profile of the user’s own can be chosen', async () => {
    const { document } = await open('first', 'chat.json');
    const before = await turnsWhen(document, 4);
    await set('profiles', { mine: { gpu: 'a100-80gb', batch: 2 } });
    await set('profile', 'mine');
    await turnsOtherThan(document, before);
  });

  it('another model gives other figures', async () => {
    const { document } = await open('second', 'chat.json');
    const before = await turnsWhen(document, 4);
    await set('model', 'meta-llama/Llama-3.1-70B-Instruct');
    await turnsOtherThan(document, before);
  });

  it('joulelens.json counts for its root only, and its changes are followed', async () => {
    const joulelens = await api();
    const first = await open('first', 'chat.json');
    const shared = await turnsWhen(first.document, 4);
    const second = await open('second', 'chat.json');
    const solo = await turnsWhen(second.document, 4);
    assert.notDeepEqual(figures(solo), figures(shared));
    assert.match(joulelens.status(second.document.uri)?.profile ?? '', /solo-server/);
    assert.match(joulelens.status(first.document.uri)?.profile ?? '', /shared-server/);
    const settingsFile = file('second', 'joulelens.json').fsPath;
    const kept = await fs.readFile(settingsFile, 'utf8');
    try {
      await fs.writeFile(settingsFile, '{ "profile": "shared-server" }\n');
      await turnsOtherThan(second.document, solo);
    } finally {
      await fs.writeFile(settingsFile, kept);
    }
    await eventually(
      () => turns(second.document),
      (now) => figures(now).join() === figures(solo).join(),
      'the old figures with the old file',
    );
  });

  it('a broken joulelens.json is one diagnostic, and figures stay', async () => {
    const settingsFile = file('second', 'joulelens.json');
    const kept = await fs.readFile(settingsFile.fsPath, 'utf8');
    const { document } = await open('second', 'chat.json');
    await turnsWhen(document, 4);
    try {
      await fs.writeFile(settingsFile.fsPath, '{ "profile": 5 }\n');
      const found = await eventually(
        () => vscode.languages.getDiagnostics(settingsFile).filter(({ source }) => /joule/i.test(source ?? '')),
        (diagnostics) => diagnostics.length > 0,
        'a diagnostic in joulelens.json',
      );
      assert.equal(found.length, 1);
      assert.match(found[0]!.message, /profile/);
      await turnsWhen(document, 4);
    } finally {
      await fs.writeFile(settingsFile.fsPath, kept);
    }
    await eventually(
      () => vscode.languages.getDiagnostics(settingsFile).length,
      (count) => count === 0,
      'no diagnostic in a mended joulelens.json',
    );
  });

  for (const [key, value] of [
    ['profile', 42],
    ['profile', 'no-such-profile'],
    ['model', ['not', 'a', 'string']],
    ['model', 'nobody/no-such-model'],
    ['profiles', 'nonsense'],
  ] as const) {
    it(`${key} = ${JSON.stringify(value)} leaves figures standing and says so`, async () => {
      const joulelens = await api();
      const { document } = await open('second', 'chat.json');
      await turnsWhen(document, 4);
      await set(key, value);
      await eventually(
        () => joulelens.status(document.uri)?.message ?? '',
        (message) => message.includes(key.replace(/s$/, '')),
        'a message that names the setting',
      );
      await turnsWhen(document, 4);
    });
  }
});
