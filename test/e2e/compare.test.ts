/** Comparing two prompts by its pickers, the last commit included, against an endpoint that reports its energy. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { CompareResult } from '../../server/protocol/history.js';
import { delta, done, eventStream, serve, usage, type FixtureServer } from '../support/fixtureServer.js';
import { api, closeAll, eventually, file, lenses, open, replace, set, turnsWhen } from './support/editor.js';
import { choosing, takingFirstButton } from './support/pickers.js';

/** Half a joule a word of the prompt, and a little noise that differs from run to run. */
const endpoint = (milliseconds: () => number): Promise<FixtureServer> =>
  serve((response, request, index) => {
    if (request.path.endsWith('/models')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data: [{ id: 'meta-llama/Llama-3.1-8B-Instruct' }] }));
      return;
    }
    const { messages } = JSON.parse(request.body) as { messages: { content: string }[] };
    const words = messages.flatMap(({ content }) => content.split(' ')).length;
    const energy = { joules: 20 + words / 2 + (index % 7) / 50, source: 'measured', scope: 'gpu-window' };
    response.writeHead(200, eventStream);
    setTimeout(
      () => response.end(`${delta('x', 'stop')}${usage(words, 9)}: energy ${JSON.stringify(energy)}\n\n${done}`),
      milliseconds(),
    );
  });

interface Git {
  getAPI(version: 1): { openRepository(root: vscode.Uri): Promise<object | null> };
}

describe('comparing two prompts by the pickers', () => {
  let server: FixtureServer;
  let milliseconds = 0;
  const compare = (): Thenable<CompareResult | undefined> =>
    vscode.commands.executeCommand<CompareResult | undefined>('joulelens.comparePrompts');
  const chats = (): number => server.seen.filter(({ path }) => path.endsWith('/chat/completions')).length;
  const found = async (result: CompareResult | undefined): Promise<CompareResult> => {
    assert.ok(result, `no result; the output says:\n${(await api()).outputText()}`);
    return result;
  };

  before(async () => {
    server = await endpoint(() => milliseconds);
    await (await api()).keepConsent(new URL(server.url).origin);
    await set('endpoint.url', server.url);
    await set('measure.comparePairs', 4);
  });
  beforeEach(() => void (milliseconds = 0));
  afterEach(async () => {
    await vscode.commands.executeCommand('notifications.clearAll');
    await closeAll();
  });
  after(async () => {
    for (const name of ['endpoint.url', 'measure.comparePairs']) await set(name, undefined);
    await vscode.commands.executeCommand('joulelens.clearHistory', { confirmed: true });
    await server.close();
  });

  it('takes the saved version against the edited one', async () => {
    const editor = await open('first', 'chat.json');
    await turnsWhen(editor.document, 4);
    await replace(editor, 'a kettle', `a kettle${' of cold water'.repeat(40)}`);
    const { comparison, stopped } = await found(await choosing(0, compare()));
    assert.deepEqual(
      [comparison.a.label, comparison.b.label],
      ['chat.json, saved version, next reply', 'chat.json, as edited, next reply'],
    );
    assert.equal(comparison.provenance, 'measured');
    assert.deepEqual([comparison.pairs, stopped], [4, null]);
    assert.match(comparison.verdict, /^B takes .* more than A .*: a real difference/);
    await eventually(
      () => lenses(editor.document),
      (shown) => shown.some(({ title }) => /request measured .*n=4.*predicted/.test(title)),
      'the figure of the edited version in its lens',
    );
  });

  it('takes the last commit of Git against the file as it is', async () => {
    const uri = file('first', 'chat.json');
    const root = path.dirname(uri.fsPath);
    const git = (...args: string[]): Buffer =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: root });
    const committed = fs.readFileSync(uri.fsPath, 'utf8');
    const settings = vscode.workspace.getConfiguration('git');
    const wasEnabled = settings.inspect('enabled')?.globalValue;
    try {
      git('init', '-q');
      git('add', 'chat.json');
      git('commit', '-q', '-m', 'first');
      fs.writeFileSync(uri.fsPath, committed.replace('a kettle', `a kettle${' of cold water'.repeat(40)}`));
      await settings.update('enabled', true, vscode.ConfigurationTarget.Global);
      const extension = vscode.extensions.getExtension<Git>('vscode.git');
      assert.ok(extension, 'VS Code comes with Git');
      const exports = await extension.activate();
      const isOpen = async (): Promise<boolean> => {
        try {
          return (await exports.getAPI(1).openRepository(vscode.Uri.file(root))) !== null;
        } catch {
          // It is about to start.
          return false;
        }
      };
      await eventually(isOpen, (isSo) => isSo, 'the repository in VS Code');
      const editor = await open('first', 'chat.json');
      await turnsWhen(editor.document, 4);
      const { comparison, a, b } = await found(await choosing(0, compare()));
      assert.deepEqual(
        [comparison.a.label, comparison.b.label],
        ['chat.json, last commit, next reply', 'chat.json, as edited, next reply'],
      );
      assert.ok(b.tokensIn > a.tokensIn + 100);
      assert.match(comparison.verdict, /a real difference/);
    } finally {
      fs.writeFileSync(uri.fsPath, committed);
      fs.rmSync(path.join(root, '.git'), { recursive: true, force: true });
      await settings.update('enabled', wasEnabled, vscode.ConfigurationTarget.Global);
    }
  });

  it('takes two requests of the file', async () => {
    const { document } = await open('first', 'chat.json');
    await turnsWhen(document, 4);
    // Without an edit, and without Git, the two ways left are: two requests, and another file.
    const { comparison } = await found(await choosing(0, compare()));
    assert.equal(comparison.a.uri, document.uri.toString());
    assert.equal(comparison.b.uri, document.uri.toString());
    assert.notEqual(comparison.a.requestHash, comparison.b.requestHash);
    assert.match(`${comparison.a.label} ${comparison.b.label}`, /reply at turn \d+.*next reply/);
  });

  it('keeps the pairs that were done when it is cancelled, and says so', async () => {
    const editor = await open('first', 'chat.json');
    await turnsWhen(editor.document, 4);
    await replace(editor, 'a kettle', 'the kettle');
    milliseconds = 200;
    const before = chats();
    await set('measure.comparePairs', 40);
    try {
      const work = compare();
      const pairsDone = (): boolean => chats() - before >= 8;
      const result = choosing(0, work, pairsDone);
      await eventually(pairsDone, (isSo) => isSo, 'two pairs', 25);
      let isOver = false;
      work.then(
        () => (isOver = true),
        () => (isOver = true),
      );
      await takingFirstButton(() => isOver);
      const { comparison, stopped } = await found(await result);
      assert.ok(comparison.pairs >= 2 && comparison.pairs < 40, `${comparison.pairs}`);
      assert.equal(stopped, `Cancelled after ${comparison.pairs} of 40 pairs.`);
      assert.ok(comparison.notes.some((note) => note.startsWith(`${comparison.pairs} of 40 pairs are complete`)));
    } finally {
      await set('measure.comparePairs', 4);
    }
  });
});
