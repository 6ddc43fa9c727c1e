import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { MeasureResult } from '../../server/protocol/messages.js';
import { api, closeAll, eventually, lenses, open, replace, set, turns, turnsWhen } from './support/editor.js';

/** Measures the request about to be made in the active document, at the demo endpoint. */
async function measure(document: vscode.TextDocument): Promise<MeasureResult> {
  const result = await vscode.commands.executeCommand<MeasureResult | undefined>('joulelens.measure', {
    uri: document.uri.toString(),
    conversation: 0,
    turn: null,
  });
  assert.ok(result, `no result; the output says:\n${(await api()).outputText()}`);
  return result;
}

const titles = async (document: vscode.TextDocument): Promise<string[]> =>
  (await lenses(document)).map(({ title }) => title);

/** The lens with a measurement beside its prediction. */
const measuredLens = /simulated.*J.*predicted .*J/i;

describe('measuring at the demo endpoint', () => {
  before(async () => {
    assert.equal(await vscode.commands.executeCommand('joulelens.setUpEndpoint', 'demo'), true);
    assert.equal(vscode.workspace.getConfiguration('joulelens').get('endpoint.url'), 'demo');
    await set('measure.repeats', 1);
  });

  afterEach(async () => {
    await vscode.commands.executeCommand('notifications.clearAll');
    await closeAll();
  });

  after(async () => {
    await set('endpoint.url', undefined);
    await set('measure.repeats', undefined);
  });

  it('sets a simulated figure beside the prediction for the same tokens', async () => {
    const { document } = await open('first', 'chat.json');
    await turnsWhen(document, 4);
    const { measurement, raw } = await measure(document);
    assert.equal(measurement.provenance, 'simulated');
    assert.ok(measurement.joules > 0 && measurement.predictedJoules > 0);
    assert.ok(measurement.tokensIn > 0 && measurement.tokensOut > 0);
    assert.ok(measurement.reply.length > 0);
    assert.ok(raw.length > 0);
    const shown = await eventually(
      () => titles(document),
      (found) => found.some((title) => measuredLens.test(title)),
      'a lens with both figures',
    );
    assert.ok(!shown.some((title) => /\bmeasured\b.*J/.test(title) && !/simulated/.test(title)), shown.join('\n'));
    assert.match((await api()).outputText(), /energy/);
  });

  it('shows the figure as stale once the request’s turns change, and fresh again after undo', async () => {
    const editor = await open('first', 'chat.json');
    await turnsWhen(editor.document, 4);
    await measure(editor.document);
    await eventually(
      () => titles(editor.document),
      (found) => found.some((title) => measuredLens.test(title) && !/stale/.test(title)),
      'a fresh figure',
    );
    await replace(editor, 'a kettle', 'the kettle');
    await eventually(
      () => titles(editor.document),
      (found) => found.some((title) => /stale/.test(title)),
      'a stale figure',
    );
    await vscode.commands.executeCommand('undo');
    await eventually(
      () => titles(editor.document),
      (found) => found.some((title) => measuredLens.test(title)) && !found.some((title) => /stale/.test(title)),
      'a fresh figure after undo',
    );
  });

  it('inserts the reply as the next turn, as one undo step', async () => {
    const editor = await open('first', 'chat.json');
    await turnsWhen(editor.document, 4);
    const before = editor.document.getText();
    const { measurement } = await measure(editor.document);
    const inserted = await vscode.commands.executeCommand('joulelens.insertReply', {
      uri: editor.document.uri.toString(),
      conversation: 0,
    });
    assert.equal(inserted, true);
    const messages = (JSON.parse(editor.document.getText()) as { messages: { role: string; content: string }[] })
      .messages;
    assert.deepEqual(messages[4], { role: 'assistant', content: measurement.reply });
    assert.equal((await turnsWhen(editor.document, 5))[4]!.role, 'assistant');
    await vscode.commands.executeCommand('undo');
    assert.equal(editor.document.getText(), before);
  });

  it('inserts into Markdown too', async () => {
    const editor = await open('first', 'chat.md');
    await turnsWhen(editor.document, 3);
    const before = editor.document.getText();
    await measure(editor.document);
    const target = { uri: editor.document.uri.toString(), conversation: 0 };
    assert.equal(await vscode.commands.executeCommand('joulelens.insertReply', target), true);
    const roles = (await turnsWhen(editor.document, 4)).map(({ role }) => role);
    assert.deepEqual(roles, ['user', 'assistant', 'user', 'assistant']);
    await vscode.commands.executeCommand('undo');
    assert.equal(editor.document.getText(), before);
  });

  it('opens the reply beside', async () => {
    const { document } = await open('first', 'chat.json');
    await turnsWhen(document, 4);
    const { measurement } = await measure(document);
    await vscode.commands.executeCommand('joulelens.openReplyBeside', {
      uri: document.uri.toString(),
      conversation: 0,
    });
    await eventually(
      () => vscode.window.visibleTextEditors.map((editor) => editor.document.getText()),
      (texts) => texts.some((text) => text.includes(measurement.reply)),
      'an editor with the reply',
    );
  });

  it('leaves the figures standing when the endpoint refuses', async () => {
    const joulelens = await api();
    const { document } = await open('first', 'chat.json');
    await turnsWhen(document, 4);
    // Port 9 (discard) of this machine: nothing listens there.
    const url = 'http://127.0.0.1:9/v1';
    await set('endpoint.url', url);
    await joulelens.keepConsent(new URL(url).origin);
    try {
      const target = { uri: document.uri.toString(), conversation: 0, turn: null };
      assert.equal(await vscode.commands.executeCommand('joulelens.measure', target), undefined);
      assert.match(joulelens.outputText(), /127\.0\.0\.1:9.*(refused|connect)/i);
      assert.doesNotMatch(joulelens.outputText(), /\n\s+at /);
      assert.equal((await turns(document)).length, 4);
    } finally {
      await set('endpoint.url', 'demo');
    }
  });

  it('says what is wrong with an endpoint of the wrong type', async () => {
    const joulelens = await api();
    const { document } = await open('first', 'chat.json');
    await turnsWhen(document, 4);
    await set('endpoint.url', 42);
    try {
      const target = { uri: document.uri.toString(), conversation: 0, turn: null };
      assert.equal(await vscode.commands.executeCommand('joulelens.measure', target), undefined);
      assert.match(joulelens.outputText(), /Setting joulelens\.endpoint\.url: /);
      assert.equal((await turns(document)).length, 4);
    } finally {
      await set('endpoint.url', 'demo');
    }
  });
});
