import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { CompareResult, PanelMessage } from '../../server/protocol/history.js';
import type { MeasureResult } from '../../server/protocol/messages.js';
import { api, closeAll, eventually, lenses, open, replace, set, turnsWhen } from './support/editor.js';

const titles = async (document: vscode.TextDocument): Promise<string[]> =>
  (await lenses(document)).map(({ title }) => title).filter((title) => /request .*predicted/.test(title));

async function measure(document: vscode.TextDocument): Promise<MeasureResult> {
  const target = { uri: document.uri.toString(), conversation: 0, turn: null };
  const result = await vscode.commands.executeCommand<MeasureResult | undefined>('joulelens.measure', target);
  assert.ok(result, `no result; the output says:\n${(await api()).outputText()}`);
  return result;
}

const clear = (uri?: vscode.Uri): Thenable<number | undefined> =>
  vscode.commands.executeCommand('joulelens.clearHistory', {
    confirmed: true,
    ...(uri === undefined ? {} : { uri: uri.toString() }),
  });

type History = Extract<PanelMessage, { kind: 'history' }>;

/** What the page of the panel was given, once it satisfies `accept`. */
async function panelWhen(accept: (history: History) => boolean, what: string): Promise<History> {
  const joulelens = await api();
  const isSo = (shown: PanelMessage | undefined): shown is History => shown?.kind === 'history' && accept(shown);
  return (await eventually(() => joulelens.shownMeasurements(), isSo, what)) as History;
}

const panelTab = (): vscode.Tab | undefined =>
  vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ input }) => input instanceof vscode.TabInputWebview);

describe('the history of measurements in the editor', () => {
  before(async () => {
    assert.equal(await vscode.commands.executeCommand('joulelens.setUpEndpoint', 'demo'), true);
  });
  beforeEach(async () => void (await clear()));
  afterEach(async () => {
    await vscode.commands.executeCommand('notifications.clearAll');
    await closeAll();
  });
  after(() => set('endpoint.url', undefined));

  it('shows a figure again after the server was restarted, stale once its text changes', async () => {
    const editor = await open('first', 'chat.json');
    await turnsWhen(editor.document, 4);
    await measure(editor.document);
    const [before] = await eventually(
      () => titles(editor.document),
      (found) => found.length === 1,
      'a measured lens',
    );
    await vscode.commands.executeCommand('joulelens.restartServer');
    await eventually(
      () => titles(editor.document),
      (found) => found.length === 1 && found[0] === before,
      'the same lens after the restart',
    );
    await replace(editor, 'a kettle', 'the kettle');
    await eventually(
      () => titles(editor.document),
      (found) => found[0] === `stale: ${before}`,
      'a stale lens',
    );
  });

  it('opens the panel with a row for each measurement, and follows new ones', async () => {
    const { document } = await open('first', 'chat.json');
    await turnsWhen(document, 4);
    await measure(document);
    await vscode.commands.executeCommand('joulelens.showMeasurements');
    const { report, active } = await panelWhen(({ report: { entries } }) => entries.length === 1, 'one row');
    assert.equal(active?.uri, document.uri.toString());
    assert.deepEqual([report.entries[0]!.state, report.entries[0]!.provenance], ['current', 'simulated']);
    assert.equal(panelTab()?.label, 'Measurements');
    await measure(document);
    await panelWhen(({ report: { entries } }) => entries.length === 2, 'two rows');
    // The script in the page asked for these messages: it runs under the content security policy.
  });

  it('clears what is kept of one file, or everything', async () => {
    const first = await open('first', 'chat.json');
    await turnsWhen(first.document, 4);
    await measure(first.document);
    const second = await open('first', 'chat.md');
    await turnsWhen(second.document, 3);
    await measure(second.document);
    assert.equal(await clear(second.document.uri), 1);
    assert.deepEqual(await titles(second.document), []);
    assert.equal((await titles(first.document)).length, 1);
    assert.equal(await clear(), 1);
    assert.deepEqual(await titles(first.document), []);
  });

  it('exports as CSV and JSON', async () => {
    const { document } = await open('first', 'chat.json');
    await turnsWhen(document, 4);
    const { measurement } = await measure(document);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-export-'));
    try {
      for (const ending of ['csv', 'json']) {
        const file = vscode.Uri.file(path.join(folder, `measurements.${ending}`));
        await vscode.commands.executeCommand('joulelens.exportHistory', file.toString());
        const text = fs.readFileSync(file.fsPath, 'utf8');
        assert.ok(text.includes(String(measurement.joules)), text);
        assert.ok(text.includes('chat.json') && text.includes('simulated'));
        assert.ok(!text.includes('kettle') && !text.includes(measurement.reply.slice(0, 20)));
      }
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });

  it('compares the saved version of a file with the edited one', async () => {
    await set('measure.comparePairs', 4);
    try {
      const editor = await open('first', 'chat.json');
      await turnsWhen(editor.document, 4);
      const saved = editor.document.getText();
      await replace(editor, 'a kettle', `a kettle${' of cold water'.repeat(60)}`);
      const target = { uri: editor.document.uri.toString(), conversation: 0, turn: null };
      const result = await vscode.commands.executeCommand<CompareResult | undefined>('joulelens.comparePrompts', {
        a: { ...target, label: 'saved', text: saved, languageId: 'json' },
        b: { ...target, label: 'edited' },
      });
      assert.ok(result, (await api()).outputText());
      assert.ok(result.b.tokensIn > result.a.tokensIn + 100);
      assert.equal(result.comparison.pairs, 4);
      assert.match((await api()).outputText(), /A\/B, simulated, 4 pairs/);
      await eventually(
        () => titles(editor.document),
        (found) => found.length === 1,
        'the edited version’s lens',
      );
    } finally {
      await set('measure.comparePairs', undefined);
    }
  });
});
