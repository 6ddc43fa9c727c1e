import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { CalibrateResult } from '../../server/protocol/calibration.js';
import { delta, done, eventStream, serve, usage } from '../support/fixtureServer.js';
import type { FixtureServer } from '../support/fixtureServer.js';
import { api, closeAll, eventually, open, set, turnsWhen } from './support/editor.js';
import { choosing, takingFirstButton } from './support/pickers.js';

/** An endpoint whose meter says that it measured: so many joules per token in and out. */
const endpoint = (): Promise<FixtureServer> =>
  serve((response, request) => {
    if (request.path.endsWith('/models')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data: [{ id: 'meta-llama/Llama-3.1-8B-Instruct' }] }));
      return;
    }
    const body = JSON.parse(request.body) as { messages: { content: string }[]; max_tokens: number };
    const tokensIn = body.messages[0]!.content.split(' ').length + 10;
    const energy = { joules: 2 + 0.04 * tokensIn + 4 * body.max_tokens, source: 'measured', scope: 'gpu-window' };
    response.writeHead(200, eventStream);
    response.end(
      `${delta('x', 'stop')}${usage(tokensIn, body.max_tokens)}: energy ${JSON.stringify(energy)}\n\n${done}`,
    );
  });

describe('calibrating to an endpoint', () => {
  let server: FixtureServer;
  before(async () => {
    server = await endpoint();
    await (await api()).keepConsent(new URL(server.url).origin);
    await set('endpoint.url', server.url);
  });
  after(async () => {
    await vscode.commands.executeCommand('notifications.clearAll');
    for (const name of ['endpoint.url', 'profiles', 'profile']) await set(name, undefined);
    await closeAll();
    await server.close();
  });

  it('saves a profile into the settings, selects it, and figures say that they are calibrated', async () => {
    const { document } = await open('first', 'chat.json');
    await turnsWhen(document, 4);
    const result = await vscode.commands.executeCommand<CalibrateResult | undefined>('joulelens.calibrate', {
      size: 'quick',
      save: 'settings',
      name: 'our-box',
    });
    assert.ok(result, `no result; the output says:\n${(await api()).outputText()}`);
    assert.equal(result.simulated, false);
    const settings = vscode.workspace.getConfiguration('joulelens');
    const saved = settings.get<Record<string, { calibration: object }>>('profiles')!['our-box']!;
    assert.ok(saved.calibration);
    assert.ok(!JSON.stringify(saved).includes('127.0.0.1'));
    assert.equal(settings.get('profile'), 'our-box');
    await eventually(
      async () => (await api()).status(document.uri)?.profile,
      (profile) => profile === 'our-box',
      'the calibrated profile in use',
    );
    assert.match((await api()).outputText(), /Calibration: Calibrated on \d+ measurements/);
  });

  it('asks how much to send, opens a report, and saves what its message offers', async function () {
    this.timeout(60_000);
    for (const name of ['profiles', 'profile']) await set(name, undefined);
    const { document } = await open('first', 'chat.json');
    await turnsWhen(document, 4);
    const result = await choosing(
      0,
      vscode.commands.executeCommand<CalibrateResult | undefined>('joulelens.calibrate'),
    );
    assert.ok(result, `no result; the output says:\n${(await api()).outputText()}`);
    const report = await eventually(
      () => vscode.window.visibleTextEditors.find(({ document: { uri } }) => uri.path.endsWith('Calibration.md')),
      (editor) => editor !== undefined,
      'the report beside the editor',
    );
    assert.match(report!.document.getText(), /held back/);
    const settings = () => vscode.workspace.getConfiguration('joulelens');
    // The message's first button; then the name as it is suggested.
    await choosing(
      0,
      takingFirstButton(() => settings().get('profile') === result.name),
    );
    assert.ok(settings().get<Record<string, unknown>>('profiles')![result.name]);
  });
});
